// SPDX-License-Identifier: Apache-2.0
#include "sql_client/result_table.h"

#include <utf8proc.h>

#include <algorithm>

namespace flink::sql_client {
namespace {

using table::TypeRoot;

// The code point at the text's front, and how many bytes it has; bad bytes are one each.
std::size_t next_point(std::string_view text, int& width) {
  utf8proc_int32_t point = 0;
  const auto size = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                     static_cast<utf8proc_ssize_t>(text.size()), &point);
  width = size > 0 && point >= 0x20 ? utf8proc_charwidth(point) : 1;
  return size > 0 ? static_cast<std::size_t>(size) : 1;
}

// As much of the text as has room.
std::string_view head_of(std::string_view text, int room) {
  std::size_t at = 0;
  for (int used = 0; at < text.size();) {
    int width = 0;
    const auto size = next_point(text.substr(at), width);
    if (used + width > room) break;
    used += width;
    at += size;
  }
  return text.substr(0, at);
}

int timestamp_width(int precision) {
  constexpr int seconds = 19;  // 2024-01-31 12:00:00
  if (precision == 0) return seconds;
  return seconds + (precision <= 3 ? 4 : precision <= 6 ? 7 : 10);
}

int width_of(const table::LogicalType& type, int width_max) {
  switch (type.root()) {
    case TypeRoot::tinyint:
      return 4;
    case TypeRoot::smallint:
      return 6;
    case TypeRoot::integer:
      return 11;
    case TypeRoot::bigint:
      return 20;
    case TypeRoot::decimal:
      return type.precision() + 2;
    case TypeRoot::boolean:
      return 5;
    case TypeRoot::date:
      return 10;
    case TypeRoot::time:
      return type.precision() == 0 ? 8 : type.precision() + 9;
    case TypeRoot::timestamp:
    case TypeRoot::timestamp_ltz:
      return timestamp_width(type.precision());
    default:
      return width_max;
  }
}

}  // namespace

int display_width(std::string_view text) {
  int all = 0;
  while (!text.empty()) {
    int width = 0;
    text.remove_prefix(next_point(text, width));
    all += width;
  }
  return all;
}

void ResultTable::append_border(std::string& out) const {
  out += '+';
  for (const int width : widths_) {
    out.append(static_cast<std::size_t>(width) + 2, '-');
    out += '+';
  }
  out += '\n';
}

void ResultTable::append_row(std::string& out, const std::vector<std::string>& cells) const {
  constexpr std::string_view cut = "...";
  out += '|';
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const bool fits = display_width(cells[i]) <= widths_[i];
    const std::string_view shown =
        fits ? cells[i] : head_of(cells[i], widths_[i] - static_cast<int>(cut.size()));
    const int used = display_width(shown) + (fits ? 0 : static_cast<int>(cut.size()));
    out += ' ';
    out.append(static_cast<std::size_t>(std::max(0, widths_[i] - used)), ' ');
    out += shown;
    if (!fits) out += cut;
    out += " |";
  }
  out += '\n';
}

std::vector<int> widths_of_content(const std::vector<std::vector<std::string>>& rows,
                                   int width_max) {
  std::vector<int> out;
  for (const auto& row : rows) {
    out.resize(std::max(out.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) {
      out[i] = std::max(out[i], std::min(display_width(row[i]), width_max));
    }
  }
  return out;
}

std::vector<int> widths_of_types(const std::vector<table::Field>& columns, int width_max) {
  constexpr int null_width = 6;  // <NULL>
  std::vector<int> out;
  for (const auto& [name, type] : columns) {
    out.push_back(std::max({display_width(name), width_of(type, width_max), null_width}));
  }
  return out;
}

std::string draw_table(const std::vector<std::string>& names,
                       const std::vector<std::vector<std::string>>& rows, int width_max) {
  if (rows.empty()) return "Empty set\n";
  auto all = rows;
  all.push_back(names);
  const ResultTable table{widths_of_content(all, width_max)};
  std::string out;
  table.append_border(out);
  table.append_row(out, names);
  table.append_border(out);
  for (const auto& row : rows) table.append_row(out, row);
  table.append_border(out);
  out += std::to_string(rows.size()) + (rows.size() > 1 ? " rows in set\n" : " row in set\n");
  return out;
}

}  // namespace flink::sql_client
