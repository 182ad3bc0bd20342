// SPDX-License-Identifier: Apache-2.0
// What can be wrong with an asynchronous function; see checks.h.
#pragma once

#include <flink/api/checks.h>
#include <flink/result_future.h>

namespace flink::detail {

template <class F>
constexpr bool has_async_invoke = requires {
  &F::async_invoke;
};
template <class F>
constexpr bool has_java_async_invoke = requires {
  &F::asyncInvoke;
};
template <class F>
constexpr bool names_timeout = requires {
  &F::timeout;
};

// Out of the ResultFuture<Out> that is the second parameter.
template <class Parameter>
struct answered_type {
  using type = void;
};
template <class Out>
struct answered_type<ResultFuture<Out>> {
  using type = Out;
};
template <class Out, class F>
struct async_result {
  using type = Out;
};
template <class F>
requires has_async_invoke<F>
struct async_result<void, F> {
  using second = argument_t<1, member_signature<decltype(&F::async_invoke)>>;
  using type = typename answered_type<std::remove_cvref_t<second>>::type;
};

template <class F, class In, class Out>
constexpr bool asks = requires(F& f, const In& in, ResultFuture<Out> future) {
  f.async_invoke(in, std::move(future));
};
template <class F, class In, class Out>
constexpr bool answers_late = requires(F& f, const In& in, ResultFuture<Out> future) {
  f.timeout(in, std::move(future));
};

enum class AsyncProblem : unsigned char {
  none,
  common,  // async_common_problem() says which
  input_view,
  output_view,
  java_async_invoke,
  no_async_invoke,
  async_invoke_shape,
  timeout_shape,
};

// Of those that all functions may have.
template <class F, class In>
consteval Problem async_common_problem() {
  if constexpr (is_poison<In>) return Problem::poisoned;
  else if constexpr (!std::is_copy_constructible_v<F>) return Problem::not_copyable;
  else return hook_problem<function_t<F>>();
}

template <class Out, class F, class In>
consteval AsyncProblem async_problem() {
  using Function = function_t<F>;
  if constexpr (async_common_problem<F, In>() != Problem::none) {
    return AsyncProblem::common;
  } else if constexpr (has_java_async_invoke<Function>) {
    return AsyncProblem::java_async_invoke;
  } else if constexpr (has_views<In>) {
    return AsyncProblem::input_view;
  } else {
    using Result = typename async_result<Out, Function>::type;
    if constexpr (std::is_void_v<Result>) {
      return has_async_invoke<Function> ? AsyncProblem::async_invoke_shape
                                        : AsyncProblem::no_async_invoke;
    } else if constexpr (!asks<Function, In, Result>) {
      return AsyncProblem::async_invoke_shape;
    } else if constexpr (has_views<Result>) {
      return AsyncProblem::output_view;
    } else if constexpr (names_timeout<Function> && !answers_late<Function, In, Result>) {
      return AsyncProblem::timeout_shape;
    } else {
      return AsyncProblem::none;
    }
  }
}

}  // namespace flink::detail
