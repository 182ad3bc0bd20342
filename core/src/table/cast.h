// SPDX-License-Identifier: Apache-2.0
// CAST between any two types that have one (explicit_cast_exists).
#pragma once

#include "table/kernel.h"

namespace flink::table {

// The loop of a cast; the call's only argument has type `from`, its result type `to`.
Implementation cast_implementation(const LogicalType& from, const LogicalType& to);

// One value; NULL and failures (context.failed()) alike are NULL.
Datum cast_value(Context& context, const LogicalType& from, const LogicalType& to,
                 const Datum& value);

}  // namespace flink::table
