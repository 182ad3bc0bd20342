// SPDX-License-Identifier: Apache-2.0
#include "sql_client/result_view.h"

#include <flink/base/check.h>
#include <flink/error.h>

#include <algorithm>
#include <map>

#include "config/value_syntax.h"
#include "sql_client/result_table.h"
#include "table/value_text.h"
#include "table_connectors/json_rows.h"

namespace flink::sql_client {
namespace {

using table::Datum;
using table::RowKind;
using Cells = std::vector<std::string>;

// What views have in common: values as text.
class CellView : public ResultView {
 public:
  CellView(ResultColumns columns, const table::Session& session, bool with_kind)
      : columns_(std::move(columns)), session_(session), with_kind_(with_kind) {}

 protected:
  Cells names() const {
    Cells out;
    if (with_kind_) out.emplace_back("op");
    for (const auto& field : columns_.fields) out.push_back(field.name);
    return out;
  }
  Cells cells(RowKind kind, std::span<const Datum> values) const {
    Cells out;
    if (with_kind_) out.emplace_back(table::short_name(kind));
    for (std::size_t i = 0; i < values.size(); ++i) {
      table::append_value(out.emplace_back(), columns_.fields[i].type, values[i], session_,
                          table::TextStyle::client);
    }
    return out;
  }
  const std::vector<table::Field>& fields() const { return columns_.fields; }

 private:
  ResultColumns columns_;
  const table::Session& session_;
  bool with_kind_;
};

// Boxes around rows as they come: how wide they are cannot depend on them.
class ChangelogView final : public CellView {
 public:
  ChangelogView(const ResultColumns& columns, const table::Session& session, int width_max)
      : CellView(columns, session, true), table_(widths(columns, width_max)) {}

  void begin(std::string& out) override {
    table_.append_border(out);
    table_.append_row(out, names());
    table_.append_border(out);
  }
  void add(RowKind kind, std::span<const Datum> values, std::string& out) override {
    table_.append_row(out, cells(kind, values));
    ++rows_;
  }
  void end(std::string& out) override {
    if (rows_ > 0) table_.append_border(out);
    out += "Received a total of " + std::to_string(rows_) + (rows_ > 1 ? " rows\n" : " row\n");
  }

 private:
  static std::vector<int> widths(const ResultColumns& columns, int width_max) {
    auto out = widths_of_types(columns.fields, width_max);
    out.insert(out.begin(), 2);
    return out;
  }

  ResultTable table_;
  std::uint64_t rows_ = 0;
};

// Boxes around what is there at the end. A row that is taken back leaves with its oldest equal.
class TableView final : public CellView {
 public:
  TableView(const ResultColumns& columns, const table::Session& session, int width_max)
      : CellView(columns, session, false), width_max_(width_max) {}

  void begin(std::string&) override {}
  void add(RowKind kind, std::span<const Datum> values, std::string&) override {
    auto row = cells(kind, values);
    if (table::adds(kind)) {
      places_.emplace(row, rows_.size());
      rows_.push_back(std::move(row));
      return;
    }
    const auto found = places_.lower_bound(row);
    if (found == places_.end() || found->first != row) return;
    rows_[found->second].clear();
    places_.erase(found);
  }
  void end(std::string& out) override {
    std::erase_if(rows_, [](const Cells& row) { return row.empty(); });
    out += draw_table(names(), rows_, width_max_);
  }

 private:
  int width_max_;
  std::vector<Cells> rows_;  // what was taken back is empty
  std::multimap<Cells, std::size_t> places_;
};

class JsonView final : public CellView {
 public:
  using CellView::CellView;
  void begin(std::string&) override {}
  void add(RowKind kind, std::span<const Datum> values, std::string& out) override {
    table_connectors::append_values_line(out, kind, fields(), values);
    out += '\n';
  }
  void end(std::string&) override {}
};

class LineView final : public CellView {
 public:
  LineView(const ResultColumns& columns, const table::Session& session, bool tabs)
      : CellView(columns, session, columns.streaming), tabs_(tabs) {}

  void begin(std::string& out) override { append(out, names()); }
  void add(RowKind kind, std::span<const Datum> values, std::string& out) override {
    append(out, cells(kind, values));
  }
  void end(std::string&) override {}

 private:
  void append(std::string& out, const Cells& row) const {
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (i > 0) out += tabs_ ? '\t' : ',';
      if (tabs_) append_escaped(out, row[i]);
      else append_quoted(out, row[i]);
    }
    out += '\n';
  }
  static void append_escaped(std::string& out, std::string_view cell) {
    constexpr std::string_view from{"\\\t\n\r\0", 5}, to = "\\tnr0";
    for (const char c : cell) {
      const auto found = from.find(c);
      if (found != std::string_view::npos) out += '\\';
      out += found != std::string_view::npos ? to[found] : c;
    }
  }
  static void append_quoted(std::string& out, std::string_view cell) {
    if (cell == "<NULL>") return;
    if (!cell.empty() && cell.find_first_of(",\"\n\r") == std::string_view::npos) {
      out += cell;
      return;
    }
    out += '"';
    for (const char c : cell) {
      if (c == '"') out += '"';
      out += c;
    }
    out += '"';
  }

  bool tabs_;
};

constexpr std::pair<std::string_view, ResultMode> mode_names[] = {
    {"tableau", ResultMode::tableau}, {"changelog", ResultMode::changelog},
    {"table", ResultMode::table},     {"json", ResultMode::json},
    {"csv", ResultMode::csv},         {"tsv", ResultMode::tsv}};

}  // namespace

std::unique_ptr<ResultView> make_view(ResultMode mode, ResultColumns columns,
                                      const table::Session& session, int width_max) {
  switch (mode) {
    case ResultMode::tableau:
      if (columns.streaming) {
        return std::make_unique<ChangelogView>(std::move(columns), session, width_max);
      }
      [[fallthrough]];
    case ResultMode::table:
      return std::make_unique<TableView>(std::move(columns), session, width_max);
    case ResultMode::changelog:
      return std::make_unique<ChangelogView>(std::move(columns), session, width_max);
    case ResultMode::json:
      return std::make_unique<JsonView>(std::move(columns), session, true);
    default:
      return std::make_unique<LineView>(columns, session, mode == ResultMode::tsv);
  }
}

ResultMode result_mode_of(std::string_view name) {
  for (const auto& [known, mode] : mode_names) {
    if (config::equal_ignoring_case(known, name)) return mode;
  }
  throw Error{ErrorKind::user,
              detail::concat("'sql-client.execution.result-mode' is '", name,
                             "'; expected TABLEAU, TABLE, CHANGELOG, JSON, CSV or TSV")};
}

}  // namespace flink::sql_client
