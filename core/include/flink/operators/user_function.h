// SPDX-License-Identifier: Apache-2.0
// How an operator holds the user's function: a const prototype in the graph, a copy in each
// attempt; optional hooks (function_hooks.h) are called by name. State of the function that belongs
// to no key is found while it is copied, restored before its hooks and saved after them; keyed
// state is the operator's matter (keyed_operator_state.h).
#pragma once

#include <flink/operators/function_hooks.h>
#include <flink/operators/function_states.h>
#include <flink/runtime_context.h>

#include <type_traits>
#include <utility>

namespace flink {

// For function objects that cannot be copied: process(factory([] { return MyFunction{...}; })).
template <class Make>
struct Factory {
  Make make;
};
template <class Make>
Factory<Make> factory(Make make) {
  return {std::move(make)};
}

namespace detail {

template <class F>
struct made_by {
  using type = F;
  static F make(const F& prototype) { return prototype; }
};
template <class Make>
struct made_by<Factory<Make>> {
  using type = std::invoke_result_t<const Make&>;
  static type make(const Factory<Make>& factory) { return factory.make(); }
};
// What runs in the operator.
template <class F>
using function_t = typename made_by<F>::type;

// Whether it can have members that are state.
template <class F>
constexpr bool may_hold_state = std::is_class_v<F> && !std::is_empty_v<F>;

template <class F>
class UserFunction {
  using Function = function_t<F>;

 public:
  explicit UserFunction(const F& prototype) : function_(made_by<F>::make(prototype)) {
    states_.made();
  }
  // In the operator's open(), once keyed state is there.
  void open(OperatorContext& context) {
    states_.restore(context);
    if constexpr (initialize_state_fits<Function>) {
      FunctionInitializationContext initialization = initialization_of(context);
      in_hook("initialize_state", [&] { function_.initialize_state(initialization); });
    }
    if constexpr (open_fits<Function>) {
      in_hook("open", [&] { function_.open(runtime_of(context)); });
    }
  }
  void open(RuntimeContext& context) {  // without state
    if constexpr (open_fits<Function>) function_.open(context);
  }
  OperatorSnapshot snapshot([[maybe_unused]] std::int64_t checkpoint_id) {
    if constexpr (snapshot_state_fits<Function>) {
      FunctionSnapshotContext context{checkpoint_id};
      in_hook("snapshot_state", [&] { function_.snapshot_state(context); });
    }
    return states_.snapshot();
  }
  void notify_complete([[maybe_unused]] std::int64_t checkpoint_id) {
    if constexpr (notify_complete_fits<Function>) {
      in_hook("notify_checkpoint_complete",
              [&] { function_.notify_checkpoint_complete(checkpoint_id); });
    }
  }
  void notify_aborted([[maybe_unused]] std::int64_t checkpoint_id) {
    if constexpr (notify_aborted_fits<Function>) {
      in_hook("notify_checkpoint_aborted",
              [&] { function_.notify_checkpoint_aborted(checkpoint_id); });
    }
  }
  void close() noexcept {
    if constexpr (close_fits<Function>) {
      try {
        in_hook("close", [&] { function_.close(); });
      } catch (...) {  // the task is over; its result no longer depends on this
      }
    }
  }

  Function& operator*() noexcept { return function_; }
  FunctionStates& states() noexcept { return states_; }

 private:
  // So that a refused use of keyed state can say where it was.
  template <class Call>
  void in_hook(const char* name, Call&& call) {
    states_.in_hook(name);
    call();
    states_.in_hook(nullptr);
  }

  FunctionStates states_;  // first: it listens while the function is copied
  Function function_;
};

}  // namespace detail
}  // namespace flink
