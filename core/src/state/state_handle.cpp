// SPDX-License-Identifier: Apache-2.0
#include <flink/base/check.h>
#include <flink/error.h>
#include <flink/state/list_state.h>
#include <flink/state/state_handle.h>

#include <algorithm>

#include "state/kinds.h"

namespace flink {

namespace {
// The one scoped thread-local (ARCHITECTURE.md): which scope this thread's handles register in.
thread_local state::BindingScope* current_scope = nullptr;
}  // namespace

StateTtlConfig::Builder::Builder(std::chrono::milliseconds ttl) {
  if (ttl.count() <= 0) {
    throw Error{ErrorKind::user, "a time-to-live of " + std::to_string(ttl.count()) +
                                     " ms: it must be positive; leave the StateTtlConfig out "
                                     "where state is to stay"};
  }
  // Longer ones never end, and times with it added do not overflow.
  constexpr std::chrono::milliseconds longest{std::int64_t{1} << 61};
  config_.ttl_ = std::min(ttl, longest);
}

StateHandle::StateHandle(std::string_view name, state::StateKind kind, const state::TypeOps* value,
                         const state::TypeOps* subkey, const StateTtlConfig& ttl)
    : spec_{std::string{name}, kind, value, subkey, ttl} {
  if (name.empty()) {
    throw Error{ErrorKind::user,
                "a state has no name: give it one that is its own in the function, such as "
                "ValueState<int> count{\"count\"}; checkpoints find it by that"};
  }
  state::BindingScope::enter(*this);
}

StateHandle::StateHandle(const StateHandle& other) : spec_(other.spec_), state_(other.state_) {
  state::BindingScope::enter(*this);
}

StateHandle::~StateHandle() { state::BindingScope::leave(*this); }

void StateHandle::enable_time_to_live(const StateTtlConfig& config) {
  if (state_ != nullptr) {
    throw Error{ErrorKind::user, "the time-to-live of state \"" + spec_.name +
                                     "\" is set while the job runs: set it in the function's "
                                     "constructor or before process()"};
  }
  spec_.ttl = config;
}

void StateHandle::fail_unbound() const {
  throw Error{ErrorKind::incurable,
              "state \"" + spec_.name +
                  "\" is used but not bound to a task: handles must be members of the function "
                  "that is handed to the operator (by value, also in vectors), not shared, "
                  "captured by pointer or made while the job runs"};
}

namespace state {

BindingScope::BindingScope() : outer_(current_scope) { current_scope = this; }

std::vector<StateHandle*> BindingScope::take() { return std::move(handles_); }
BindingScope::~BindingScope() {
  FLINK_CHECK(current_scope == this);
  current_scope = outer_;
}

void BindingScope::enter(StateHandle& handle) {
  if (current_scope != nullptr) current_scope->handles_.push_back(&handle);
}

void BindingScope::leave(StateHandle& handle) {
  if (current_scope != nullptr) std::erase(current_scope->handles_, &handle);
}

std::vector<StateDescription> describe_states(const std::vector<StateHandle*>& handles,
                                              const std::string& key_schema) {
  std::vector<StateDescription> states;
  for (const StateHandle* handle : handles) {
    const StateSpec& spec = handle->spec();
    for (const StateDescription& other : states) {
      if (other.name == spec.name) fail_duplicate(spec.name);
    }
    states.push_back({spec.name, std::string{kind_name(spec.kind)}, key_schema, value_schema(spec),
                      spec.ttl.is_enabled()});
  }
  return states;
}

void refuse_keyed_state(const std::vector<StateDescription>& states, const std::string& where) {
  if (states.empty()) return;
  throw Error{ErrorKind::incurable,
              "state \"" + states.front().name + "\" of " + where +
                  " is scoped to a key, but the stream has none: call key_by() "
                  "before it"};
}

// ---- names

std::string_view kind_name(StateKind kind) {
  switch (kind) {
    case StateKind::value:
      return "value";
    case StateKind::list:
      return "list";
    case StateKind::map:
      return "map";
    case StateKind::reducing:
      return "reducing";
    case StateKind::aggregating:
      return "aggregating";
  }
  return "";
}

std::string value_schema(const StateSpec& spec) {
  return spec.kind == StateKind::map
             ? "map<" + spec.subkey->schema() + "," + spec.value->schema() + ">"
             : spec.value->schema();
}

void fail_duplicate(const std::string& name) {
  throw Error{ErrorKind::incurable, "two states of one function are named \"" + name +
                                        "\" (or their names have the same hash); rename one"};
}

}  // namespace state
}  // namespace flink
