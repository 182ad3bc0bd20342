// SPDX-License-Identifier: Apache-2.0
// A row on its way: what happens to it, and its bytes, packed as a RowLayout says.
#pragma once

#include <cstdint>
#include <string_view>

namespace flink::table {

enum class RowKind : std::uint8_t { insert, update_before, update_after, delete_ };

// The row joins those that are there, or leaves them.
inline bool adds(RowKind kind) { return kind == RowKind::insert || kind == RowKind::update_after; }
// +I -U +U -D
inline std::string_view short_name(RowKind kind) {
  static constexpr std::string_view names[] = {"+I", "-U", "+U", "-D"};
  return names[static_cast<std::size_t>(kind)];
}

struct Row {
  RowKind kind = RowKind::insert;
  std::string_view bytes;
};

}  // namespace flink::table
