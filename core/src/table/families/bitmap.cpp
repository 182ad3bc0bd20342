// SPDX-License-Identifier: Apache-2.0
// BITMAP.
#include "table/fn/bitmap.h"

#include "table/families/families.h"
#include "table/function.h"

namespace flink::table {

namespace {

bool is_int_array(const LogicalType& type) {
  return type.is(TypeRoot::array) && type.child().is_integer() &&
         !type.child().is(TypeRoot::bigint);
}
const Want ints{"ARRAY<INT>", &is_int_array, LogicalType::array(LogicalType{TypeRoot::integer})};

}  // namespace

void add_bitmap(Registry& registry) {
  const auto add = [&](std::string_view name, std::vector<Want> wants, LogicalType type,
                       const Implementation& loop) {
    registry.add({name, Category::bitmap, std::move(wants), result::is(std::move(type)),
                  Nullability::of_arguments, loop});
  };
  const LogicalType bitmap{TypeRoot::bitmap};
  const Want& one = want::bitmap;
  add("BITMAP_BUILD", {ints}, bitmap, implementation<&fn::bitmap_build>());
  add("BITMAP_FROM_BYTES", {want::binary}, bitmap, implementation<&fn::bitmap_from_bytes>());
  add("BITMAP_TO_BYTES", {one}, LogicalType::bytes(), implementation<&fn::bitmap_to_bytes>());
  add("BITMAP_TO_ARRAY", {one}, LogicalType::array(LogicalType{TypeRoot::integer}),
      implementation<&fn::bitmap_to_array>());
  add("BITMAP_TO_STRING", {one}, LogicalType::string(), implementation<&fn::bitmap_to_string>());
  add("BITMAP_CARDINALITY", {one}, LogicalType{TypeRoot::bigint},
      implementation<&fn::bitmap_cardinality>());
  add("BITMAP_AND", {one, one}, bitmap, implementation<&fn::bitmap_and>());
  add("BITMAP_OR", {one, one}, bitmap, implementation<&fn::bitmap_or>());
  add("BITMAP_XOR", {one, one}, bitmap, implementation<&fn::bitmap_xor>());
  add("BITMAP_ANDNOT", {one, one}, bitmap, implementation<&fn::bitmap_andnot>());
}

}  // namespace flink::table
