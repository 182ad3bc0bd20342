// SPDX-License-Identifier: Apache-2.0
// flat_map() on a stream: what may be wrong with its function, and its transformation.
#pragma once

#include <flink/api/add_operator.h>
#include <flink/operators/flat_map.h>

#include <span>

namespace flink::detail {

template <class Out, class F>
struct flat_map_result {
  using type =
      std::conditional_t<std::is_void_v<Out>,
                         typename collected<argument_t<1, signature_of<function_t<F>>>>::type, Out>;
};

template <class Out, class F, class In>
consteval Problem flat_map_problem() {
  if constexpr (is_poison<In>) {
    return Problem::poisoned;
  } else if constexpr (common_problem<F>() != Problem::none) {
    return common_problem<F>();
  } else {
    using Result = typename flat_map_result<Out, F>::type;
    if constexpr (std::is_void_v<Result>) {
      return signature_of<function_t<F>>::known ? Problem::wrong_result : Problem::unknown_result;
    } else if constexpr (std::is_invocable_v<function_t<F>&, const In&, Collector<Result>&>) {
      return Problem::none;  // asked first: a generic lambda must not be tried with a span
    } else if constexpr (std::is_invocable_v<function_t<F>&, std::span<const In>,
                                             Collector<Result>&>) {
      return Problem::none;
    } else {
      return Problem::wrong_parameter;
    }
  }
}

template <class Out, class T, class F, class Selector>
auto add_flat_map(const StreamNode& node, F function, const Selector& selector) {
  constexpr auto problem = flat_map_problem<Out, F, T>();
  FLINK_SAY_COMMON_PROBLEMS(problem);
  static_assert(problem != Problem::unknown_result,
                "flinkc: what this function collects cannot be told from auto parameters: write "
                "flat_map<Out>(f), or name the types: [](const In& in, Collector<Out>& out)");
  static_assert(problem != Problem::wrong_result,
                "flinkc: flat_map's function takes (const Record& in, Collector<Out>& out); the "
                "second parameter must be a Collector<Out>&");
  static_assert(problem != Problem::wrong_parameter,
                "flinkc: flat_map's function does not take this stream's records: write "
                "[](const Record& in, Collector<Out>& out) with the stream's record type");
  if constexpr (problem == Problem::none) {
    using Result = typename flat_map_result<Out, F>::type;
    if constexpr (record_fits<Result>()) {
      Transformation t = named("Flat Map");
      describe_function<Selector>(function, {}, t);
      return add_operator<Result, FlatMapOperator<T, Result, F, Selector>>(
          node, std::move(t), std::move(function), selector);
    } else {
      return poison_stream<T>();
    }
  } else {
    return poison_stream<T>();
  }
}

}  // namespace flink::detail
