// SPDX-License-Identifier: Apache-2.0
// filter() on a stream: what may be wrong with its function, and its transformation.
#pragma once

#include <flink/api/add_operator.h>
#include <flink/operators/filter.h>

namespace flink::detail {

template <class F, class In>
consteval Problem filter_problem() {
  if constexpr (is_poison<In>) {
    return Problem::poisoned;
  } else if constexpr (common_problem<F>() != Problem::none) {
    return common_problem<F>();
  } else if constexpr (!std::is_invocable_v<function_t<F>&, const In&>) {
    return Problem::wrong_parameter;
  } else if constexpr (!std::is_convertible_v<std::invoke_result_t<function_t<F>&, const In&>,
                                              bool>) {
    return Problem::wrong_result;
  } else {
    return Problem::none;
  }
}

template <class T, class F, class Selector>
auto add_filter(const StreamNode& node, F predicate, const Selector& selector) {
  constexpr auto problem = filter_problem<F, T>();
  FLINK_SAY_COMMON_PROBLEMS(problem);
  static_assert(problem != Problem::wrong_parameter,
                "flinkc: filter's function does not take this stream's records: write "
                "[](const Record& record) { return true; } with the stream's record type");
  static_assert(problem != Problem::wrong_result, "flinkc: filter's function must return bool");
  if constexpr (problem == Problem::none) {
    Transformation t = named("Filter");
    describe_function<Selector>(predicate, {}, t);
    return add_operator<T, FilterOperator<T, F, Selector>>(node, std::move(t), std::move(predicate),
                                                           selector);
  } else {
    return poison_stream<T>();
  }
}

}  // namespace flink::detail
