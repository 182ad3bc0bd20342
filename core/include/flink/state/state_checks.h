// SPDX-License-Identifier: Apache-2.0
// What a type must be to rest in state: serializable and owning its bytes. One line of error each.
#pragma once

#include <flink/types/check.h>
#include <flink/types/key_check.h>
#include <flink/types/views.h>

namespace flink::state {

template <class T>
struct ViewInState {
  static_assert(flink::detail::never<T>,
                "flinkc: state outlives the record, and this state's type holds a view "
                "(std::string_view, std::span) into one: use std::string or std::vector");
};

template <class T>
consteval bool state_fits() {
  if constexpr (!flink::detail::check_serializable<T>()) return false;
  else if constexpr (has_views<T>) return sizeof(ViewInState<T>) == 0;
  else return true;
}
template <class K>
consteval bool map_key_fits() {
  if constexpr (has_views<K>) return sizeof(ViewInState<K>) == 0;
  else return flink::detail::check_key<K>();
}

}  // namespace flink::state
