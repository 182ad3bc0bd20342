// SPDX-License-Identifier: Apache-2.0
#include <flink/checkpointed_function.h>
#include <flink/error.h>
#include <flink/graph/operator.h>
#include <flink/graph/transformation.h>
#include <flink/operators/function_states.h>

#include <algorithm>
#include <set>
#include <utility>

namespace flink::detail {

FunctionStates::FunctionStates() : scopes_(std::make_unique<Scopes>()) {}

FunctionStates::~FunctionStates() = default;

void FunctionStates::made() {
  keyed_ = scopes_->keyed.take();
  others_ = scopes_->others.take();
  scopes_.reset();
}

void FunctionStates::restore(OperatorContext& context) {
  const OperatorSnapshot& restored = context.restored_state();
  for (OperatorStateHandle* handle : others_) {
    if (handle->bound()) continue;
    const auto found = restored.find(handle->name());
    handle->bind(found == restored.end() ? nullptr : &found->second);
  }
}

void FunctionStates::in_hook(const char* name) noexcept {
  for (const StateHandle* const handle : keyed_) {
    if (handle->is_bound()) handle->bound().rows->hook = name;
  }
}

OperatorSnapshot FunctionStates::snapshot() const {
  OperatorSnapshot snapshot;
  for (const OperatorStateHandle* handle : others_) {
    if (handle->mode() == OperatorStateMode::broadcast) continue;  // the operator's own
    handle->snapshot(snapshot);
  }
  return snapshot;
}

StatefulOperator::StatefulOperator() = default;
StatefulOperator::StatefulOperator(StatefulOperator&& other) noexcept = default;
StatefulOperator::~StatefulOperator() = default;

namespace {

std::vector<StateDescription> states_of(const FunctionStates& states,
                                        const StatefulOperator& where) {
  const auto refuse = [](const std::string& message) { throw Error{ErrorKind::user, message}; };
  std::vector<StateDescription> described =
      state::describe_states(states.keyed(), where.key_schema);
  if (!described.empty() && where.key_schema.empty()) {
    refuse("state \"" + described[0].name + "\" is scoped to a key, but the stream of \"" +
           where.name +
           "\" has none; call key_by before it, or use OperatorList for what belongs to no key");
  }
  std::set<std::string> names;
  for (const auto& state : described) names.insert(state.name);
  for (const OperatorStateHandle* handle : states.others()) {
    if (!names.insert(handle->name()).second) {
      refuse("two states of one function are named \"" + handle->name() +
             "\"; a name is a state's address in savepoints, so give each its own");
    }
    const auto brought = std::any_of(
        where.broadcast.begin(), where.broadcast.end(),
        [handle](const BroadcastDescriptor& state) { return state.name == handle->name(); });
    if (handle->mode() == OperatorStateMode::broadcast && !brought) {
      refuse("broadcast state \"" + handle->name() + "\" comes with no broadcast stream of \"" +
             where.name + "\"; name it in stream.broadcast(state)");
    }
    if (handle->mode() == OperatorStateMode::broadcast) continue;  // described by its stream
    described.push_back({handle->name(), handle->kind(), "", handle->value_schema()});
  }
  describe_broadcast(where.broadcast, described);
  if (where.timers) {
    for (const char* domain : {"event", "processing"}) {
      described.push_back(
          {std::string{"_timer_state/"} + domain + "_user-timers", "timer", where.key_schema, ""});
    }
  }
  return described;
}

std::vector<StateDescription> states_of_reduce(const FunctionStates& states) {
  if (!states.keyed().empty()) {
    throw Error{ErrorKind::user, "state \"" + states.keyed().front()->name() +
                                     "\" is a member of reduce's function, which keeps its "
                                     "accumulated record only; use process with state members"};
  }
  StatefulOperator where;
  where.name = "Keyed Reduce";
  return states_of(states, where);
}

// All other kinds belong to no key.
bool has_keyed_state(const std::vector<StateDescription>& states) {
  return std::any_of(states.begin(), states.end(), [](const StateDescription& state) {
    return state.kind != "operator_list" && state.kind != "union_list" && state.kind != "broadcast";
  });
}

}  // namespace

void describe_states(const FunctionStates& states, const StatefulOperator& where,
                     Transformation& described) {
  described.states = states_of(states, where);
  described.keyed = has_keyed_state(described.states);
}

void describe_update(const FunctionStates* states, std::string key_schema, std::string value_schema,
                     Transformation& described) {
  if (states != nullptr) described.states = states_of_reduce(*states);
  described.states.push_back(
      {"_op_state", "reducing", std::move(key_schema), std::move(value_schema)});
  described.keyed = true;
}

FunctionInitializationContext initialization_of(OperatorContext& context) {
  return {context.runtime(), context.restored_checkpoint_id()};
}

RuntimeContext& runtime_of(OperatorContext& context) { return context.runtime(); }

}  // namespace flink::detail
