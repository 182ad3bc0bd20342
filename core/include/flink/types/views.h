// SPDX-License-Identifier: Apache-2.0
// Views in records: has_views<T> finds them, to_owned copies what a view as key points to.
#pragma once

#include <flink/types/check.h>
#include <flink/types/convert.h>
#include <flink/types/kinds.h>
#include <flink/types/reflect.h>

#include <cstddef>
#include <string>
#include <vector>

namespace flink {
namespace detail {

template <class T, class... S>
consteval bool find_views(Seen<S...> seen);

template <class... S, class... F>
consteval bool find_views_in_fields([[maybe_unused]] Seen<S...> seen, FieldList<F...>) {
  return (find_views<std::remove_cv_t<F>>(seen) || ...);
}
template <class T, class... S>
consteval bool find_views([[maybe_unused]] Seen<S...> seen) {
  constexpr Kind kind = kind_of<T>;
  if constexpr (kind == Kind::string_view || kind == Kind::bytes_view) return true;
  else if constexpr (kind == Kind::optional || kind == Kind::array || kind == Kind::list ||
                     kind == Kind::set)
    return find_views<typename T::value_type>(seen);
  else if constexpr (kind == Kind::map)
    return find_views<typename T::key_type>(seen) || find_views<typename T::mapped_type>(seen);
  else if constexpr (kind == Kind::variant || kind == Kind::tuple)
    return !TypesOf<T>::all([]<class E>() { return !find_views<E>(Seen<S...>{}); });
  else if constexpr (kind == Kind::aggregate && !(std::is_same_v<T, S> || ...))
    return find_views_in_fields(Seen<S..., T>{}, fields_of<T>{});
  else if constexpr (kind == Kind::custom && requires { Serializer<T>::has_views; })
    return Serializer<T>::has_views;
  else return false;
}

}  // namespace detail

// Does a T hold a string_view or a span anywhere? A class with its own Serializer says so by
// `static constexpr bool has_views = true` in it.
template <class T>
inline constexpr bool has_views = detail::find_views<std::remove_cv_t<T>>(detail::Seen<>{});

namespace detail {

template <class T>
struct AggregateWithViews {
  static_assert(never<T>,
                "flinkc: a struct with a view (std::string_view, std::span) cannot be kept: use "
                "std::string, or convert with .as<Owned>()");
};

template <class T>
consteval bool check_owned() {
  if constexpr (has_views<T>) return sizeof(AggregateWithViews<T>) == 0;
  else return true;
}
template <class T, bool = check_owned<T>()>
struct CheckedOwned {
  using Type = T;
};

template <class T>
struct OwnedOf {
  using Type = typename CheckedOwned<T>::Type;
};
template <>
struct OwnedOf<std::string_view> {
  using Type = std::string;
};
template <SpanLike T>
struct OwnedOf<T> {
  using Type = std::vector<std::remove_const_t<typename T::element_type>>;
};
template <template <class...> class Of, class... Element>
requires(has_views<Of<Element...>>&& kind_of<Of<Element...>> ==
         Kind::tuple) struct OwnedOf<Of<Element...>> {
  using Type = Of<typename OwnedOf<Element>::Type...>;
};
template <template <class...> class Of, class Element, class... Allocator>
requires(has_views<Of<Element, Allocator...>> &&
         (kind_of<Of<Element, Allocator...>> == Kind::optional ||
          kind_of<Of<Element, Allocator...>> ==
              Kind::list)) struct OwnedOf<Of<Element, Allocator...>> {
  using Type = Of<typename OwnedOf<Element>::Type>;
};
template <template <class, std::size_t> class Of, class Element, std::size_t N>
requires(has_views<Element>&& kind_of<Of<Element, N>> ==
         Kind::array) struct OwnedOf<Of<Element, N>> {
  using Type = Of<typename OwnedOf<Element>::Type, N>;
};

}  // namespace detail

// T with its views replaced: string_view by string, span by vector, elementwise in tuples,
// optionals, arrays and lists; T itself when it has none. For an aggregate with views: one line of
// error, and T.
template <class T>
using owned_t = typename detail::OwnedOf<T>::Type;

// The key itself, or a copy that owns its bytes.
template <class T>
decltype(auto) to_owned(const T& value) {
  if constexpr (std::is_same_v<owned_t<T>, T>) {
    return static_cast<const T&>(value);
  } else {
    owned_t<T> owned{};
    detail::convert_value(owned, value);
    return owned;
  }
}

}  // namespace flink
