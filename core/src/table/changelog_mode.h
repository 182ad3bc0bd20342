// SPDX-License-Identifier: Apache-2.0
// Which kinds of rows a stream may hold (Flink, ChangelogMode).
#pragma once

#include <cstdint>

#include "table/row.h"

namespace flink::table {

class ChangelogMode {
 public:
  static constexpr ChangelogMode none() { return ChangelogMode{0}; }
  static constexpr ChangelogMode insert_only() { return none().with(RowKind::insert); }
  // Updates without what was before: they find their row by a key.
  static constexpr ChangelogMode upsert() {
    return insert_only().with(RowKind::update_after).with(RowKind::delete_);
  }
  static constexpr ChangelogMode all() { return upsert().with(RowKind::update_before); }

  constexpr ChangelogMode with(RowKind kind) const {
    return ChangelogMode{static_cast<std::uint8_t>(bits_ | 1U << static_cast<unsigned>(kind))};
  }
  constexpr ChangelogMode without(RowKind kind) const {
    return ChangelogMode{static_cast<std::uint8_t>(bits_ & ~(1U << static_cast<unsigned>(kind)))};
  }
  constexpr bool contains(RowKind kind) const {
    return (bits_ >> static_cast<unsigned>(kind) & 1) != 0;
  }
  friend constexpr bool operator==(ChangelogMode, ChangelogMode) = default;

 private:
  constexpr explicit ChangelogMode(std::uint8_t bits) : bits_(bits) {}
  std::uint8_t bits_;
};

}  // namespace flink::table
