// SPDX-License-Identifier: Apache-2.0
// What can be wrong with a function handed to an operator. The operators ask for the problem first
// and say it in one static_assert each; nothing is constrained, so one mistake prints one message.
#pragma once

#include <flink/collector.h>
#include <flink/detail/user_function.h>
#include <flink/function_traits.h>
#include <flink/types/check.h>
#include <flink/types/key_check.h>
#include <flink/types/views.h>

#include <span>

namespace flink::detail {

// Can T travel on a stream, K be a key? If not, says why, once a type.
template <class T>
consteval bool record_fits() {
  if constexpr (is_poison<T>) return true;
  else return check_serializable<T>();
}
template <class K>
consteval bool key_fits() {
  return check_key<K>();
}

template <class F>
consteval Problem common_problem() {
  if constexpr (!std::is_copy_constructible_v<F>) {
    return Problem::not_copyable;
  } else if constexpr (is_mutable_function<function_t<F>>) {
    return Problem::changes_itself;
  } else {
    return hook_problem<function_t<F>>();
  }
}

// ---- map, filter

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

// ---- flat_map

template <class Parameter>
struct collected {
  using type = void;
};
template <class T>
struct collected<Collector<T>&> {
  using type = T;
};

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

}  // namespace flink::detail
