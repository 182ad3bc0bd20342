// SPDX-License-Identifier: Apache-2.0
// Copies and compares std::string as what it mostly is: a word or two. A string has room for 15
// bytes and a null even when it owns no memory, so 16 bytes at data() can always be read. That many
// are copied or compared at once, where a loop or memcpy() would branch on a length that nobody can
// predict. What follows the null is never looked at.
#pragma once

#include <flink/types/kinds.h>
#include <flink/types/reflect.h>

#include <cstddef>
#include <cstring>
#include <new>
#include <string>
#include <type_traits>
#include <utility>

namespace flink::detail {

inline constexpr std::size_t short_string_max = 15;
inline bool is_short(const std::string& text) { return text.size() <= short_string_max; }

// The 16 bytes at data(), those behind the end whatever they are.
typedef char ShortBytes __attribute__((vector_size(16)));
inline ShortBytes short_bytes(const std::string& text) {
  ShortBytes bytes;
  std::memcpy(&bytes, text.data(), sizeof(bytes));
  return bytes;
}

inline bool equal_strings(const std::string& a, const std::string& b) {
#if defined(__SSE2__)
  if (a.size() == b.size() && is_short(a)) [[likely]] {
    const auto equal = static_cast<unsigned>(
        __builtin_ia32_pmovmskb128(ShortBytes(short_bytes(a) == short_bytes(b))));
    return (~equal & ((1u << a.size()) - 1)) == 0;
  }
#endif
  return a == b;
}

// `from`, if it is short.
inline std::string copy_short(const std::string& from) {
  const std::size_t size = from.size();
  std::string made(from.data(), short_string_max);
  if (size > short_string_max) __builtin_unreachable();
  made.resize(size);
  return made;
}
[[gnu::noinline]] inline std::string copy_long(const std::string& from) { return from; }
inline std::string new_string(const std::string& from) {
  return is_short(from) ? copy_short(from) : copy_long(from);
}
// `from` may keep its text.
inline std::string new_string(std::string&& from) {
  return is_short(from) ? copy_short(from) : std::string(std::move(from));
}

// Aggregates that hold strings themselves, and may be put together from their fields.
template <class T>
constexpr bool has_strings = [] {
  if constexpr (field_count<T> == 0 || takes_only<T, 0, AnyBaseOf<T, true>>) {
    return false;
  } else {
    return apply_fields(Specimen<T>::object.value, []<class... F>(F&...) {
      return (std::is_same_v<std::remove_cv_t<F>, std::string> || ...) && requires {
        T{std::declval<std::remove_cv_t<F>>()...};
      };
    });
  }
}();

// A field of a record that is copied, or moved when Record is no const.
template <class Record, class Field>
inline decltype(auto) new_field(Field& field) {
  using Source = std::conditional_t<std::is_const_v<Record>, const Field&, Field&&>;
  if constexpr (std::is_same_v<std::remove_const_t<Field>, std::string>) {
    return new_string(static_cast<Source>(field));
  } else {
    return static_cast<Source>(field);
  }
}

// ::new (place) T(from), quicker where T is or holds strings. `from` may keep what it had.
template <class T, class From>
inline void construct(T* place, From&& from) {
  using Record = std::remove_reference_t<From>;
  if constexpr (std::is_same_v<T, std::string> && std::is_same_v<std::remove_const_t<Record>, T>) {
    ::new (static_cast<void*>(place)) T(new_string(std::forward<From>(from)));
  } else if constexpr (std::is_same_v<std::remove_const_t<Record>, T> && has_strings<T>) {
    apply_fields(from, [place](auto&... field) {
      ::new (static_cast<void*>(place)) T{new_field<Record>(field)...};
    });
  } else {
    ::new (static_cast<void*>(place)) T(std::forward<From>(from));
  }
}

}  // namespace flink::detail
