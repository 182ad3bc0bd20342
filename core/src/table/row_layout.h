// SPDX-License-Identifier: Apache-2.0
// Rows of one type as bytes, the same in flight, in state and on the wire:
//   row    = null bits, a slot a column at its natural alignment, variable part
//   slot   = a number | offset and length (4 bytes each) of a piece of the variable part
//   piece  = text | items
//   items  = count (4 bytes), then as a row: the elements of an ARRAY, the fields of a ROW ...
// Offsets count from the start of their row or items. A DECIMAL of up to 18 digits takes 8 bytes, a
// TIMESTAMP of up to 3 fraction digits too. What is NULL, and what pads, is zero: rows of the same
// values are the same bytes.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "table/memory.h"
#include "table/value.h"
#include "table/vector.h"

namespace flink::table {

class RowLayout {
 public:
  RowLayout() = default;
  explicit RowLayout(std::vector<LogicalType> types);

  std::size_t size() const noexcept { return types_.size(); }
  const LogicalType& type(std::size_t column) const { return types_[column]; }
  const std::vector<LogicalType>& types() const noexcept { return types_; }

  // Appends a row.
  void pack(std::span<const Datum> values, std::string& out) const;
  // The same, but values that SQL takes for the same are the same bytes: 0.0 and -0.0, any NaN,
  // entries of a map in any order. What groups, partitions and distinct values are told apart by.
  void pack_key(std::span<const Datum> values, std::string& out) const;

  bool is_null(std::string_view row, std::size_t column) const {
    return (static_cast<unsigned char>(row[column / 8]) >> (column % 8) & 1) != 0;
  }
  // Text views the row; the items of a nested value are in `memory`.
  Datum get(std::string_view row, std::size_t column, Memory& memory) const;
  void unpack(std::string_view row, std::span<Datum> values, Memory& memory) const;
  // A column of many rows. Empty bytes stand for no row: all NULL.
  Vector gather(std::span<const std::string_view> rows, std::size_t column, Memory& memory) const;

 private:
  template <bool as_key>
  void pack_as(std::span<const Datum> values, std::string& out) const;

  std::vector<LogicalType> types_;
  std::vector<std::uint32_t> offsets_;
  std::uint32_t fixed_bytes_ = 0;  // null bits and slots
};

// A row of some columns of another, by their indexes: keys, projections.
class RowPicker {
 public:
  RowPicker() = default;
  RowPicker(const RowLayout& from, std::vector<std::size_t> columns);

  const RowLayout& layout() const noexcept { return layout_; }
  const std::vector<std::size_t>& columns() const noexcept { return columns_; }
  std::string row(std::string_view from) const { return picked(from, false); }
  std::string key(std::string_view from) const { return picked(from, true); }

 private:
  std::string picked(std::string_view from, bool as_key) const;

  RowLayout from_, layout_;
  std::vector<std::size_t> columns_;
};

}  // namespace flink::table
