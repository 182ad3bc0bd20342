// SPDX-License-Identifier: Apache-2.0
#include "table/fn/array.h"

#include <algorithm>
#include <cmath>

#include "table/value_order.h"

namespace flink::table::fn {

namespace {

Datum made(Context& context, const std::vector<Datum>& items) {
  Datum* out = context.memory().array<Datum>(items.size());
  std::copy(items.begin(), items.end(), out);
  return Datum{Nested{out, items.size()}};
}

bool same(const LogicalType& type, const Datum& a, const Datum& b) {
  if (!a.null && !b.null && type.is_approximate()) return compare_values(type, a, b) == 0;
  return equal_nullable(type, a, b);
}

bool has(const LogicalType& type, std::span<const Datum> items, const Datum& value) {
  return std::any_of(items.begin(), items.end(),
                     [&](const Datum& item) { return same(type, item, value); });
}

const LogicalType& element_type(const Call& call) { return call.arguments[0].child(); }

std::vector<Datum> items_of(const Datum& array) {
  const auto items = array.items();
  return {items.begin(), items.end()};
}

bool is_nan(const LogicalType& type, const Datum& value) {
  if (type.is(TypeRoot::double_)) return std::isnan(value.get<double>());
  return type.is(TypeRoot::float_) && std::isnan(value.get<float>());
}

// NaN is neither larger nor smaller than what was there first.
Datum outermost(const Call& call, const Datum& array, int way) {
  const LogicalType& type = element_type(call);
  Datum best;
  for (const Datum& item : array.items()) {
    if (item.null) continue;
    if (best.null) {
      best = item;
    } else if (!is_nan(type, item) && !is_nan(type, best) &&
               compare_values(type, item, best) * way > 0) {
      best = item;
    }
  }
  return best;
}

}  // namespace

std::int32_t cardinality_of_array(Any array) noexcept {
  return static_cast<std::int32_t>(array.items().size());
}
std::int32_t cardinality_of_map(Any map) noexcept {
  return static_cast<std::int32_t>(map.items().size() / 2);
}

Datum single_element(Context& context, Any array) {
  const auto items = array.items();
  if (items.size() > 1) {
    context.fail("ELEMENT takes an array of one element, this one has " +
                 std::to_string(items.size()));
  }
  return items.size() == 1 ? items[0] : Datum{};
}

Datum array_append(Context& context, Any array, const Datum& value) {
  auto items = items_of(array);
  items.push_back(value);
  return made(context, items);
}
Datum array_prepend(Context& context, Any array, const Datum& value) {
  auto items = items_of(array);
  items.insert(items.begin(), value);
  return made(context, items);
}
bool array_contains(const Call& call, Any array, const Datum& value) {
  return has(element_type(call), array.items(), value);
}
std::int32_t array_position(const Call& call, Any array, Any value) {
  const auto items = array.items();
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (same(element_type(call), items[i], value)) return static_cast<std::int32_t>(i) + 1;
  }
  return 0;
}
Datum array_remove(Context& context, const Call& call, Any array, const Datum& value) {
  auto items = items_of(array);
  std::erase_if(items, [&](const Datum& item) { return same(element_type(call), item, value); });
  return made(context, items);
}
Datum array_reverse(Context& context, Any array) {
  auto items = items_of(array);
  std::reverse(items.begin(), items.end());
  return made(context, items);
}
Datum array_distinct(Context& context, const Call& call, Any array) {
  std::vector<Datum> out;
  for (const Datum& item : array.items()) {
    if (!has(element_type(call), out, item)) out.push_back(item);
  }
  return made(context, out);
}

Datum array_slice(Context& context, Any array, std::int32_t from, std::int32_t to) {
  const auto items = array.items();
  const auto size = static_cast<std::int64_t>(items.size());
  std::int64_t first = from < 0 ? from + size : std::max(from - 1, 0);
  const std::int64_t last = to < 0 ? to + size : to == 0 ? 0 : to - 1;
  first = std::max<std::int64_t>(first, 0);
  if (size == 0 || first >= size || last < 0 || first > last) return made(context, {});
  const auto chosen = items.subspan(static_cast<std::size_t>(first),
                                    static_cast<std::size_t>(std::min(last, size - 1) - first + 1));
  return made(context, {chosen.begin(), chosen.end()});
}
Datum array_slice_to_end(Context& context, Any array, std::int32_t from) {
  return array_slice(context, array, from, static_cast<std::int32_t>(array.items().size()));
}

Datum array_sort(Context& context, const Call& call, Any array) {
  return array_sort_with(context, call, array, true, true);
}
Datum array_sort_by(Context& context, const Call& call, Any array, bool ascending) {
  return array_sort_with(context, call, array, ascending, ascending);
}
Datum array_sort_with(Context& context, const Call& call, Any array, bool ascending,
                      bool nulls_first) {
  auto items = items_of(array);
  const LogicalType& type = element_type(call);
  std::stable_sort(items.begin(), items.end(), [&](const Datum& a, const Datum& b) {
    if (a.null || b.null) return a.null != b.null && a.null == nulls_first;
    const int order = compare_values(type, a, b);
    return ascending ? order < 0 : order > 0;
  });
  return made(context, items);
}

Datum array_union(Context& context, const Call& call, Any a, Any b) {
  auto items = items_of(a);
  const auto more = b.items();
  items.insert(items.end(), more.begin(), more.end());
  std::vector<Datum> out;
  for (const Datum& item : items) {
    if (!has(element_type(call), out, item)) out.push_back(item);
  }
  return made(context, out);
}
Datum array_except(Context& context, const Call& call, Any a, Any b) {
  std::vector<Datum> out;
  for (const Datum& item : a.items()) {
    if (!has(element_type(call), b.items(), item) && !has(element_type(call), out, item)) {
      out.push_back(item);
    }
  }
  return made(context, out);
}
Datum array_intersect(Context& context, const Call& call, Any a, Any b) {
  std::vector<Datum> out;
  for (const Datum& item : a.items()) {
    if (has(element_type(call), b.items(), item) && !has(element_type(call), out, item)) {
      out.push_back(item);
    }
  }
  return made(context, out);
}
Datum array_concat(Context& context, std::span<const Datum> arrays) {
  std::vector<Datum> out;
  for (const Datum& array : arrays) {
    if (array.null) return {};
    const auto items = array.items();
    out.insert(out.end(), items.begin(), items.end());
  }
  return made(context, out);
}

Datum array_max(const Call& call, Any array) { return outermost(call, array, 1); }
Datum array_min(const Call& call, Any array) { return outermost(call, array, -1); }

static Datum joined(Context& context, const Datum& array, std::string_view between,
                    std::optional<std::string_view> null) {
  std::string out;
  bool first = true;
  for (const Datum& item : array.items()) {
    if (item.null && !null) continue;
    if (!first) out += between;
    out += item.null ? *null : item.text();
    first = false;
  }
  return Datum{context.memory().copy(out)};
}
Datum array_join(Context& context, Any array, std::string_view between) {
  return joined(context, array, between, {});
}
Datum array_join_with(Context& context, Any array, std::string_view between,
                      std::string_view null) {
  return joined(context, array, between, null);
}

static Datum every_second(Context& context, const Datum& map, std::size_t from) {
  std::vector<Datum> out;
  const auto items = map.items();
  for (std::size_t i = from; i < items.size(); i += 2) out.push_back(items[i]);
  return made(context, out);
}
Datum map_keys(Context& context, Any map) { return every_second(context, map, 0); }
Datum map_values(Context& context, Any map) { return every_second(context, map, 1); }
Datum map_entries(Context& context, Any map) {
  std::vector<Datum> out;
  const auto items = map.items();
  for (std::size_t i = 0; i + 1 < items.size(); i += 2) {
    out.push_back(made(context, {items[i], items[i + 1]}));
  }
  return made(context, out);
}
Datum map_from_arrays(Context& context, Any keys, Any values) {
  const auto left = keys.items(), right = values.items();
  if (left.size() != right.size()) {
    context.fail("MAP_FROM_ARRAYS takes as many keys as values, not " +
                 std::to_string(left.size()) + " and " + std::to_string(right.size()));
    return {};
  }
  std::vector<Datum> out;
  for (std::size_t i = 0; i < left.size(); ++i) {
    out.push_back(left[i]);
    out.push_back(right[i]);
  }
  return made(context, out);
}
Datum map_union(Context& context, const Call& call, std::span<const Datum> maps) {
  const LogicalType& key = call.result.child(0);
  std::vector<Datum> out;
  for (const Datum& map : maps) {
    if (map.null) return {};
    const auto items = map.items();
    for (std::size_t i = 0; i + 1 < items.size(); i += 2) {
      std::size_t at = 0;
      while (at < out.size() && !same(key, out[at], items[i])) at += 2;
      if (at == out.size()) {
        out.push_back(items[i]);
        out.push_back(items[i + 1]);
      }
      out[at + 1] = items[i + 1];
    }
  }
  return made(context, out);
}

}  // namespace flink::table::fn
