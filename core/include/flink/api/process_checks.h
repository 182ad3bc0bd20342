// SPDX-License-Identifier: Apache-2.0
// What can be wrong with the hooks of process functions, with one input or two; see checks.h.
#pragma once

#include <flink/api/checks.h>
#include <flink/process_context.h>

namespace flink::detail {

template <class F>
constexpr bool has_process_element = requires {
  &F::process_element;
};

// Collector<Out>& is the third parameter.
template <class M>
struct third_parameter {
  using type = void;
};
template <class S>
requires(S::known&& S::arity == 3) struct third_parameter<S> {
  using type = typename collected<argument_t<2, S>>::type;
};

template <class Out, class F>
struct process_result {
  using type = Out;
};
template <class F>
requires has_process_element<F>
struct process_result<void, F> {
  using type = typename third_parameter<member_signature<decltype(&F::process_element)>>::type;
};

template <class F, class Context, class Out>
constexpr bool takes_timers = requires(F& f, Timestamp at, Context& context, Collector<Out>& out) {
  f.on_timer(at, context, out);
};

// TimerContext: what on_timer gets; void on a stream without keys.
template <class F, class TimerContext, class Out>
consteval Problem timer_problem() {
  if constexpr (names_onTimer<F>) {
    return Problem::java_on_timer;
  } else if constexpr (!names_on_timer<F>) {
    return Problem::none;
  } else if constexpr (std::is_void_v<TimerContext>) {
    return Problem::on_timer_unkeyed;
  } else if constexpr (!takes_timers<F, TimerContext, Out>) {
    return Problem::on_timer_shape;
  } else if constexpr (has_views<Out>) {
    return Problem::view_and_timers;
  } else {
    return Problem::none;
  }
}

// ---- two inputs

// Collector<Out> of the hook's third parameter.
template <class F>
struct co_process_result {
  using type = void;
};
template <class F>
requires requires { &F::process_element1; }
struct co_process_result<F> {
  using type = typename third_parameter<member_signature<decltype(&F::process_element1)>>::type;
};
template <class F, class A, class B, class Context, class Out>
constexpr bool co_processes = requires(F& f, const A& a, const B& b, Context& context,
                                       Collector<Out>& out) {
  f.process_element1(a, context, out);
  f.process_element2(b, context, out);
};

template <class F, class In, class B, class Context, class BroadcastContext, class Out>
constexpr bool broadcast_processes = requires(F& f, const In& in, const B& b, Context& context,
                                              BroadcastContext& broadcast, Collector<Out>& out) {
  f.process_element(in, context, out);
  f.process_broadcast_element(b, broadcast, out);
};

// Of a function whose hooks fit otherwise.
template <class F, bool Fits, class TimerContext, class Out>
consteval Problem two_input_problem() {
  if constexpr (common_problem<F>() != Problem::none) return common_problem<F>();
  else if constexpr (!Fits) return Problem::wrong_parameter;
  else if constexpr (std::is_void_v<Out>) return Problem::none;  // poisoned
  else return timer_problem<function_t<F>, TimerContext, Out>();
}

}  // namespace flink::detail
