// SPDX-License-Identifier: Apache-2.0
// Which types lie in memory exactly as they are written: those are copied whole, batches of them
// too.
#pragma once

#include <flink/types/kinds.h>
#include <flink/types/reflect.h>

namespace flink::detail {

template <class T>
consteval bool find_packed();
// Written as its bytes in memory: a number, or an aggregate or array of such without padding.
template <class T>
inline constexpr bool packed = find_packed<T>();

template <class T>
consteval bool find_holds_bool();
template <class T>
inline constexpr bool holds_bool = find_holds_bool<T>();

template <class T>
inline constexpr bool is_scalar_kind =
    kind_of<T> == Kind::boolean || kind_of<T> == Kind::integer || kind_of<T> == Kind::floating ||
    kind_of<T> == Kind::enumeration;

template <class T, class... F>
consteval bool fields_packed(FieldList<F...>) {
  return sizeof...(F) > 0 && (packed<std::remove_cv_t<F>> && ...) &&
         (sizeof(F) + ... + 0) == sizeof(T);
}
template <class... F>
consteval bool fields_hold_bool(FieldList<F...>) {
  return (holds_bool<std::remove_cv_t<F>> || ...);
}

template <class T>
consteval bool find_packed() {
  if constexpr (is_scalar_kind<T>) return true;
  else if constexpr (!std::is_trivially_copyable_v<T>) return false;
  else if constexpr (kind_of<T> == Kind::duration || kind_of<T> == Kind::time_point)
    return is_scalar_kind<CountOf<T>> && sizeof(T) == sizeof(CountOf<T>);
  else if constexpr (kind_of<T> == Kind::array)
    return std::tuple_size_v<T> > 0 && packed<typename T::value_type>;
  else if constexpr (kind_of<T> == Kind::aggregate) return fields_packed<T>(fields_of<T>{});
  else return false;
}

template <class T>
consteval bool find_holds_bool() {
  if constexpr (kind_of<T> == Kind::boolean) return true;
  else if constexpr (kind_of<T> == Kind::array) return holds_bool<typename T::value_type>;
  else if constexpr (kind_of<T> == Kind::aggregate) return fields_hold_bool(fields_of<T>{});
  else return false;
}

// The bytes of a packed T, just copied in, hold 0 or 1 wherever a bool is (else: undefined
// behaviour).
template <class T>
bool bools_valid(const T& value) {
  if constexpr (!holds_bool<T>) {
    return true;
  } else if constexpr (kind_of<T> == Kind::boolean) {
    return *reinterpret_cast<const unsigned char*>(&value) <= 1;
  } else if constexpr (kind_of<T> == Kind::array) {
    for (const auto& element : value) {
      if (!bools_valid(element)) return false;
    }
    return true;
  } else {
    return apply_fields(value, [](const auto&... field) { return (bools_valid(field) && ...); });
  }
}

template <class... F>
consteval std::size_t fields_bytes_min(FieldList<F...>);
template <class T, std::size_t... I>
consteval std::size_t elements_bytes_min(std::index_sequence<I...>);

// What a T takes serialized at the very least; never 0, so that garbage cannot claim endless lists.
template <class T>
consteval std::size_t bytes_min() {
  std::size_t bytes = 1;
  if constexpr (packed<T>) bytes = sizeof(T);
  else if constexpr (kind_of<T> == Kind::array)
    bytes = std::tuple_size_v<T> * bytes_min<typename T::value_type>();
  else if constexpr (kind_of<T> == Kind::tuple)
    bytes = elements_bytes_min<T>(std::make_index_sequence<std::tuple_size_v<T>>{});
  else if constexpr (kind_of<T> == Kind::aggregate) bytes = fields_bytes_min(fields_of<T>{});
  else if constexpr (kind_of<T> == Kind::duration || kind_of<T> == Kind::time_point)
    bytes = sizeof(CountOf<T>);
  return bytes == 0 ? 1 : bytes;
}
template <class... F>
consteval std::size_t fields_bytes_min(FieldList<F...>) {
  return (bytes_min<std::remove_cv_t<F>>() + ... + 0);
}
template <class T, std::size_t... I>
consteval std::size_t elements_bytes_min(std::index_sequence<I...>) {
  return (bytes_min<std::tuple_element_t<I, T>>() + ... + 0);
}

}  // namespace flink::detail
