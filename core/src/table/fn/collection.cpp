// SPDX-License-Identifier: Apache-2.0
#include "table/fn/collection.h"

#include <algorithm>

#include "table/value_order.h"

namespace flink::table::fn {

Datum make_items(Context& context, std::span<const Datum> items) {
  Datum* out = context.memory().array<Datum>(items.size());
  std::copy(items.begin(), items.end(), out);
  return Datum{Nested{out, items.size()}};
}

Datum make_map(Context& context, const Call& call, std::span<const Datum> items) {
  const LogicalType& key = call.result.child(0);
  Datum* out = context.memory().array<Datum>(items.size());
  std::size_t count = 0;
  for (std::size_t i = 0; i + 1 < items.size(); i += 2) {
    std::size_t at = 0;
    while (at < count && !equal_nullable(key, out[at], items[i])) at += 2;
    if (at == count) {
      out[at] = items[i];
      count += 2;
    }
    out[at + 1] = items[i + 1];
  }
  return Datum{Nested{out, count}};
}

Datum field_at(Any row, std::int32_t index) { return row.items()[static_cast<std::size_t>(index)]; }

Datum element_at(Any array, std::int64_t index) {
  const auto items = array.items();
  if (index < 1 || static_cast<std::size_t>(index) > items.size()) return {};
  return items[static_cast<std::size_t>(index - 1)];
}

Datum value_at(const Call& call, Any map, const Any& key) {
  const auto items = map.items();
  for (std::size_t i = 0; i + 1 < items.size(); i += 2) {
    if (!items[i].null && equal_values(call.arguments[1], items[i], key)) return items[i + 1];
  }
  return {};
}

}  // namespace flink::table::fn
