// SPDX-License-Identifier: Apache-2.0
// The messages for what checks.h and process_checks.h find, where several operators share them. One
// line each; the first that holds is the only one.
#pragma once

#include <flink/api/process_checks.h>

#define FLINK_SAY(problem, which, text) \
  static_assert((problem) != ::flink::detail::Problem::which, "flinkc: " text)

#define FLINK_SAY_COMMON_PROBLEMS(problem)                                                        \
  FLINK_SAY(problem, not_copyable,                                                                \
            "a function object is copied into each subtask, and this one cannot be copied: pass " \
            "factory([] { return MyFunction{...}; })");                                           \
  FLINK_SAY(problem, changes_itself,                                                              \
            "this function changes itself from record to record (a mutable lambda or a "          \
            "non-const operator()); a failure would lose that: keep it in state handles of a "    \
            "process function");                                                                  \
  FLINK_SAY(problem, open_or_close_shape,                                                         \
            "open or close has the wrong shape: write void open(RuntimeContext&) and void "       \
            "close()");                                                                           \
  FLINK_SAY(problem, initialize_state_shape,                                                      \
            "initialize_state has the wrong shape: write void "                                   \
            "initialize_state(FunctionInitializationContext& context)");                          \
  FLINK_SAY(problem, snapshot_state_shape,                                                        \
            "snapshot_state has the wrong shape: write void "                                     \
            "snapshot_state(FunctionSnapshotContext& context)");                                  \
  FLINK_SAY(problem, notify_shape,                                                                \
            "notify_checkpoint_complete or notify_checkpoint_aborted has the wrong shape: write " \
            "void notify_checkpoint_complete(std::int64_t checkpoint_id)");                       \
  FLINK_SAY(problem, java_initialize_state,                                                       \
            "initializeState is Java's spelling: name it initialize_state");                      \
  FLINK_SAY(problem, java_snapshot_state,                                                         \
            "snapshotState is Java's spelling: name it snapshot_state");                          \
  FLINK_SAY(problem, java_notify,                                                                 \
            "notifyCheckpointComplete is Java's spelling: name it notify_checkpoint_complete, "   \
            "and notify_checkpoint_aborted")

#define FLINK_SAY_TIMER_PROBLEMS(problem, context)                                                 \
  FLINK_SAY(problem, java_on_timer, "onTimer is Java's spelling: name it on_timer");               \
  FLINK_SAY(problem, on_timer_unkeyed,                                                             \
            "on_timer needs a keyed stream, since timers belong to keys: call key_by before");     \
  FLINK_SAY(problem, on_timer_shape,                                                               \
            "on_timer has the wrong shape: write void on_timer(Timestamp at, " context             \
            "& ctx, Collector<Out>& out)");                                                        \
  FLINK_SAY(problem, view_and_timers,                                                              \
            "a function with timers emits records that hold a view (std::string_view, std::span) " \
            "into records that are gone when a timer fires: emit std::string")
