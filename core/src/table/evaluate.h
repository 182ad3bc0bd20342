// SPDX-License-Identifier: Apache-2.0
// Runs a bound expression over a batch, a loop a node; conditions narrow the rows that the rest
// sees, so that nothing is evaluated that SQL would not.
#pragma once

#include "table/expression.h"

namespace flink::table {

struct Rows {
  std::span<const Vector> columns;
  std::size_t count = 0;
  Selection selection;
};

// Values of the selected rows; the others are undefined. Throws Error (user) when a row fails.
Vector evaluate(const Expression& expression, const Rows& rows, Context& context);

// Of an expression without columns.
Datum evaluate_constant(const Expression& expression, Context& context);

}  // namespace flink::table
