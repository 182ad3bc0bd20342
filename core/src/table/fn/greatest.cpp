// SPDX-License-Identifier: Apache-2.0
#include "table/fn/greatest.h"

#include "table/value_order.h"

namespace flink::table::fn {

static Datum outermost(const Call& call, std::span<const Datum> values, int way) {
  Datum best = values[0];
  for (const Datum& value : values) {
    if (value.null || best.null) return {};
    if (compare_values(call.result, value, best) * way > 0) best = value;
  }
  return best;
}

Datum greatest(const Call& call, std::span<const Datum> values) {
  return outermost(call, values, 1);
}
Datum least(const Call& call, std::span<const Datum> values) { return outermost(call, values, -1); }

}  // namespace flink::table::fn
