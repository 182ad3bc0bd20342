// SPDX-License-Identifier: Apache-2.0
#include "table/fn/bitmap.h"

#include "table/fn/roaring.h"

namespace flink::table::fn {

namespace {

// A value of a BITMAP is always well formed.
Roaring set_of(std::string_view bitmap) { return Roaring::read(bitmap).value_or(Roaring{}); }

std::string_view combined(Context& context, std::string_view a, std::string_view b,
                          Roaring::Set set) {
  return context.memory().copy(Roaring::combined(set_of(a), set_of(b), set).bytes());
}

}  // namespace

std::string_view bitmap_build(Context& context, Any numbers) {
  std::vector<std::uint32_t> values;
  for (const Datum& item : numbers.items()) {
    if (!item.null) values.push_back(static_cast<std::uint32_t>(item.get<std::int32_t>()));
  }
  return context.memory().copy(Roaring::of(std::move(values)).bytes());
}

std::optional<std::string_view> bitmap_from_bytes(Context& context, std::string_view bytes) {
  const auto set = Roaring::read(bytes);
  if (set) return context.memory().copy(set->bytes());
  return context.fail("BITMAP_FROM_BYTES: these " + std::to_string(bytes.size()) +
                      " bytes are no bitmap in Roaring's portable format");
}

std::string_view bitmap_to_bytes(std::string_view bitmap) { return bitmap; }

std::int64_t bitmap_cardinality(std::string_view bitmap) {
  return static_cast<std::int64_t>(set_of(bitmap).count());
}

Datum bitmap_to_array(Context& context, Any bitmap) {
  const auto numbers = set_of(bitmap.text()).numbers();
  Datum* items = context.memory().array<Datum>(numbers.size());
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    items[i] = Datum{static_cast<std::int32_t>(numbers[i])};
  }
  return Datum{Nested{items, numbers.size()}};
}

void append_bitmap(std::string& out, std::string_view bitmap) {
  out += '{';
  for (const std::uint32_t number : set_of(bitmap).numbers()) {
    if (out.back() != '{') out += ',';
    out += std::to_string(number);
  }
  out += '}';
}

std::string_view bitmap_to_string(Context& context, std::string_view bitmap) {
  std::string text;
  append_bitmap(text, bitmap);
  return context.memory().copy(text);
}

std::string_view bitmap_and(Context& context, std::string_view a, std::string_view b) {
  return combined(context, a, b, Roaring::Set::both);
}
std::string_view bitmap_or(Context& context, std::string_view a, std::string_view b) {
  return combined(context, a, b, Roaring::Set::any);
}
std::string_view bitmap_xor(Context& context, std::string_view a, std::string_view b) {
  return combined(context, a, b, Roaring::Set::one);
}
std::string_view bitmap_andnot(Context& context, std::string_view a, std::string_view b) {
  return combined(context, a, b, Roaring::Set::first_only);
}

}  // namespace flink::table::fn
