// SPDX-License-Identifier: Apache-2.0
// What the formats json and debezium-json share: options, and reading an object's members as
// columns.
#pragma once

#include "table_connectors/json_rows.h"
#include "table_connectors/row_format.h"

namespace flink::table_connectors {

class JsonObjectReader {
 public:
  explicit JsonObjectReader(FileColumns columns) : columns_(std::move(columns)) {}
  // Values of the wanted columns, until the next call. Throws Error{user} for another thing than an
  // object of such values.
  std::span<const Datum> read(JsonCursor& in, const JsonStyle& style, table::Memory& memory);

 private:
  FileColumns columns_;
  std::vector<Datum> values_;
  std::vector<bool> there_;
};

std::vector<OptionSpec> json_options_as(std::string_view format);
JsonStyle json_style_as(std::string_view format, const TableOptions& options);

}  // namespace flink::table_connectors
