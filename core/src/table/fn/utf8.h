// SPDX-License-Identifier: Apache-2.0
// Text by code points, over UTF-8 as it comes: a byte that belongs to none counts as one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace flink::table::fn {

inline std::size_t bytes_of_point(std::string_view text, std::size_t at) noexcept {
  const auto lead = static_cast<unsigned char>(text[at]);
  const std::size_t wanted = lead < 0xc0 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  std::size_t size = 1;
  while (size < wanted && at + size < text.size() &&
         (static_cast<unsigned char>(text[at + size]) & 0xc0) == 0x80) {
    ++size;
  }
  return size;
}

inline std::size_t count_points(std::string_view text) noexcept {
  std::size_t count = 0;
  for (std::size_t at = 0; at < text.size(); at += bytes_of_point(text, at)) ++count;
  return count;
}

// Where code point number `index` begins, or the end.
inline std::size_t offset_of_point(std::string_view text, std::size_t index) noexcept {
  std::size_t at = 0;
  for (; index > 0 && at < text.size(); --index) at += bytes_of_point(text, at);
  return at;
}

inline std::string_view sub_points(std::string_view text, std::size_t from,
                                   std::size_t count) noexcept {
  text.remove_prefix(offset_of_point(text, from));
  return text.substr(0, offset_of_point(text, count));
}

inline char32_t point_at(std::string_view text, std::size_t at) noexcept {
  const std::size_t size = bytes_of_point(text, at);
  const auto lead = static_cast<unsigned char>(text[at]);
  if (size == 1) return lead;
  char32_t point = lead & (0x7f >> size);
  for (std::size_t i = 1; i < size; ++i) {
    point = point << 6 | (static_cast<unsigned char>(text[at + i]) & 0x3f);
  }
  return point;
}

inline void append_point(std::string& out, char32_t point) {
  if (point < 0x80) {
    out += static_cast<char>(point);
  } else if (point < 0x800) {
    out += static_cast<char>(0xc0 | point >> 6);
    out += static_cast<char>(0x80 | (point & 0x3f));
  } else if (point < 0x10000) {
    out += static_cast<char>(0xe0 | point >> 12);
    out += static_cast<char>(0x80 | (point >> 6 & 0x3f));
    out += static_cast<char>(0x80 | (point & 0x3f));
  } else {
    out += static_cast<char>(0xf0 | point >> 18);
    out += static_cast<char>(0x80 | (point >> 12 & 0x3f));
    out += static_cast<char>(0x80 | (point >> 6 & 0x3f));
    out += static_cast<char>(0x80 | (point & 0x3f));
  }
}

// A copy in which each ill-formed sequence is U+FFFD, as Java decodes it.
std::string well_formed(std::string_view bytes);
bool is_well_formed(std::string_view bytes) noexcept;

}  // namespace flink::table::fn
