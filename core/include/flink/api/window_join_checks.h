// SPDX-License-Identifier: Apache-2.0
// What can be wrong with the function of a window join or a co-group.
#pragma once

#include <flink/api/window_checks.h>
#include <flink/windows/window_join_function.h>

namespace flink::detail {

// Out of what the function returns, or collects.
template <class Out, class F, class A, class B>
struct window_join_result {
  using type = Out;
};
template <class F, class A, class B>
struct window_join_result<void, F, A, B> {
  using type = typename collected<argument_t<2, signature_of<F>>>::type;
};
template <class F, class A, class B>
requires std::is_invocable_v<F&, const A&, const B&>
struct window_join_result<void, F, A, B> {
  using type = std::decay_t<std::invoke_result_t<F&, const A&, const B&>>;
};
template <class Out, class F>
struct co_group_result {
  using type = Out;
};
template <class F>
struct co_group_result<void, F> {
  using type = typename collected<argument_t<2, signature_of<F>>>::type;
};

template <class F, class A, class B, class Out>
consteval bool joins_in_window() {
  if constexpr (std::is_void_v<Out>) return false;
  else
    return std::is_invocable_r_v<Out, F&, const A&, const B&> ||
           std::is_invocable_v<F&, const A&, const B&, Collector<Out>&>;
}
template <class F, class A, class B, class Out>
consteval bool co_groups() {
  if constexpr (std::is_void_v<Out>) return false;
  else return std::is_invocable_v<F&, Elements<A>, Elements<B>, Collector<Out>&>;
}

// Derived from by the window function that calls it.
template <class F>
constexpr bool can_be_derived_from = std::is_class_v<F> && !std::is_final_v<F>;

}  // namespace flink::detail
