// SPDX-License-Identifier: Apache-2.0
// Keys: key_hash and key_equal. Key groups and subtasks follow from the hash: key_group.h.
// The hash is part of the file format: the same in every process, version and machine, for ever.
//   - Integers, enums, bools and char hash by value, whatever their width; durations by their
//   count.
//   - string and string_view hash by their bytes; floats as double, -0.0 as 0.0, every NaN alike.
//   - Tuples, pairs, arrays and aggregates hash by their fields in order, names do not matter;
//   lists
//     also by their length. A class with its own Serializer hashes by its serialized bytes.
//   - An aggregate's operator== must agree with its fields: equal means equal fields.
#pragma once

#include <flink/types/bytes.h>
#include <flink/types/key_check.h>
#include <flink/types/key_group.h>
#include <flink/types/kinds.h>
#include <flink/types/reflect.h>
#include <flink/types/short_strings.h>

#include <bit>
#include <cstdint>
#include <cstring>

namespace flink {
namespace detail {

inline constexpr std::uint64_t hash_k0 = 0xa0761d6478bd642full;
inline constexpr std::uint64_t hash_k1 = 0xe7037ed1a0b428dbull;
inline constexpr std::uint64_t hash_k2 = 0x8ebc6af09c88c6e3ull;

// MurmurHash3's 64-bit finalizer: one to one, so integer keys never collide.
constexpr std::uint64_t mix64(std::uint64_t x) {
  x ^= x >> 33;
  x *= 0xff51afd7ed558ccdull;
  x ^= x >> 33;
  x *= 0xc4ceb9fe1a85ec53ull;
  x ^= x >> 33;
  return x;
}
// The two halves of a 128-bit product, folded.
inline std::uint64_t multiply_fold(std::uint64_t a, std::uint64_t b) {
  const auto product = static_cast<unsigned __int128>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}
inline std::uint64_t combine_hash(std::uint64_t seed, std::uint64_t hash) {
  return multiply_fold(seed ^ hash_k0, hash ^ hash_k1) + hash;
}

template <class Word>
inline std::uint64_t load_word(const char* at) {
  Word word;
  std::memcpy(&word, at, sizeof(word));
  return word;
}

std::uint64_t hash_long_bytes(const char* at, std::size_t size);  // size > 16

inline std::uint64_t hash_bytes(const char* at, std::size_t size) {
  std::uint64_t a = 0, b = 0;
  if (size > 16) [[unlikely]] {
    return hash_long_bytes(at, size);
  } else if (size >= 8) {
    a = load_word<std::uint64_t>(at);
    b = load_word<std::uint64_t>(at + size - 8);
  } else if (size >= 4) {
    a = load_word<std::uint32_t>(at);
    b = load_word<std::uint32_t>(at + size - 4);
  } else if (size > 0) {
    a = static_cast<std::uint64_t>(static_cast<unsigned char>(at[0])) << 16 |
        static_cast<std::uint64_t>(static_cast<unsigned char>(at[size / 2])) << 8 |
        static_cast<unsigned char>(at[size - 1]);
  }
  return multiply_fold(multiply_fold(a ^ hash_k0, b ^ hash_k1) ^ size, hash_k2);
}

inline std::uint64_t hash_double(double value) {
  if (value != value) return mix64(0x7ff8000000000000ull);
  return mix64(std::bit_cast<std::uint64_t>(value == 0.0 ? 0.0 : value));
}

template <class T>
std::uint64_t hash_serialized(const T& value) {
  ByteWriter out;
  Serializer<T>::write(out, value);
  return hash_bytes(out.data(), out.size());
}

template <class T>
std::uint64_t hash_value(const T& key);

template <class... T>
std::uint64_t hash_all(const T&... part) {
  std::uint64_t hash = hash_k2;
  ((hash = combine_hash(hash, hash_value(part))), ...);
  return hash;
}

template <class T>
std::uint64_t hash_elements(const T& range) {
  std::uint64_t hash = hash_k2;
  for (const auto& element : range) {
    hash = combine_hash(hash, hash_value<typename T::value_type>(element));
  }
  if constexpr (kind_of<T> != Kind::array) hash = combine_hash(hash, mix64(range.size()));
  return hash;
}

template <class T, std::size_t... I>
std::uint64_t hash_alternative(const T& value, std::index_sequence<I...>) {
  std::uint64_t hash = 0;
  ((value.index() == I && (hash = hash_value(*get_if<I>(&value)), true)) || ...);
  return combine_hash(mix64(value.index() + 1), hash);
}

template <class T>
inline std::uint64_t hash_value(const T& key) {
  constexpr Kind kind = kind_of<T>;
  if constexpr (kind == Kind::integer && sizeof(T) > 8) {
    return combine_hash(mix64(static_cast<std::uint64_t>(key)),
                        mix64(static_cast<std::uint64_t>(key >> 64)));
  } else if constexpr (kind == Kind::integer || kind == Kind::boolean ||
                       kind == Kind::enumeration) {
    return mix64(static_cast<std::uint64_t>(key));
  } else if constexpr (kind == Kind::floating) {
    return hash_double(key);
  } else if constexpr (kind == Kind::string || kind == Kind::string_view) {
    return hash_bytes(key.data(), key.size());
  } else if constexpr (kind == Kind::bytes_view) {
    return hash_bytes(reinterpret_cast<const char*>(key.data()), key.size());
  } else if constexpr (kind == Kind::duration || kind == Kind::time_point) {
    return hash_value(count_of(key));
  } else if constexpr (kind == Kind::optional) {
    return key.has_value() ? combine_hash(hash_k1, hash_value(*key)) : hash_k1;
  } else if constexpr (kind == Kind::variant) {
    return hash_alternative(key, std::make_index_sequence<TypesOf<T>::count>{});
  } else if constexpr (kind == Kind::tuple) {
    return [&key]<std::size_t... I>(std::index_sequence<I...>) { return hash_all(get<I>(key)...); }
    (std::make_index_sequence<std::tuple_size_v<T>>{});
  } else if constexpr (kind == Kind::array) {
    return hash_elements(key);
  } else if constexpr (kind == Kind::list) {
    if constexpr (std::is_same_v<typename T::value_type, std::byte> && requires { key.data(); })
      return hash_bytes(reinterpret_cast<const char*>(key.data()), key.size());
    else return hash_elements(key);
  } else if constexpr (kind == Kind::aggregate) {
    return apply_fields(key, [](const auto&... field) { return hash_all(field...); });
  } else if constexpr (kind == Kind::custom) {
    return hash_serialized(key);
  } else {
    return 0;
  }
}

template <class A, class B>
bool equal_values(const A& a, const B& b);

template <class A, class B>
bool equal_elements(const A& a, const B& b) {
  if (a.size() != b.size()) return false;
  auto other = b.begin();
  for (const auto& element : a) {
    if (!equal_values(element, *other)) return false;
    ++other;
  }
  return true;
}

template <class T>
bool equal_fields(const T& a, const T& b) {
  return apply_fields(a, [&b](const auto&... x) {
    return apply_fields(b, [&x...](const auto&... y) { return (equal_values(x, y) && ...); });
  });
}

// a and b are of one type, or one holds strings where the other holds views.
template <class A, class B>
inline bool equal_values(const A& a, const B& b) {
  constexpr Kind kind = kind_of<A>;
  if constexpr (kind == Kind::floating) {
    return a == b || (a != a && b != b);
  } else if constexpr (std::is_same_v<A, std::string> && std::is_same_v<B, std::string>) {
    return equal_strings(a, b);
  } else if constexpr (kind == Kind::string || kind == Kind::string_view) {
    return std::string_view{a} == std::string_view{b};
  } else if constexpr (kind == Kind::bytes_view || kind_of<B> == Kind::bytes_view) {
    return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size()) == 0);
  } else if constexpr (kind == Kind::optional) {
    return a.has_value() == b.has_value() && (!a.has_value() || equal_values(*a, *b));
  } else if constexpr (kind == Kind::tuple) {
    return [&a, &b ]<std::size_t... I>(std::index_sequence<I...>) {
      return (equal_values(get<I>(a), get<I>(b)) && ...);
    }
    (std::make_index_sequence<std::tuple_size_v<A>>{});
  } else if constexpr (kind == Kind::variant) {
    if (a.index() != b.index()) return false;
    return [&a, &b ]<std::size_t... I>(std::index_sequence<I...>) {
      return ((a.index() != I || equal_values(*get_if<I>(&a), *get_if<I>(&b))) && ...);
    }
    (std::make_index_sequence<TypesOf<A>::count>{});
  } else if constexpr (kind == Kind::array || kind == Kind::list) {
    return equal_elements(a, b);
  } else if constexpr (kind == Kind::aggregate && !requires { a == b; }) {
    return equal_fields(a, b);
  } else if constexpr (requires { a == b; }) {
    return a == b;
  } else if constexpr (kind == Kind::custom) {
    ByteWriter left, right;
    Serializer<A>::write(left, a);
    Serializer<B>::write(right, b);
    return left.view() == right.view();
  } else {
    return false;
  }
}

}  // namespace detail

template <class K>
inline std::uint64_t key_hash(const K& key) {
  if constexpr (detail::check_key<K>()) return detail::hash_value(key);
  else return 0;
}

// operator== where K has one, else by fields; a string equals a string_view of the same bytes, also
// within tuples; NaN equals NaN.
template <class A, class B>
inline bool key_equal(const A& a, const B& b) {
  if constexpr (detail::check_key<A>() && detail::check_key<B>()) return detail::equal_values(a, b);
  else return false;
}

}  // namespace flink
