// SPDX-License-Identifier: Apache-2.0
// Which hooks a function names, and whether they have the right shape. A name is found however it
// is declared (overloaded, a template, a field), so that a hook that would never be called is an
// error instead of silence.
#pragma once

#include <flink/checkpointed_function.h>
#include <flink/runtime_context.h>

#include <type_traits>

namespace flink::detail {

// A class that derives from F and from this is ambiguous in each name that F has, too.
struct HookNames {
  void open();
  void close();
  void initialize_state();
  void snapshot_state();
  void notify_checkpoint_complete();
  void notify_checkpoint_aborted();
  void on_timer();
  void initializeState();
  void snapshotState();
  void notifyCheckpointComplete();
  void notifyCheckpointAborted();
  void onTimer();
};
template <class F>
struct WithHookNames : F, HookNames {};
template <class F>
constexpr bool may_have_hooks = std::is_class_v<F> && !std::is_final_v<F>;

#define FLINK_HOOK_NAME(hook)              \
  template <class F>                       \
  constexpr bool names_##hook = requires { \
    &F::hook;                              \
  };                                       \
  template <class F>                       \
  requires may_have_hooks<F>               \
  constexpr bool names_##hook<F> = !requires { &WithHookNames<F>::hook; }

FLINK_HOOK_NAME(open);
FLINK_HOOK_NAME(close);
FLINK_HOOK_NAME(initialize_state);
FLINK_HOOK_NAME(snapshot_state);
FLINK_HOOK_NAME(notify_checkpoint_complete);
FLINK_HOOK_NAME(notify_checkpoint_aborted);
FLINK_HOOK_NAME(on_timer);
FLINK_HOOK_NAME(initializeState);
FLINK_HOOK_NAME(snapshotState);
FLINK_HOOK_NAME(notifyCheckpointComplete);
FLINK_HOOK_NAME(notifyCheckpointAborted);
FLINK_HOOK_NAME(onTimer);
#undef FLINK_HOOK_NAME

template <class F>
constexpr bool open_fits = requires(F& f, RuntimeContext& context) {
  f.open(context);
};
template <class F>
constexpr bool close_fits = requires(F& f) {
  f.close();
};
template <class F>
constexpr bool initialize_state_fits = requires(F& f, FunctionInitializationContext& context) {
  f.initialize_state(context);
};
template <class F>
constexpr bool snapshot_state_fits = requires(F& f, FunctionSnapshotContext& context) {
  f.snapshot_state(context);
};
template <class F>
constexpr bool notify_complete_fits = requires(F& f, std::int64_t checkpoint_id) {
  f.notify_checkpoint_complete(checkpoint_id);
};
template <class F>
constexpr bool notify_aborted_fits = requires(F& f, std::int64_t checkpoint_id) {
  f.notify_checkpoint_aborted(checkpoint_id);
};

// What can be wrong with a function handed to an operator; said in say_problems.h.
enum class Problem : unsigned char {
  none,
  poisoned,  // said already
  not_copyable,
  changes_itself,  // mutable lambda
  wrong_parameter,
  wrong_result,
  unknown_result,  // generic lambda without <Out>
  dangling_view,   // views out of a record that owns its bytes
  open_or_close_shape,
  initialize_state_shape,
  snapshot_state_shape,
  notify_shape,
  java_initialize_state,
  java_snapshot_state,
  java_notify,
  no_process_element,
  java_process_element,
  java_on_timer,
  on_timer_shape,
  on_timer_unkeyed,
  view_and_timers,
  process_element_shape,
};

template <class F>
consteval Problem hook_problem() {
  if constexpr (!std::is_class_v<F>) return Problem::none;
  else if constexpr (names_open<F> && !open_fits<F>) return Problem::open_or_close_shape;
  else if constexpr (names_close<F> && !close_fits<F>) return Problem::open_or_close_shape;
  else if constexpr (names_initialize_state<F> && !initialize_state_fits<F>)
    return Problem::initialize_state_shape;
  else if constexpr (names_snapshot_state<F> && !snapshot_state_fits<F>)
    return Problem::snapshot_state_shape;
  else if constexpr (names_notify_checkpoint_complete<F> && !notify_complete_fits<F>)
    return Problem::notify_shape;
  else if constexpr (names_notify_checkpoint_aborted<F> && !notify_aborted_fits<F>)
    return Problem::notify_shape;
  else if constexpr (names_initializeState<F>) return Problem::java_initialize_state;
  else if constexpr (names_snapshotState<F>) return Problem::java_snapshot_state;
  else if constexpr (names_notifyCheckpointComplete<F> || names_notifyCheckpointAborted<F>)
    return Problem::java_notify;
  else return Problem::none;
}

}  // namespace flink::detail
