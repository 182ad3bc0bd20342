// SPDX-License-Identifier: Apache-2.0
// FLINK_CHECK(condition, values...): on in release builds. A false condition is a bug: it prints
// the condition, the place and the values to stderr and aborts the process (failover takes over).
#pragma once

#include <string>
#include <string_view>
#include <type_traits>

namespace flink::detail {

[[noreturn]] void check_failed(const char* condition, const char* file, int line,
                               const std::string& values);

inline void append_value(std::string& out, std::string_view value) { out += value; }
template <class T>
requires(std::is_arithmetic_v<T> || std::is_enum_v<T>) void append_value(std::string& out,
                                                                         T value) {
  if constexpr (std::is_same_v<T, bool>) {
    out += value ? "true" : "false";
  } else if constexpr (std::is_same_v<T, char>) {
    out += value;
  } else if constexpr (std::is_enum_v<T>) {
    out += std::to_string(static_cast<long long>(value));
  } else {
    out += std::to_string(value);
  }
}

// concat("port ", 8081, " taken"): text and numbers as one string.
template <class... Parts>
std::string concat(const Parts&... parts) {
  std::string out;
  (append_value(out, parts), ...);
  return out;
}

template <class... Values>
std::string check_values(const Values&... values) {
  std::string out;
  ((out += ' ', append_value(out, values)), ...);
  return out;
}

}  // namespace flink::detail

#define FLINK_CHECK(condition, ...)                                    \
  (static_cast<bool>(condition)                                        \
       ? static_cast<void>(0)                                          \
       : ::flink::detail::check_failed(#condition, __FILE__, __LINE__, \
                                       ::flink::detail::check_values(__VA_ARGS__)))
