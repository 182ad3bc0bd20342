// SPDX-License-Identifier: Apache-2.0
// Single values as they stand in files: numbers, dates and times, bytes. Stricter than CAST.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "table/memory.h"
#include "table/value.h"

namespace flink::table_connectors {

using table::Datum;
using table::LogicalType;
using table::TypeRoot;

struct ScalarStyle {
  bool iso_times = false;       // 2024-01-31T12:00:00 instead of a blank between
  bool hex_bytes = false;       // instead of base 64
  bool plain_decimals = true;   // 0.0000000001, not 1E-10
  bool short_decimals = false;  // without zeros at the end
};

// Neither ARRAY, MAP, MULTISET nor ROW.
bool is_scalar(const LogicalType& type);
// Its text is a number or a boolean: JSON has it without quotes.
bool is_bare(const LogicalType& type);

// Nothing: the text is no such value. A DECIMAL with too many digits is NULL, as in Flink. Text and
// bytes view `text`, or `memory`.
std::optional<Datum> scalar_of_text(const LogicalType& type, std::string_view text,
                                    const ScalarStyle& style, table::Memory& memory);
// Of a value that is not NULL.
void append_scalar(std::string& out, const LogicalType& type, const Datum& value,
                   const ScalarStyle& style);

// BigDecimal.toString(): with an exponent when it is small.
void append_java_decimal(std::string& out, table::int128 unscaled, int scale);

}  // namespace flink::table_connectors
