// SPDX-License-Identifier: Apache-2.0
// The state members of one copy of a user's function, untyped. It is made right before the copy,
// told when that is done (made()), and must not outlive it. One thread.
#pragma once

#include <flink/base/memory.h>
#include <flink/operators/operator_state_handle.h>
#include <flink/state/state_handle.h>

#include <vector>

namespace flink {

class FunctionInitializationContext;
class OperatorContext;
class RuntimeContext;
struct Transformation;

namespace detail {

class FunctionStates {
 public:
  FunctionStates();
  FunctionStates(const FunctionStates&) = delete;
  FunctionStates& operator=(const FunctionStates&) = delete;
  ~FunctionStates();

  void made();
  // Binds those that are not bound yet.
  void restore(OperatorContext& context);
  OperatorSnapshot snapshot() const;
  // A hook of the function begins, without a current key; null: it is over.
  void in_hook(const char* name) noexcept;
  const std::vector<StateHandle*>& keyed() const noexcept { return keyed_; }
  const std::vector<OperatorStateHandle*>& others() const noexcept { return others_; }

 private:
  struct Scopes {
    state::BindingScope keyed;
    OperatorStateScope others;
  };
  std::unique_ptr<Scopes> scopes_;
  std::vector<StateHandle*> keyed_;
  std::vector<OperatorStateHandle*> others_;
};

// What describe shows; throws Error{user} for what cannot be: two states of one name, keyed state
// where there are no keys (`key_schema` is empty), broadcast state without a broadcast stream.
struct StatefulOperator {
  StatefulOperator();
  StatefulOperator(StatefulOperator&& other) noexcept;
  ~StatefulOperator();

  std::string name;
  std::string key_schema;
  bool timers = false;
  std::vector<BroadcastDescriptor> broadcast;  // what its broadcast stream brings
};
void describe_states(const FunctionStates& states, const StatefulOperator& where,
                     Transformation& described);
// A rolling aggregate's: `states` are those of reduce's function, which may have no keyed ones;
// null: it has none.
void describe_update(const FunctionStates* states, std::string key_schema, std::string value_schema,
                     Transformation& described);

FunctionInitializationContext initialization_of(OperatorContext& context);
RuntimeContext& runtime_of(OperatorContext& context);

}  // namespace detail
}  // namespace flink
