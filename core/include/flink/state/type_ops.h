// SPDX-License-Identifier: Apache-2.0
// What the keyed state engine, which is compiled once, must know of a type: a table of functions.
// Constant data; any thread.
#pragma once

#include <flink/types/evolution.h>
#include <flink/types/heap_bytes.h>
#include <flink/types/key_hash.h>
#include <flink/types/schema.h>
#include <flink/types/serializer.h>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <new>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>

namespace flink::state {

using flink::heap_bytes;

struct TypeOps {
  std::uint32_t size = 0, align = 1;
  bool trivial = false;  // trivially copyable: nothing to destroy, nothing on the heap
  void (*construct)(void* at) = nullptr;
  void (*copy)(void* at, const void* from) = nullptr;  // constructs
  void (*destroy)(void* at) = nullptr;
  void (*write)(ByteWriter& out, const void* value) = nullptr;
  void (*read)(ByteReader& in, void* constructed) = nullptr;
  std::size_t (*heap_bytes)(const void* value) = nullptr;  // about
  std::string (*schema)() = nullptr;
  std::string (*defaults)() = nullptr;  // see types/evolution.h
  // Keys and map keys only.
  std::uint64_t (*hash)(const void* value) = nullptr;
  bool (*equal)(const void* a, const void* b) = nullptr;
};

// Keys that are equal are stored as the same bytes: -0.0 as 0.0, every NaN as one.
template <class T, class... S>
consteval bool holds_floats(detail::Seen<S...> seen);
template <class... S, class... F>
consteval bool fields_hold_floats([[maybe_unused]] detail::Seen<S...> seen,
                                  detail::FieldList<F...>) {
  return (holds_floats<std::remove_cv_t<F>>(seen) || ...);
}
template <class T, class... S>
consteval bool holds_floats([[maybe_unused]] detail::Seen<S...> seen) {
  using detail::Kind;
  constexpr Kind kind = detail::kind_of<T>;
  if constexpr (kind == Kind::floating) {
    return true;
  } else if constexpr (kind == Kind::optional || kind == Kind::array || kind == Kind::list) {
    return holds_floats<typename T::value_type>(seen);
  } else if constexpr (kind == Kind::variant || kind == Kind::tuple) {
    return !detail::TypesOf<T>::all(
        []<class E>() { return !holds_floats<E>(detail::Seen<S...>{}); });
  } else if constexpr (kind == Kind::aggregate && !(std::is_same_v<T, S> || ...)) {
    return fields_hold_floats(detail::Seen<S..., T>{}, detail::fields_of<T>{});
  } else {
    return false;
  }
}
template <class T>
void make_canonical(T& value) {
  using detail::Kind;
  constexpr Kind kind = detail::kind_of<T>;
  if constexpr (!holds_floats<T>(detail::Seen<>{})) {
    return;
  } else if constexpr (kind == Kind::floating) {
    if (value != value) value = std::numeric_limits<T>::quiet_NaN();
    if (value == 0) value = 0;
  } else if constexpr (kind == Kind::optional) {
    if (value.has_value()) make_canonical(*value);
  } else if constexpr (kind == Kind::array || kind == Kind::list) {
    for (auto& element : value) make_canonical(element);
  } else if constexpr (kind == Kind::tuple) {
    [&value]<std::size_t... I>(std::index_sequence<I...>) { (make_canonical(get<I>(value)), ...); }
    (std::make_index_sequence<std::tuple_size_v<T>>{});
  } else if constexpr (kind == Kind::variant) {
    visit([](auto& held) { make_canonical(held); }, value);
  } else {
    apply_fields(value, [](auto&... field) { (make_canonical(field), ...); });
  }
}

template <class T>
struct OpsOf {
  static void construct(void* at) { ::new (at) T{}; }
  static void copy(void* at, const void* from) { ::new (at) T(*static_cast<const T*>(from)); }
  static void destroy(void* at) { static_cast<T*>(at)->~T(); }
  [[gnu::noinline]] static void write(ByteWriter& out, const void* value) {
    Serializer<T>::write(out, *static_cast<const T*>(value));
  }
  static void read(ByteReader& in, void* value) {
    Serializer<T>::read(in, *static_cast<T*>(value));
  }
  static std::size_t heap(const void* value) { return heap_bytes(*static_cast<const T*>(value)); }
  static std::uint64_t hash(const void* value) { return key_hash(*static_cast<const T*>(value)); }
  static bool equal(const void* a, const void* b) {
    return key_equal(*static_cast<const T*>(a), *static_cast<const T*>(b));
  }
  static constexpr TypeOps value_ops() {
    return {sizeof(T),
            alignof(T),
            std::is_trivially_copyable_v<T>,
            &construct,
            &copy,
            &destroy,
            &write,
            &read,
            &heap,
            &schema_of<T>,
            &schema_defaults<T>};
  }
  static void write_key(ByteWriter& out, const void* key) {
    T canonical(*static_cast<const T*>(key));
    make_canonical(canonical);
    Serializer<T>::write(out, canonical);
  }
  static constexpr TypeOps key_ops() {
    TypeOps ops = value_ops();
    if constexpr (holds_floats<T>(detail::Seen<>{})) ops.write = &write_key;
    ops.hash = &hash;
    ops.equal = &equal;
    return ops;
  }
};

template <class T>
inline constexpr TypeOps value_ops = OpsOf<T>::value_ops();
template <class K>
inline constexpr TypeOps key_ops = OpsOf<K>::key_ops();

// What many keys and values are: compiled once, in core/src/state.
extern template struct OpsOf<std::string>;
extern template struct OpsOf<std::int64_t>;

}  // namespace flink::state
