// SPDX-License-Identifier: Apache-2.0
// About how much memory a value holds beside itself: what state and batches in channels are bounded
// by. A class of its own, with its own Serializer, counts as nothing,
// unless it has heap_bytes().
#pragma once

#include <flink/types/kinds.h>
#include <flink/types/reflect.h>

#include <cstddef>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>

namespace flink {

template <class T>
std::size_t heap_bytes(const T& value) {
  using detail::Kind;
  using detail::kind_of;
  constexpr Kind kind = kind_of<T>;
  constexpr std::size_t node_bytes = 48;
  if constexpr (std::is_trivially_copyable_v<T>) {
    return 0;
  } else if constexpr (requires { value.heap_bytes(); }) {
    return value.heap_bytes();
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

}  // namespace flink
