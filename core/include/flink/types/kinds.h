// SPDX-License-Identifier: Apache-2.0
// What a C++ type is to serialization, hashing and printing: kind_of<T>. Standard containers are
// told by their shape, so that their headers stay out of the public ones, and look-alikes work too.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace flink {

class ByteWriter;
class ByteReader;

// How a T becomes bytes and is read back. Works as it stands for numbers, enums, strings, chrono,
// the containers of the standard library and aggregates of these. For a class of your own:
//   template <> struct flink::Serializer<Money> {
//     static void write(ByteWriter& out, const Money& value);   // at least one byte
//     static void read(ByteReader& in, Money& value);           // must not trust the bytes
//     static std::string schema();                              // optional, see schema.h
//   };
template <class T>
struct Serializer {
  using Generic = void;  // absent in specialisations, which is how they are told
  static void write(ByteWriter& out, const T& value);
  static void read(ByteReader& in, T& value);
};

namespace detail {

enum class Kind : unsigned char {
  boolean,
  integer,  // char and std::byte included
  floating,
  enumeration,
  duration,
  time_point,
  string,
  string_view,
  bytes_view,  // std::span of const char, unsigned char or std::byte
  optional,
  variant,
  tuple,  // and pair
  array,
  list,  // vector, deque, list
  set,   // ordered or not
  map,
  aggregate,
  custom,  // has its own Serializer
  // What follows is refused.
  raw_array,
  pointer,
  smart_pointer,
  wide_span,
  long_double,
  union_type,
  unsupported,
};

template <class T>
concept DurationLike = requires(const T& t) {
  typename T::rep;
  typename T::period;
  t.count();
};
template <class T>
concept TimePointLike = requires(const T& t) {
  typename T::clock;
  typename T::duration;
  t.time_since_epoch();
};
template <class T>
concept SpanLike = requires(const T& t) {
  typename T::element_type;
  T::extent;
  t.size_bytes();
};
template <class T>
concept SmartPointerLike = requires(const T& t) {
  typename T::element_type;
  t.get();
  t.operator->();
};
template <class T>
concept OptionalLike = requires(T& t) {
  typename T::value_type;
  t.has_value();
  t.reset();
  t.emplace();
};
template <class T>
concept VariantLike = requires(const T& t) {
  t.index();
  t.valueless_by_exception();
};
template <class T>
concept Tuple = requires {
  std::tuple_size<T>::value;
};
template <class T>
concept Range = requires(const T& t) {
  typename T::value_type;
  t.begin() != t.end();
  t.size();
};
template <class T>
concept SetLike = Range<T> && requires(T& t, const T& c) {
  typename T::key_type;
  t.emplace_hint(c.end(), std::declval<typename T::key_type>());
};
template <class T>
concept MapLike = SetLike<T> && requires {
  typename T::mapped_type;
};
template <class T>
concept ListLike = Range<T> && requires(T& t) {
  t.clear();
  t.push_back(std::declval<typename T::value_type>());
};
template <class T>
concept Custom = !requires {
  typename Serializer<T>::Generic;
};

template <class Element>
inline constexpr bool byte_like =
    std::is_same_v<Element, const char> || std::is_same_v<Element, const unsigned char> ||
    std::is_same_v<Element, const std::byte>;

template <class T>
consteval Kind span_kind() {
  return byte_like<typename T::element_type> && T::extent == static_cast<std::size_t>(-1)
             ? Kind::bytes_view
             : Kind::wide_span;
}

template <class T>
consteval Kind container_kind() {
  if constexpr (OptionalLike<T>) return Kind::optional;
  else if constexpr (MapLike<T>) return Kind::map;
  else if constexpr (SetLike<T>) return Kind::set;
  else if constexpr (ListLike<T>) return Kind::list;
  else if constexpr (VariantLike<T>) return Kind::variant;
  else if constexpr (DurationLike<T>) return Kind::duration;
  else if constexpr (TimePointLike<T>) return Kind::time_point;
  else if constexpr (SpanLike<T>) return span_kind<T>();
  else if constexpr (SmartPointerLike<T>) return Kind::smart_pointer;
  else return Kind::unsupported;
}

template <class T>
consteval Kind find_kind() {
  if constexpr (std::is_same_v<T, bool>) return Kind::boolean;
  else if constexpr (std::is_integral_v<T> || std::is_same_v<T, __int128> ||
                     std::is_same_v<T, unsigned __int128> || std::is_same_v<T, std::byte>)
    return Kind::integer;
  else if constexpr (std::is_same_v<T, long double>) return Kind::long_double;
  else if constexpr (std::is_floating_point_v<T>) return Kind::floating;
  else if constexpr (std::is_same_v<T, std::string>) return Kind::string;
  else if constexpr (std::is_same_v<T, std::string_view>) return Kind::string_view;
  else if constexpr (std::is_array_v<T>) return Kind::raw_array;
  else if constexpr (std::is_pointer_v<T> || std::is_member_pointer_v<T> ||
                     std::is_null_pointer_v<T> || std::is_reference_v<T>)
    return Kind::pointer;
  else if constexpr (Custom<T>) return Kind::custom;
  else if constexpr (std::is_enum_v<T>) return Kind::enumeration;
  else if constexpr (std::is_union_v<T>) return Kind::union_type;
  else if constexpr (!std::is_class_v<T>) return Kind::unsupported;
  else if constexpr (Tuple<T>)
    return std::is_aggregate_v<T> && Range<T> ? Kind::array : Kind::tuple;
  else if constexpr (std::is_aggregate_v<T>) return Kind::aggregate;
  else return container_kind<T>();
}

template <class T>
inline constexpr Kind kind_of = find_kind<T>();

template <class T>
inline constexpr bool is_aggregate_kind = kind_of<T> == Kind::aggregate;

// An enum as the widest integer of its sign.
template <class T>
constexpr auto number_of(T value) {
  using Number = std::underlying_type_t<T>;
  if constexpr (std::is_signed_v<Number>) return static_cast<long long>(value);
  else return static_cast<unsigned long long>(value);
}

// The types of a tuple, or of a variant's alternatives.
template <class T>
struct TypesOf;
template <template <class...> class Of, class... Element>
struct TypesOf<Of<Element...>> {
  static constexpr std::size_t count = sizeof...(Element);
  // Calls f.template operator()<Element>() for each; true when all of them said true.
  template <class F>
  static constexpr bool all(F f) {
    return (f.template operator()<Element>() && ...);
  }
};

// The type of a duration's number; a time point's likewise.
template <class T>
struct DurationOf {
  using Type = T;
};
template <TimePointLike T>
struct DurationOf<T> {
  using Type = typename T::duration;
};
template <class T>
using CountOf = typename DurationOf<T>::Type::rep;

template <class T>
constexpr auto count_of(const T& value) {
  if constexpr (TimePointLike<T>) return value.time_since_epoch().count();
  else return value.count();
}
template <class T>
constexpr T from_count(CountOf<T> count) {
  return T{typename DurationOf<T>::Type{count}};
}

}  // namespace detail
}  // namespace flink
