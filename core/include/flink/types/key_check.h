// SPDX-License-Identifier: Apache-2.0
// Why a type is no key: one line of compile error each, like check.h.
#pragma once

#include <flink/types/check.h>
#include <flink/types/views.h>

namespace flink::detail {

template <class Key>
struct ViewInKey {
  static_assert(never<Key>,
                "flinkc: a key struct holds a view (std::string_view, std::span), which would "
                "outlive its bytes: use std::string");
};
template <class Key>
struct UnorderedKey {
  static_assert(never<Key>, "flinkc: a set or a map cannot be a key: use a std::vector, sorted");
};

template <class T, class... S>
consteval bool find_unordered(Seen<S...> seen);
template <class... S, class... F>
consteval bool find_unordered_in_fields([[maybe_unused]] Seen<S...> seen, FieldList<F...>) {
  return (find_unordered<std::remove_cv_t<F>>(seen) || ...);
}
template <class T, class... S>
consteval bool find_unordered([[maybe_unused]] Seen<S...> seen) {
  constexpr Kind kind = kind_of<T>;
  if constexpr (kind == Kind::map || kind == Kind::set) return true;
  else if constexpr (kind == Kind::optional || kind == Kind::array || kind == Kind::list)
    return find_unordered<typename T::value_type>(seen);
  else if constexpr (kind == Kind::variant || kind == Kind::tuple)
    return !TypesOf<T>::all([]<class E>() { return !find_unordered<E>(Seen<S...>{}); });
  else if constexpr (kind == Kind::aggregate && !(std::is_same_v<T, S> || ...))
    return find_unordered_in_fields(Seen<S..., T>{}, fields_of<T>{});
  else return false;
}

// A view inside an aggregate that is the key or part of it. Views elsewhere become owned.
template <class T>
consteval bool find_struct_with_views() {
  constexpr Kind kind = kind_of<T>;
  if constexpr (!has_views<T>) return false;
  else if constexpr (kind == Kind::optional || kind == Kind::array || kind == Kind::list)
    return find_struct_with_views<typename T::value_type>();
  else if constexpr (kind == Kind::tuple)
    return !TypesOf<T>::all([]<class E>() { return !find_struct_with_views<E>(); });
  else return kind != Kind::string_view && kind != Kind::bytes_view;
}

template <class K>
consteval bool check_key() {
  if constexpr (!check_serializable<K>()) return false;
  else if constexpr (find_struct_with_views<K>()) return sizeof(ViewInKey<K>) == 0;
  else if constexpr (find_unordered<K>(Seen<>{})) return sizeof(UnorderedKey<K>) == 0;
  else return true;
}

}  // namespace flink::detail
