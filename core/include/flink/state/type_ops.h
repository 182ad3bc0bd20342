// SPDX-License-Identifier: Apache-2.0
// What the keyed state engine, which is compiled once, must know of a type: a table of functions.
// Constant data; any thread.
#pragma once

#include <flink/types/evolution.h>
#include <flink/types/key_hash.h>
#include <flink/types/schema.h>
#include <flink/types/serializer.h>

#include <cstddef>
#include <cstdint>
#include <new>
#include <string>
#include <type_traits>

namespace flink::state {

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

// About how much memory a value holds beside itself.
template <class T>
std::size_t heap_bytes(const T& value) {
  using detail::Kind;
  using detail::kind_of;
  constexpr Kind kind = kind_of<T>;
  constexpr std::size_t node_bytes = 48;
  if constexpr (std::is_trivially_copyable_v<T>) {
    return 0;
  } else if constexpr (kind == Kind::string) {
    return value.capacity() > 15 ? value.capacity() + 17 : 0;
  } else if constexpr (kind == Kind::optional) {
    return value.has_value() ? heap_bytes(*value) : 0;
  } else if constexpr (kind == Kind::array || kind == Kind::list || kind == Kind::set) {
    using Element = typename T::value_type;
    std::size_t bytes = kind == Kind::array  ? 0
                        : kind == Kind::list ? value.size() * sizeof(Element) + 16
                                             : value.size() * (sizeof(Element) + node_bytes);
    if constexpr (!std::is_trivially_copyable_v<Element>) {
      for (const auto& element : value) bytes += heap_bytes<Element>(element);
    }
    return bytes;
  } else if constexpr (kind == Kind::map) {
    std::size_t bytes = 0;
    for (const auto& [key, mapped] : value) {
      bytes += sizeof(key) + sizeof(mapped) + node_bytes + heap_bytes(key) + heap_bytes(mapped);
    }
    return bytes;
  } else if constexpr (kind == Kind::tuple) {
    return [&value]<std::size_t... I>(std::index_sequence<I...>) {
      return (heap_bytes(get<I>(value)) + ... + std::size_t{0});
    }
    (std::make_index_sequence<std::tuple_size_v<T>>{});
  } else if constexpr (kind == Kind::variant) {
    return visit([](const auto& held) { return heap_bytes(held); }, value);
  } else if constexpr (kind == Kind::aggregate) {
    return apply_fields(
        value, [](const auto&... field) { return (heap_bytes(field) + ... + std::size_t{0}); });
  } else {
    return 0;  // a class of its own
  }
}

template <class T>
struct OpsOf {
  static void construct(void* at) { ::new (at) T{}; }
  static void copy(void* at, const void* from) { ::new (at) T(*static_cast<const T*>(from)); }
  static void destroy(void* at) { static_cast<T*>(at)->~T(); }
  static void write(ByteWriter& out, const void* value) {
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
  static constexpr TypeOps key_ops() {
    TypeOps ops = value_ops();
    ops.hash = &hash;
    ops.equal = &equal;
    return ops;
  }
};

template <class T>
inline constexpr TypeOps value_ops = OpsOf<T>::value_ops();
template <class K>
inline constexpr TypeOps key_ops = OpsOf<K>::key_ops();

}  // namespace flink::state
