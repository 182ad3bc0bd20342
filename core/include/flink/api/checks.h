// SPDX-License-Identifier: Apache-2.0
// What can be wrong with a function handed to an operator. The operators ask for the problem first
// and say it in one static_assert each; nothing is constrained, so one mistake prints one message.
#pragma once

#include <flink/collector.h>
#include <flink/operators/function_traits.h>
#include <flink/operators/user_function.h>
#include <flink/types/check.h>
#include <flink/types/key_check.h>

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

// What a hook collects, of the type of its collector.
template <class Parameter>
struct collected {
  using type = void;
};
template <class T>
struct collected<Collector<T>&> {
  using type = T;
};

}  // namespace flink::detail
