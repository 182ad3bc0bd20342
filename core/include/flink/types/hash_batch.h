// SPDX-License-Identifier: Apache-2.0
// The hashes of a batch's keys, and the channels that follow from them: the same values as
// key_hash() and key_group(), many at once. What is arithmetic only is compiled once
// (core/src/types), with the widest vectors that the machine has.
#pragma once

#include <flink/types/key_hash.h>

#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace flink::detail {

// hashes[i] = mix64(words[i]); both may be the same array.
void hash_words(const std::uint64_t* words, std::size_t count, std::uint64_t* hashes) noexcept;
// channels[i] = operator_index(key_group(hashes[i], max_parallelism), max_parallelism,
// parallelism).
void channels_of_hashes(const std::uint64_t* hashes, std::size_t count, int max_parallelism,
                        int parallelism, std::uint16_t* channels) noexcept;

// Keys whose hash is the hash of one word.
template <class K>
constexpr bool is_word_key = (kind_of<K> == Kind::integer && sizeof(K) <= sizeof(std::uint64_t)) ||
                             kind_of<K> == Kind::boolean || kind_of<K> == Kind::enumeration;

// A function that is as well copied as referred to: a loop that stores keeps a copy in registers,
// what it refers to might change with each store, for all the compiler knows.
template <class F>
inline std::conditional_t<std::is_trivially_copyable_v<F> && sizeof(F) <= 32, F, const F&>
in_registers(const F& function) {
  return function;
}

// hashes[i] = key_hash(selector(records[i])).
template <class T, class Selector>
inline void hash_keys(const Selector& selector, const T* records, std::size_t count,
                      std::uint64_t* hashes) {
  using Key = std::decay_t<decltype(selector(*records))>;
  const auto& own = in_registers(selector);
  if constexpr (is_word_key<Key>) {
#pragma GCC unroll 4
    for (std::size_t i = 0; i < count; ++i) {
      hashes[i] = static_cast<std::uint64_t>(own(records[i]));
    }
    hash_words(hashes, count, hashes);
  } else {
    for (std::size_t i = 0; i < count; ++i) hashes[i] = key_hash(own(records[i]));
  }
}

}  // namespace flink::detail
