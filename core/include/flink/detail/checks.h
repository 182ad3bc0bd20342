// SPDX-License-Identifier: Apache-2.0
// What can be wrong with a function handed to an operator. The operators ask for the problem first
// and say it in one static_assert each; nothing is constrained, so one mistake prints one message.
#pragma once

#include <flink/collector.h>
#include <flink/detail/user_function.h>
#include <flink/function_traits.h>
#include <flink/process_context.h>
#include <flink/types/check.h>
#include <flink/types/key_check.h>
#include <flink/types/views.h>

#include <span>

namespace flink::detail {

enum class Problem : unsigned char {
  none,
  poisoned,  // said already
  not_copyable,
  changes_itself,  // mutable lambda
  wrong_parameter,
  wrong_result,
  unknown_result,  // generic lambda without <Out>
  dangling_view,   // views out of a record that owns its bytes
  hook_shape,      // open/close of the wrong shape
  no_process_element,
  java_process_element,
  java_on_timer,
  on_timer,
  process_element_shape,
};

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
  } else if constexpr (hooks_wrong<function_t<F>>) {
    return Problem::hook_shape;
  } else {
    return Problem::none;
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

// ---- process

template <class F>
constexpr bool has_process_element = requires {
  &F::process_element;
};
template <class F>
constexpr bool has_java_hook = requires {
  &F::processElement;
};
template <class F>
constexpr bool has_java_timer = requires {
  &F::onTimer;
};
template <class F>
constexpr bool has_on_timer = requires {
  &F::on_timer;
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

template <class F, class In, class Context, class Out>
constexpr bool processes = requires(F& f, const In& in, Context& context, Collector<Out>& out) {
  f.process_element(in, context, out);
};

template <class Out, class F, class In, class Context>
consteval Problem process_problem() {
  using Function = function_t<F>;
  if constexpr (is_poison<In>) {
    return Problem::poisoned;
  } else if constexpr (!std::is_copy_constructible_v<F>) {
    return Problem::not_copyable;
  } else if constexpr (has_java_timer<Function>) {
    return Problem::java_on_timer;
  } else if constexpr (has_on_timer<Function>) {
    return Problem::on_timer;
  } else if constexpr (has_java_hook<Function>) {
    return Problem::java_process_element;
  } else if constexpr (hooks_wrong<Function>) {
    return Problem::hook_shape;
  } else {
    using Result = typename process_result<Out, Function>::type;
    if constexpr (std::is_void_v<Result>) {
      return has_process_element<Function> ? Problem::process_element_shape
                                           : Problem::no_process_element;
    } else if constexpr (!processes<Function, In, Context, Result>) {
      return Problem::process_element_shape;
    } else {
      return Problem::none;
    }
  }
}

}  // namespace flink::detail
