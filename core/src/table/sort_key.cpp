// SPDX-License-Identifier: Apache-2.0
#include "table/sort_key.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <type_traits>

namespace flink::table {

namespace {

template <class Unsigned>
void append_big_endian(std::string& out, Unsigned bits) {
  for (int shift = static_cast<int>(sizeof bits) * 8 - 8; shift >= 0; shift -= 8) {
    out.push_back(static_cast<char>(bits >> shift));
  }
}
void append_integer(std::string& out, std::int64_t value) {
  append_big_endian(out, static_cast<std::uint64_t>(value) ^ std::uint64_t{1} << 63);
}
void append_decimal(std::string& out, int128 value) {
  append_big_endian(out, static_cast<uint128>(value) ^ uint128{1} << 127);
}
void append_number(std::string& out, double value) {
  if (std::isnan(value)) return append_big_endian(out, ~std::uint64_t{0});
  const auto bits = std::bit_cast<std::uint64_t>(value == 0 ? 0.0 : value);
  const bool negative = bits >> 63 != 0;
  append_big_endian(out, negative ? ~bits : bits | std::uint64_t{1} << 63);
}
// Ends with 0 0; a 0 within is 0 255, so that what is shorter comes first.
void append_text(std::string& out, std::string_view text) {
  for (const char c : text) {
    out.push_back(c);
    if (c == 0) out.push_back(static_cast<char>(0xff));
  }
  out.append(2, '\0');
}

void append_ascending(const LogicalType& type, const Datum& value, std::string& out) {
  switch (type.root()) {
    case TypeRoot::float_:
      return append_number(out, value.get<float>());
    case TypeRoot::double_:
      return append_number(out, value.get<double>());
    case TypeRoot::decimal:
      return append_decimal(out, value.get<Decimal>().unscaled);
    case TypeRoot::timestamp:
    case TypeRoot::timestamp_ltz: {
      const auto time = value.get<Timestamp>();
      append_integer(out, time.millis);
      return append_big_endian(out, static_cast<std::uint32_t>(time.nanos));
    }
    case TypeRoot::array:
    case TypeRoot::map:
    case TypeRoot::multiset:
    case TypeRoot::row: {
      const auto items = value.items();
      for (std::size_t i = 0; i < items.size(); ++i) {
        append_sort_key(item_type(type, i), items[i], false, false, out);
      }
      return out.push_back('\0');  // less than any item's first byte
    }
    default:
      if (width_of(type) == 16) return append_text(out, value.text());
      return append_integer(out, integer_of(type, value));
  }
}

}  // namespace

void append_sort_key(const LogicalType& type, const Datum& value, bool descending, bool nulls_last,
                     std::string& out) {
  constexpr char before = 1, known = 2, after = 3;
  if (value.null) return out.push_back(nulls_last ? after : before);
  out.push_back(known);
  const std::size_t from = out.size();
  append_ascending(type, value, out);
  if (!descending) return;
  std::for_each(out.begin() + static_cast<std::ptrdiff_t>(from), out.end(),
                [](char& c) { c = static_cast<char>(~c); });
}

std::string sort_key(const RowLayout& layout, std::span<const SortColumn> columns,
                     std::string_view row) {
  Memory memory;
  std::string out;
  for (const SortColumn& by : columns) {
    append_sort_key(layout.type(by.column), layout.get(row, by.column, memory), by.descending,
                    by.nulls_last, out);
  }
  return out;
}

}  // namespace flink::table
