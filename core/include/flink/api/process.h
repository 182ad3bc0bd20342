// SPDX-License-Identifier: Apache-2.0
// process() on a stream, with and without keys: the transformation of a process function.
#pragma once

#include <flink/api/add_operator.h>
#include <flink/api/process_checks.h>
#include <flink/operators/process.h>

#include <string>
#include <utility>

#define FLINK_SAY_PROCESS_PROBLEMS(problem, context)                                               \
  FLINK_SAY_COMMON_PROBLEMS(problem);                                                              \
  FLINK_SAY_TIMER_PROBLEMS(problem, "KeyedContext<Key>");                                          \
  FLINK_SAY(problem, java_process_element,                                                         \
            "processElement is Java's spelling: name it process_element");                         \
  FLINK_SAY(problem, no_process_element,                                                           \
            "a process function needs one member void process_element(const Record& in, " context  \
            "& ctx, Collector<Out>& out); none of that name was found (if it is overloaded or a "  \
            "template, write process<Out>(f))");                                                   \
  FLINK_SAY(                                                                                       \
      problem, process_element_shape,                                                              \
      "process_element has the wrong shape: write void process_element(const Record& in, " context \
      "& ctx, Collector<Out>& out) with the stream's record type")

namespace flink::detail {

template <class F>
constexpr bool has_java_hook = requires {
  &F::processElement;
};
template <class F, class In, class Context, class Out>
constexpr bool processes = requires(F& f, const In& in, Context& context, Collector<Out>& out) {
  f.process_element(in, context, out);
};

template <class Out, class F, class In, class Context, class TimerContext>
consteval Problem process_problem() {
  using Function = function_t<F>;
  if constexpr (is_poison<In>) {
    return Problem::poisoned;
  } else if constexpr (!std::is_copy_constructible_v<F>) {
    return Problem::not_copyable;
  } else if constexpr (names_onTimer<Function>) {
    return Problem::java_on_timer;
  } else if constexpr (has_java_hook<Function>) {
    return Problem::java_process_element;
  } else if constexpr (hook_problem<Function>() != Problem::none) {
    return hook_problem<Function>();
  } else {
    using Result = typename process_result<Out, Function>::type;
    if constexpr (std::is_void_v<Result>) {
      return has_process_element<Function> ? Problem::process_element_shape
                                           : Problem::no_process_element;
    } else if constexpr (!processes<Function, In, Context, Result>) {
      return Problem::process_element_shape;
    } else {
      return timer_problem<Function, TimerContext, Result>();
    }
  }
}

template <class Out, Problem problem, class T, class F, class Selector>
auto process_operator(const StreamNode& node, std::string name, F function,
                      const Selector& selector) {
  if constexpr (problem == Problem::none) {
    using Result = typename process_result<Out, function_t<F>>::type;
    if constexpr (record_fits<Result>()) {
      Transformation t = named(std::move(name));
      StatefulOperator where;
      where.timers = names_on_timer<function_t<F>>;
      describe_function<Selector>(function, std::move(where), t);
      return add_operator<Result, ProcessOperator<T, Result, F, Selector>>(
          node, std::move(t), std::move(function), selector);
    } else {
      return poison_stream<T>();
    }
  } else {
    return poison_stream<T>();
  }
}

template <class Out, class T, class F>
auto add_process(const StreamNode& node, F function) {
  constexpr auto problem = process_problem<Out, F, T, ProcessContext, void>();
  FLINK_SAY_PROCESS_PROBLEMS(problem, "ProcessContext");
  return process_operator<Out, problem, T>(node, "Process", std::move(function), NoKey{});
}

template <class Out, class T, class F, class Selector>
auto add_keyed_process(const StreamNode& node, F function, const Selector& selector) {
  using Key = typename Selector::key_type;
  constexpr auto problem = process_problem<Out, F, T, KeyedContext<Key>, OnTimerContext<Key>>();
  FLINK_SAY_PROCESS_PROBLEMS(problem, "KeyedContext<Key>");
  return process_operator<Out, problem, T>(node, "KeyedProcess", std::move(function), selector);
}

}  // namespace flink::detail
