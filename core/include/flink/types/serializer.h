// SPDX-License-Identifier: Apache-2.0
// Values to bytes and back: Serializer<T>::write and ::read, and write_range/read_range for arrays.
// Numbers are fixed little-endian, lengths and variant indexes varints, fields follow each other in
// order; the layout in memory does not show, so types without padding are simply copied. Unordered
// containers are written in their own order: equal ones may differ in bytes.
// Views (string_view, span of bytes) that were read point into the reader's bytes: whoever owns
// these keeps them alive. Any bytes may be read: nonsense throws Error{internal}.
#pragma once

#include <flink/types/bytes.h>
#include <flink/types/check.h>
#include <flink/types/kinds.h>
#include <flink/types/layout.h>
#include <flink/types/reflect.h>

namespace flink {
namespace detail {

[[noreturn]] void fail_valueless();

template <class T>
void write_value(ByteWriter& out, const T& value);
template <class T>
void read_value(ByteReader& in, T& value);

// A level of nesting, given back however it ends.
template <class Stream>
struct Nesting {
  explicit Nesting(Stream& s) : stream(s) { stream.enter(); }
  Nesting(const Nesting&) = delete;
  Nesting& operator=(const Nesting&) = delete;
  ~Nesting() { stream.leave(); }
  Stream& stream;
};

// Elements that lie side by side and are copied whole.
template <class T>
concept PackedList = packed<typename T::value_type> && requires(T& t) {
  t.data();
  t.resize(std::size_t{});
};

template <class T>
void write_elements(ByteWriter& out, const T& range) {
  out.varint(range.size());
  if constexpr (PackedList<T>) {
    out.raw(range.data(), range.size() * sizeof(typename T::value_type));
  } else {
    Nesting level{out};
    for (const auto& element : range) {
      if constexpr (kind_of<T> == Kind::map) {
        write_value(out, element.first);
        write_value(out, element.second);
      } else {
        write_value<typename T::value_type>(out, element);
      }
    }
  }
}

template <class T>
void read_list(ByteReader& in, T& list) {
  using Element = typename T::value_type;
  const std::size_t count = in.length("the length of a list", bytes_min<Element>());
  list.clear();
  if constexpr (PackedList<T>) {
    list.resize(count);
    in.raw(list.data(), count * sizeof(Element), "the elements of a list");
    if constexpr (holds_bool<Element>) {
      for (const auto& element : list) {
        if (!bools_valid(element)) in.fail("a bool (0 or 1)");
      }
    }
  } else {
    Nesting level{in};
    constexpr std::size_t trusted = 1024;  // the count may be garbage
    if constexpr (requires { list.reserve(count); })
      list.reserve(count < trusted ? count : trusted);
    for (std::size_t i = 0; i < count; ++i) {
      if constexpr (std::is_same_v<Element, bool>) {
        bool bit = false;  // vector<bool> has no references to read into
        read_value(in, bit);
        list.push_back(bit);
      } else {
        list.emplace_back();
        read_value(in, list.back());
      }
    }
  }
}

template <class T>
void read_keyed(ByteReader& in, T& keyed) {
  typename T::key_type key{};
  using Key = typename T::key_type;
  keyed.clear();
  Nesting level{in};
  if constexpr (kind_of<T> == Kind::map) {
    using Mapped = typename T::mapped_type;
    std::size_t count = in.length("the length of a map", bytes_min<Key>() + bytes_min<Mapped>());
    for (; count > 0; --count) {
      Mapped mapped{};
      read_value(in, key);
      read_value(in, mapped);
      keyed.emplace_hint(keyed.end(), std::move(key), std::move(mapped));
    }
  } else {
    for (std::size_t count = in.length("the length of a set", bytes_min<Key>()); count > 0;
         --count) {
      read_value(in, key);
      keyed.emplace_hint(keyed.end(), std::move(key));
    }
  }
}

template <class T, std::size_t... I>
void write_alternative(ByteWriter& out, const T& value, std::index_sequence<I...>) {
  if (value.valueless_by_exception()) fail_valueless();
  out.varint(value.index());
  Nesting level{out};
  ((value.index() == I && (write_value(out, *get_if<I>(&value)), true)) || ...);
}
template <class T, std::size_t... I>
void read_alternative(ByteReader& in, T& value, std::index_sequence<I...>) {
  const std::uint64_t index = in.varint("the index of a variant");
  Nesting level{in};
  const bool known = ((index == I && (read_value(in, value.template emplace<I>()), true)) || ...);
  if (!known) in.fail("the index of one of a variant's alternatives");
}

template <class T, std::size_t... I>
void write_tuple(ByteWriter& out, const T& value, std::index_sequence<I...>) {
  if constexpr (sizeof...(I) == 0) out.u8(0);
  else (write_value(out, get<I>(value)), ...);
}
template <class T, std::size_t... I>
void read_tuple(ByteReader& in, T& value, std::index_sequence<I...>) {
  if constexpr (sizeof...(I) == 0) in.u8("an empty tuple");
  else (read_value(in, get<I>(value)), ...);
}

template <class T>
void write_value(ByteWriter& out, const T& value) {
  constexpr Kind kind = kind_of<T>;
  if constexpr (kind == Kind::custom) {
    Serializer<T>::write(out, value);
  } else if constexpr (packed<T>) {
    std::memcpy(out.room(sizeof(T)), static_cast<const void*>(&value), sizeof(T));
    out.advance(sizeof(T));
  } else if constexpr (kind == Kind::string || kind == Kind::string_view) {
    out.sized(value);
  } else if constexpr (kind == Kind::bytes_view) {
    out.sized({reinterpret_cast<const char*>(value.data()), value.size()});
  } else if constexpr (kind == Kind::duration || kind == Kind::time_point) {
    write_value(out, count_of(value));
  } else if constexpr (kind == Kind::optional) {
    out.u8(value.has_value() ? 1 : 0);
    Nesting level{out};
    if (value.has_value()) write_value(out, *value);
  } else if constexpr (kind == Kind::variant) {
    write_alternative(out, value, std::make_index_sequence<TypesOf<T>::count>{});
  } else if constexpr (kind == Kind::tuple) {
    write_tuple(out, value, std::make_index_sequence<std::tuple_size_v<T>>{});
  } else if constexpr (kind == Kind::array) {
    if constexpr (std::tuple_size_v<T> == 0) out.u8(0);
    for (const auto& element : value) write_value(out, element);
  } else if constexpr (kind == Kind::list || kind == Kind::set || kind == Kind::map) {
    write_elements(out, value);
  } else if constexpr (kind == Kind::aggregate && field_count<T> == 0) {
    out.u8(0);
  } else if constexpr (kind == Kind::aggregate) {
    apply_fields(value, [&out](const auto&... field) { (write_value(out, field), ...); });
  }
}

template <class T>
void read_value(ByteReader& in, T& value) {
  constexpr Kind kind = kind_of<T>;
  if constexpr (kind == Kind::custom) {
    Serializer<T>::read(in, value);
  } else if constexpr (packed<T>) {
    in.raw(static_cast<void*>(&value), sizeof(T), "a value of fixed size");
    if (!bools_valid(value)) {
      std::memset(static_cast<void*>(&value), 0, sizeof(T));
      in.fail("a bool (0 or 1)");
    }
  } else if constexpr (kind == Kind::string || kind == Kind::string_view) {
    value = in.sized();
  } else if constexpr (kind == Kind::bytes_view) {
    const std::string_view bytes = in.sized("a run of bytes");
    value = T{reinterpret_cast<typename T::pointer>(bytes.data()), bytes.size()};
  } else if constexpr (kind == Kind::duration || kind == Kind::time_point) {
    CountOf<T> count{};
    read_value(in, count);
    value = from_count<T>(count);
  } else if constexpr (kind == Kind::optional) {
    const std::uint8_t present = in.u8("whether an optional is set");
    if (present > 1) in.fail("whether an optional is set (0 or 1)");
    Nesting level{in};
    if (present == 1) read_value(in, value.emplace());
    else value.reset();
  } else if constexpr (kind == Kind::variant) {
    read_alternative(in, value, std::make_index_sequence<TypesOf<T>::count>{});
  } else if constexpr (kind == Kind::tuple) {
    read_tuple(in, value, std::make_index_sequence<std::tuple_size_v<T>>{});
  } else if constexpr (kind == Kind::array) {
    if constexpr (std::tuple_size_v<T> == 0) in.u8("an empty array");
    for (auto& element : value) read_value(in, element);
  } else if constexpr (kind == Kind::list) {
    read_list(in, value);
  } else if constexpr (kind == Kind::set || kind == Kind::map) {
    read_keyed(in, value);
  } else if constexpr (kind == Kind::aggregate && field_count<T> == 0) {
    in.u8("an empty record");
  } else if constexpr (kind == Kind::aggregate) {
    apply_fields(value, [&in](auto&... field) { (read_value(in, field), ...); });
  }
}

}  // namespace detail

template <class T>
void Serializer<T>::write(ByteWriter& out, const T& value) {
  if constexpr (detail::check_serializable<T>()) detail::write_value(out, value);
}
template <class T>
void Serializer<T>::read(ByteReader& in, T& value) {
  if constexpr (detail::check_serializable<T>()) detail::read_value(in, value);
}

// n values side by side, without their count: copied whole where T allows.
template <class T>
void write_range(ByteWriter& out, const T* values, std::size_t n) {
  if constexpr (detail::packed<T> && !detail::Custom<T>) {
    out.raw(values, n * sizeof(T));
  } else {
    for (std::size_t i = 0; i < n; ++i) Serializer<T>::write(out, values[i]);
  }
}
template <class T>
void read_range(ByteReader& in, T* values, std::size_t n) {
  if constexpr (detail::packed<T> && !detail::holds_bool<T> && !detail::Custom<T>) {
    if (n > in.remaining() / sizeof(T)) in.fail("as many records as were announced");
    in.raw(static_cast<void*>(values), n * sizeof(T), "records of fixed size");
  } else {
    for (std::size_t i = 0; i < n; ++i) Serializer<T>::read(in, values[i]);
  }
}

}  // namespace flink
