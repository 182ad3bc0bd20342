// SPDX-License-Identifier: Apache-2.0
// Types from types: what several have in common, and what an operation on decimals gives. Flink has
// two rules for the former: its own, for functions, and Calcite's, for CASE, set operations and the
// constructors of arrays and maps.
#pragma once

#include <optional>
#include <span>

#include "table/logical_type.h"

namespace flink::table {

// Nothing when no type takes them all. Nullable when one of them is.
std::optional<LogicalType> common_type(std::span<const LogicalType> types);
std::optional<LogicalType> least_restrictive_type(std::span<const LogicalType> types);

LogicalType decimal_sum_type(const LogicalType& left, const LogicalType& right);
LogicalType decimal_product_type(const LogicalType& left, const LogicalType& right);
LogicalType decimal_quotient_type(const LogicalType& left, const LogicalType& right);
LogicalType decimal_remainder_type(const LogicalType& left, const LogicalType& right);
LogicalType decimal_round_type(const LogicalType& type, int digits);

// A date or time plus or minus an interval; one that has a fraction by its own word gives it on.
LogicalType interval_added(const LogicalType& datetime, const LogicalType& interval);

// Casts that lose nothing, which a function's arguments get by themselves.
bool implicit_cast_exists(const LogicalType& from, const LogicalType& to);
// Casts that CAST does.
bool explicit_cast_exists(const LogicalType& from, const LogicalType& to);

}  // namespace flink::table
