// SPDX-License-Identifier: Apache-2.0
// A record of one type from a record of another, by field name: convert<Owned>(record), which is
// what DataStream's as<Owned>() does. Every field of Owned must be in the record with a type that
// converts without loss; what else the record has is dropped.
#pragma once

#include <flink/types/check.h>
#include <flink/types/kinds.h>
#include <flink/types/reflect.h>

#include <cstddef>
#include <string_view>

namespace flink {
namespace detail {

template <class To, class From>
consteval bool find_convertible();
// What convert() accepts of a field: the same type; a wider number; a string for a view;
// containers, optionals and tuples of such; aggregates by field name.
template <class To, class From>
inline constexpr bool is_convertible = find_convertible<To, From>();

template <class T>
inline constexpr bool is_stringy = kind_of<T> == Kind::string || kind_of<T> == Kind::string_view;
template <class T>
inline constexpr bool is_element_kind =
    kind_of<T> == Kind::optional || kind_of<T> == Kind::list || kind_of<T> == Kind::array;

inline constexpr std::size_t no_field = static_cast<std::size_t>(-1);

template <class T>
consteval std::size_t field_named(std::string_view name) {
  for (std::size_t i = 0; i < field_count<T>; ++i) {
    if (field_names<T>[i] == name) return i;
  }
  return no_field;
}

// The first field of To that From lacks or has with another type; no_field when all fit.
template <class To, class From, std::size_t I = 0>
consteval std::size_t find_unfit_field() {
  if constexpr (I == field_count<To>) {
    return no_field;
  } else {
    constexpr std::size_t from = field_named<From>(field_name<To, I>);
    if constexpr (from == no_field) return I;
    else if constexpr (!is_convertible<field_t<To, I>, std::remove_cv_t<field_t<From, from>>>)
      return I;
    else return find_unfit_field<To, From, I + 1>();
  }
}

template <class To, class From, std::size_t... I>
consteval bool tuple_convertible(std::index_sequence<I...>) {
  return (is_convertible<std::tuple_element_t<I, To>, std::tuple_element_t<I, From>> && ...);
}

template <class To, class From>
consteval bool find_convertible() {
  if constexpr (std::is_same_v<To, From>) return true;
  else if constexpr (is_stringy<To> && is_stringy<From>) return true;
  else if constexpr (std::is_arithmetic_v<To> && std::is_arithmetic_v<From>)
    return !std::is_same_v<To, bool> && requires(From from) { To{from}; };
  else if constexpr (kind_of<To> == Kind::list && kind_of<From> == Kind::bytes_view)
    return std::is_same_v<const typename To::value_type, typename From::element_type>;
  else if constexpr (is_element_kind<To> && kind_of<From> == kind_of<To>) {
    if constexpr (kind_of<To> == Kind::array)
      if (std::tuple_size_v<To> != std::tuple_size_v<From>) return false;
    return is_convertible<typename To::value_type, typename From::value_type>;
  } else if constexpr (kind_of<To> == Kind::optional)
    return is_convertible<typename To::value_type, From>;
  else if constexpr (kind_of<To> == Kind::tuple && kind_of<From> == Kind::tuple) {
    if constexpr (std::tuple_size_v<To> != std::tuple_size_v<From>) return false;
    else return tuple_convertible<To, From>(std::make_index_sequence<std::tuple_size_v<To>>{});
  } else if constexpr (kind_of<To> == Kind::aggregate && kind_of<From> == Kind::aggregate)
    return find_unfit_field<To, From>() == no_field;
  else if constexpr (kind_of<To> == Kind::duration && kind_of<From> == Kind::duration)
    return std::is_convertible_v<From, To>;
  else return false;
}

template <class To, class From>
void convert_value(To& to, const From& from) {
  constexpr Kind kind = kind_of<To>;
  if constexpr (std::is_same_v<To, From> || is_stringy<To>) {
    to = from;
  } else if constexpr (kind == Kind::list) {
    to.clear();
    for (const auto& element : from) {
      typename To::value_type converted{};
      convert_value(converted, static_cast<const typename From::value_type&>(element));
      to.push_back(std::move(converted));
    }
  } else if constexpr (kind == Kind::array) {
    for (std::size_t i = 0; i < from.size(); ++i) convert_value(to[i], from[i]);
  } else if constexpr (kind == Kind::optional && kind_of<From> == Kind::optional) {
    to.reset();
    if (from.has_value()) convert_value(to.emplace(), *from);
  } else if constexpr (kind == Kind::optional) {
    convert_value(to.emplace(), from);
  } else if constexpr (kind == Kind::tuple) {
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      (convert_value(get<I>(to), get<I>(from)), ...);
    }
    (std::make_index_sequence<std::tuple_size_v<To>>{});
  } else if constexpr (kind == Kind::aggregate) {
    apply_fields(to, [&from](auto&... target) {
      [&]<std::size_t... I>(std::index_sequence<I...>) {
        (convert_value(target, get_field<field_named<From>(field_name<To, I>)>(from)), ...);
      }
      (std::make_index_sequence<sizeof...(target)>{});
    });
  } else {
    to = from;
  }
}

// Field is the field of Owned, counted from 0, that From lacks or has with a type that does not
// fit.
template <class Owned, int Field, class From>
struct MissingField {
  static_assert(never<Owned>,
                "flinkc: as<Owned>() needs every field of Owned in the record, by name and with a "
                "type that converts without loss");
};

template <class Owned, class T>
consteval bool check_convertible() {
  if constexpr (is_convertible<Owned, T>) return true;
  else if constexpr (kind_of<Owned> == Kind::aggregate && kind_of<T> == Kind::aggregate)
    return sizeof(MissingField<Owned, static_cast<int>(find_unfit_field<Owned, T>()), T>) == 0;
  else return sizeof(MissingField<Owned, -1, T>) == 0;
}

}  // namespace detail

// By field name: every field of Owned must be in T; what else T has is dropped.
template <class Owned, class T>
Owned convert(const T& value) {
  Owned owned{};
  if constexpr (detail::check_convertible<Owned, T>()) detail::convert_value(owned, value);
  return owned;
}

}  // namespace flink
