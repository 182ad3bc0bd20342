// SPDX-License-Identifier: Apache-2.0
// map() on a stream: what may be wrong with its function, and its transformation.
#pragma once

#include <flink/api/add_operator.h>
#include <flink/operators/map.h>
#include <flink/types/views.h>

namespace flink::detail {

template <class F, class In>
constexpr bool takes_record =
    std::is_invocable_v<function_t<F>&, const In&> || std::is_invocable_v<function_t<F>&, In&&>;

template <class Out, class F, class In>
struct map_result {
  using type = Poison;
};
template <class Out, class F, class In>
requires(std::is_void_v<Out>&& takes_record<F, In>) struct map_result<Out, F, In> {
  using called = std::conditional_t<std::is_invocable_v<function_t<F>&, const In&>,
                                    std::invoke_result<function_t<F>&, const In&>,
                                    std::invoke_result<function_t<F>&, In&&>>;
  using type = std::decay_t<typename called::type>;
};
template <class Out, class F, class In>
requires(!std::is_void_v<Out>) struct map_result<Out, F, In> {
  using type = Out;
};

template <class Out, class F, class In>
consteval Problem map_problem() {
  if constexpr (is_poison<In>) {
    return Problem::poisoned;
  } else if constexpr (common_problem<F>() != Problem::none) {
    return common_problem<F>();
  } else if constexpr (!takes_record<F, In>) {
    return Problem::wrong_parameter;
  } else {
    using Result = typename map_result<Out, F, In>::type;
    if constexpr (std::is_void_v<Result>) {
      return Problem::wrong_result;
    } else if constexpr (has_views<Result> && !has_views<In>) {
      return Problem::dangling_view;
    } else {
      return Problem::none;
    }
  }
}

template <class Out, class T, class F, class Selector>
auto add_map(const StreamNode& node, F function, const Selector& selector) {
  constexpr auto problem = map_problem<Out, F, T>();
  FLINK_SAY_COMMON_PROBLEMS(problem);
  static_assert(problem != Problem::wrong_parameter,
                "flinkc: map's function does not take this stream's records: write "
                "[](const Record& record) { return ...; } with the stream's record type");
  static_assert(problem != Problem::wrong_result,
                "flinkc: map's function returns nothing: return the new record, or use flat_map");
  static_assert(
      problem != Problem::dangling_view,
      "flinkc: map's result holds a view (std::string_view, std::span) into a record that "
      "owns its bytes and is gone by then: return std::string, or use flat_map and "
      "out.arena()");
  if constexpr (problem == Problem::none) {
    using Result = typename map_result<Out, F, T>::type;
    if constexpr (record_fits<Result>()) {
      Transformation t = named("Map");
      describe_function<Selector>(function, {}, t);
      return add_operator<Result, MapOperator<T, Result, F, Selector>>(
          node, std::move(t), std::move(function), selector);
    } else {
      return poison_stream<T>();
    }
  } else {
    return poison_stream<T>();
  }
}

}  // namespace flink::detail
