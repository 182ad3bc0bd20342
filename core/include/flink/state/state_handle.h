// SPDX-License-Identifier: Apache-2.0
// StateHandle: the untyped half of ValueState, ListState, MapState, ReducingState and
// AggregatingState; and BindingScope, which finds the handles of a function wherever they sit.
//
// A handle is a named member of the user's function. Each subtask copies the function in place,
// within a BindingScope: every handle that is made or copied then registers itself, and open()
// binds it. A handle that was never bound throws Error{user} when used. Handles are const in use,
// as pointers are: what they lead to changes.
#pragma once

#include <flink/state/keyed_state_backend.h>
#include <flink/state/state_description.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace flink {

// Keys of the state named here are forgotten after a while; see ttl.h.
class StateHandle {
 public:
  const std::string& name() const noexcept { return spec_.name; }
  // Before the job runs: in the function's constructor, or before process().
  void enable_time_to_live(const StateTtlConfig& config);

  // ---- for operators
  void bind(state::KeyedStateBackend& backend, state::KeyRows& rows) {
    state_ = &backend.register_state(rows, spec_);
  }
  // From now on it is of the cursor's namespace.
  void stand_at(state::Cursor& cursor) const { bound().at = &cursor; }
  bool is_bound() const noexcept { return state_ != nullptr; }
  const state::StateSpec& spec() const noexcept { return spec_; }
  state::BoundState& bound() const {
    if (state_ == nullptr) [[unlikely]]
      fail_unbound();
    return *state_;
  }

 protected:
  StateHandle(std::string_view name, state::StateKind kind, const state::TypeOps* value,
              const state::TypeOps* subkey, const StateTtlConfig& ttl);
  StateHandle(const StateHandle& other);
  StateHandle& operator=(const StateHandle&) = default;
  ~StateHandle();

 private:
  [[noreturn]] void fail_unbound() const;

  state::StateSpec spec_;
  state::BoundState* state_ = nullptr;
};

namespace state {

// Collects the handles that this thread makes while it lives. Scopes nest. No suspension within.
class BindingScope {
 public:
  BindingScope();
  BindingScope(const BindingScope&) = delete;
  BindingScope& operator=(const BindingScope&) = delete;
  ~BindingScope();
  // In the order in which they were made.
  std::vector<StateHandle*> take();

  static void enter(StateHandle& handle);
  static void leave(StateHandle& handle);

 private:
  std::vector<StateHandle*> handles_;
  BindingScope* outer_;
};

// What describe shows; throws Error{user} when two have one name.
std::vector<StateDescription> describe_states(const std::vector<StateHandle*>& handles,
                                              const std::string& key_schema);

// The states of a function, found by making one as a subtask does: make() -> function.
template <class Make>
std::vector<StateDescription> states_made_by(const Make& make, const std::string& key_schema) {
  BindingScope scope;
  [[maybe_unused]] auto function = make();
  return describe_states(scope.take(), key_schema);
}
// A function on a stream without keys must not have any: throws Error{user}.
void refuse_keyed_state(const std::vector<StateDescription>& states, const std::string& where);

}  // namespace state
}  // namespace flink
