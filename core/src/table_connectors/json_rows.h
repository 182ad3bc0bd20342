// SPDX-License-Identifier: Apache-2.0
// Values of any type as JSON, read and written: for the format `json` as Flink has it, and for the
// lines of `values`, where every value reads back.
#pragma once

#include <string>

#include "table/row.h"
#include "table_connectors/json_cursor.h"
#include "table_connectors/scalar_text.h"

namespace flink::table_connectors {

struct JsonStyle {
  enum class NullKey : unsigned char { fail, drop, literal };

  ScalarStyle scalars;
  // A ROW is an array of its fields, and a MAP whose keys are no text an array of pairs.
  bool rows_are_arrays = false;
  bool quoted_decimals = false;
  bool fail_on_missing_field = false;
  bool ignore_null_fields = false;   // write
  bool ignore_parse_errors = false;  // what is no value of the type is NULL
  NullKey null_key = NullKey::fail;  // write
  std::string null_key_literal = "null";
};

// Throws Error{user} when there is another value; `where` is the column's name.
Datum read_json(JsonCursor& in, const LogicalType& type, std::string_view where,
                const JsonStyle& style, table::Memory& memory);
void append_json(std::string& out, const LogicalType& type, const Datum& value,
                 const JsonStyle& style);

// As JSON lines of `values` have them, and such a line, without its end.
const JsonStyle& values_style();
void append_values_line(std::string& out, table::RowKind kind, std::span<const table::Field> fields,
                        std::span<const Datum> values);

}  // namespace flink::table_connectors
