// SPDX-License-Identifier: Apache-2.0
// Equality, order and hash of values of one type, whatever it is. NULLs within collections are
// equal.
#pragma once

#include <optional>

#include "table/value.h"

namespace flink::table {

// Neither is NULL.
bool equal_values(const LogicalType& type, const Datum& a, const Datum& b);
// Negative, zero or positive. Text by code points, bytes unsigned, false before true; NaN is the
// largest number, as in Java.
int compare_values(const LogicalType& type, const Datum& a, const Datum& b);
// NULL is the smallest.
int compare_nullable(const LogicalType& type, const Datum& a, const Datum& b);
bool equal_nullable(const LogicalType& type, const Datum& a, const Datum& b);
std::size_t hash_value(const LogicalType& type, const Datum& value);

// Whether values of the type can be ordered, compared for equality.
bool has_order(const LogicalType& type);

}  // namespace flink::table
