// SPDX-License-Identifier: Apache-2.0
// The messages for what checks.h finds, where several operators share them. One line each; the
// first that holds is the only one.
#pragma once

#include <flink/detail/checks.h>

#define FLINK_SAY_COMMON_PROBLEMS(problem)                                                         \
  static_assert((problem) != ::flink::detail::Problem::not_copyable,                               \
                "flinkc: a function object is copied into each subtask, and this one cannot be "   \
                "copied: pass factory([] { return MyFunction{...}; })");                           \
  static_assert(                                                                                   \
      (problem) != ::flink::detail::Problem::changes_itself,                                       \
      "flinkc: this function changes itself from record to record (a mutable lambda or "           \
      "a non-const operator()); a failure would lose that: keep it in state handles of a "         \
      "process function");                                                                         \
  static_assert((problem) != ::flink::detail::Problem::hook_shape,                                 \
                "flinkc: open or close has the wrong shape: write void open(RuntimeContext&) and " \
                "void close()")

#define FLINK_SAY_PROCESS_PROBLEMS(problem, context)                                               \
  FLINK_SAY_COMMON_PROBLEMS(problem);                                                              \
  static_assert((problem) != ::flink::detail::Problem::java_process_element,                       \
                "flinkc: processElement is Java's spelling: name it process_element");             \
  static_assert((problem) != ::flink::detail::Problem::java_on_timer,                              \
                "flinkc: onTimer is Java's spelling: name it on_timer");                           \
  static_assert((problem) != ::flink::detail::Problem::on_timer,                                   \
                "flinkc: on_timer needs timers, which this version does not have yet: remove it"); \
  static_assert((problem) != ::flink::detail::Problem::no_process_element,                         \
                "flinkc: a process function needs one member void process_element(const Record& "  \
                "in, " context                                                                     \
                "& ctx, Collector<Out>& out); none of that name was found (if it "                 \
                "is overloaded or a template, write process<Out>(f))");                            \
  static_assert((problem) != ::flink::detail::Problem::process_element_shape,                      \
                "flinkc: process_element has the wrong shape: write void process_element(const "   \
                "Record& in, " context                                                             \
                "& ctx, Collector<Out>& out) with the stream's record type")
