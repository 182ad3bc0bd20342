// SPDX-License-Identifier: Apache-2.0
// ordered_wait() and unordered_wait(): what may be wrong with the function, and the transformation.
#pragma once

#include <flink/api/add_operator.h>
#include <flink/api/async_checks.h>
#include <flink/operators/async_wait.h>

namespace flink::detail {

// Throws Error{user} unless they make sense.
AsyncSettings async_settings(AsyncOrder order, std::chrono::milliseconds timeout, int capacity);

// Retry: AsyncRetryStrategy of the results' type, or NoRetry.
struct NoRetry {};
template <class Out, class T, class F, class Retry>
auto add_async_wait(const StreamNode& node, F function, const AsyncSettings& settings,
                    const Retry& retry) {
  constexpr auto common = async_common_problem<F, T>();
  FLINK_SAY_COMMON_PROBLEMS(common);
  constexpr auto problem = async_problem<Out, F, T>();
  static_assert(problem != AsyncProblem::java_async_invoke,
                "flinkc: asyncInvoke is Java's spelling: name it async_invoke");
  static_assert(problem != AsyncProblem::no_async_invoke,
                "flinkc: an asynchronous function needs one member void async_invoke(const Record& "
                "in, ResultFuture<Out> future); none of that name was found (if it is overloaded "
                "or a template, write ordered_wait<Out>(...))");
  static_assert(problem != AsyncProblem::async_invoke_shape,
                "flinkc: async_invoke has the wrong shape: write void async_invoke(const Record& "
                "in, ResultFuture<Out> future) with the stream's record type");
  static_assert(problem != AsyncProblem::timeout_shape,
                "flinkc: timeout has the wrong shape: write void timeout(const Record& in, "
                "ResultFuture<Out> future)");
  static_assert(problem != AsyncProblem::input_view,
                "flinkc: an asynchronous function's records wait for their answers, and these hold "
                "a view (std::string_view, std::span) that is gone by then: call .as<Owned>() or "
                "map to a record with std::string before");
  static_assert(problem != AsyncProblem::output_view,
                "flinkc: an asynchronous function answers with records that hold a view "
                "(std::string_view, std::span) into what is gone by then: answer with std::string");
  if constexpr (problem == AsyncProblem::none) {
    using Result = typename async_result<Out, function_t<F>>::type;
    constexpr bool retries = std::is_same_v<Retry, AsyncRetryStrategy<Result>>;
    static_assert(retries || std::is_same_v<Retry, NoRetry>,
                  "flinkc: the retry strategy is not of the function's results: write "
                  "AsyncRetryStrategy<Out>::... with the Out of async_invoke's ResultFuture<Out>");
    if constexpr (record_fits<Result>()) {
      AsyncRetryStrategy<Result> strategy;
      if constexpr (retries) strategy = retry;
      Transformation t = named("async wait operator");
      describe_function<NoKey>(function, {}, t);
      return add_operator<Result, AsyncWaitOperator<T, Result, F>>(
          node, std::move(t), std::move(function), settings, std::move(strategy));
    } else {
      return poison_stream<T>();
    }
  } else {
    return poison_stream<T>();
  }
}

}  // namespace flink::detail
