// SPDX-License-Identifier: Apache-2.0
// A value as text, as print() writes it: (word,1) for records and tuples, [a, b] for lists, {k=v}
// for maps, 5s and 100ms for durations, 2024-01-01T00:00:00.000Z for system time, null for an empty
// optional, floating numbers as in Java (1.0, 1.0E7: as short as they can be read back), strings as
// they are. A type's own operator<< wins.
#pragma once

#include <flink/types/kinds.h>
#include <flink/types/reflect.h>

#include <cstdint>
#include <iosfwd>

namespace flink {
namespace detail {

void print_integer(std::string& out, std::int64_t value);
void print_unsigned(std::string& out, std::uint64_t value);
void print_wide_integer(std::string& out, __int128 value);
void print_wide_unsigned(std::string& out, unsigned __int128 value);
void print_double(std::string& out, double value);
void print_float(std::string& out, float value);
void print_hex(std::string& out, const void* bytes, std::size_t size);
void print_duration_unit(std::string& out, std::int64_t num, std::int64_t den);
// ISO 8601 in UTC, with as many digits after the second as the unit num/den has.
void print_time(std::string& out, std::int64_t count, std::int64_t num, std::int64_t den);
// Lets `write` put *value into a std::ostream.
void print_streamed(std::string& out, void (*write)(std::ostream&, const void*), const void* value);

// Has its own operator<<: what the standard library says of strings, durations and numbers does not
// count, nor does an unscoped enum that converts to a number.
template <class T>
concept Streamable = (kind_of<T> == Kind::aggregate || kind_of<T> == Kind::custom ||
                      kind_of<T> == Kind::unsupported ||
                      (kind_of<T> == Kind::enumeration && !std::is_convertible_v<T, int>)) &&
                     requires(std::ostream& out, const T& value) {
  operator<<(out, value);
};

template <class T>
void print_any(std::string& out, const T& value);

template <class T>
void print_integral(std::string& out, T value) {
  if constexpr (std::is_same_v<T, char>) out += value;
  else if constexpr (std::is_same_v<T, std::byte>) print_hex(out, &value, 1);
  else if constexpr (sizeof(T) > 8 && static_cast<T>(-1) < T{0}) print_wide_integer(out, value);
  else if constexpr (sizeof(T) > 8) print_wide_unsigned(out, value);
  else if constexpr (static_cast<T>(-1) < T{0})
    print_integer(out, static_cast<std::int64_t>(value));
  else print_unsigned(out, static_cast<std::uint64_t>(value));
}

template <class... T>
void print_tuple(std::string& out, const T&... element) {
  out += '(';
  [[maybe_unused]] std::size_t i = 0;
  ((i++ > 0 ? out += ',' : out, print_any(out, element)), ...);
  out += ')';
}

template <class T>
void print_elements(std::string& out, const T& range) {
  constexpr bool is_map = kind_of<T> == Kind::map;
  bool first = true;
  out += is_map ? '{' : '[';
  for (const auto& element : range) {
    if (!first) out += ", ";
    first = false;
    if constexpr (is_map) {
      print_any(out, element.first);
      out += '=';
      print_any(out, element.second);
    } else {
      print_any<typename T::value_type>(out, element);
    }
  }
  out += is_map ? '}' : ']';
}

template <class T>
void print_chrono(std::string& out, const T& value) {
  using Period = typename DurationOf<T>::Type::period;
  const auto count = count_of(value);
  if constexpr (TimePointLike<T> && std::is_integral_v<CountOf<T>>) {
    if constexpr (!T::clock::is_steady) {
      return print_time(out, static_cast<std::int64_t>(count), Period::num, Period::den);
    }
  }
  print_any(out, count);
  print_duration_unit(out, Period::num, Period::den);
}

template <class T, std::size_t... I>
void print_alternative(std::string& out, const T& value, std::index_sequence<I...>) {
  ((value.index() == I && (print_any(out, *get_if<I>(&value)), true)) || ...);
}

template <class T>
void print_any(std::string& out, const T& value) {
  constexpr Kind kind = kind_of<T>;
  if constexpr (kind == Kind::string || kind == Kind::string_view) {
    out += value;
  } else if constexpr (Streamable<T>) {
    print_streamed(
        out,
        [](std::ostream& stream, const void* object) {
          operator<<(stream, *static_cast<const T*>(object));
        },
        &value);
  } else if constexpr (kind == Kind::boolean) {
    out += value ? "true" : "false";
  } else if constexpr (kind == Kind::integer) {
    print_integral(out, value);
  } else if constexpr (kind == Kind::floating) {
    if constexpr (sizeof(T) == 4) print_float(out, value);
    else print_double(out, value);
  } else if constexpr (kind == Kind::enumeration) {
    print_integral(out, number_of(value));
  } else if constexpr (kind == Kind::duration || kind == Kind::time_point) {
    print_chrono(out, value);
  } else if constexpr (kind == Kind::bytes_view) {
    if constexpr (std::is_same_v<typename T::element_type, const char>)
      out.append(value.data(), value.size());
    else print_hex(out, value.data(), value.size());
  } else if constexpr (kind == Kind::optional) {
    if (value.has_value()) print_any(out, *value);
    else out += "null";
  } else if constexpr (kind == Kind::variant) {
    print_alternative(out, value, std::make_index_sequence<TypesOf<T>::count>{});
  } else if constexpr (kind == Kind::tuple) {
    [&]<std::size_t... I>(std::index_sequence<I...>) { print_tuple(out, get<I>(value)...); }
    (std::make_index_sequence<std::tuple_size_v<T>>{});
  } else if constexpr (kind == Kind::array || kind == Kind::list || kind == Kind::set ||
                       kind == Kind::map) {
    print_elements(out, value);
  } else if constexpr (kind == Kind::aggregate) {
    apply_fields(value, [&out](const auto&... field) { print_tuple(out, field...); });
  } else {
    out += type_name<T>();
  }
}

}  // namespace detail

// Appends `value` to `out`.
template <class T>
void print_value(std::string& out, const T& value) {
  detail::print_any(out, value);
}

}  // namespace flink
