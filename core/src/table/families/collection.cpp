// SPDX-License-Identifier: Apache-2.0
// Arrays, maps and rows.
#include "table/families/families.h"
#include "table/fn/array.h"
#include "table/function.h"
#include "table/type_merging.h"
#include "table/value_order.h"

namespace flink::table {

namespace {

using Types = std::vector<LogicalType>;

// The second argument becomes an element of the first.
Types element_second(const Binding& binding) {
  const LogicalType& element = binding.types[0].child();
  const LogicalType& value = binding.types[1];
  const bool fits = implicit_cast_exists(value.with_nullable(true), element.with_nullable(true)) ||
                    (value.is_character() && element.is_character());
  if (!fits) {
    throw Rejection{value.summary() + " is no element of " + binding.types[0].summary()};
  }
  return {binding.types[0], element.with_nullable(value.nullable())};
}

// All arguments have the type that they have in common.
Types same_types(const Binding& binding) {
  const auto common = common_type(binding.types);
  if (!common) throw Rejection{"the arguments have no type in common"};
  Types out;
  for (const LogicalType& type : binding.types) {
    out.push_back(common->with_nullable(type.nullable()));
  }
  return out;
}

LogicalType with_element(const Binding& binding) {
  const LogicalType& element = binding.types[0].child();
  const bool nullable = element.nullable() || binding.types[1].nullable();
  return LogicalType::array(element.with_nullable(nullable));
}
LogicalType element_of(const Binding& binding) {
  const LogicalType& element = binding.types[0].child();
  return element.with_nullable(element.nullable() || binding.types[0].nullable());
}
LogicalType truth_of_array(const Binding& binding) {
  return LogicalType{TypeRoot::boolean}.with_nullable(binding.types[0].nullable());
}
LogicalType array_itself(const Binding& binding) { return binding.types[0]; }

LogicalType ordered_array(const Binding& binding) {
  const LogicalType& element = binding.types[0].child();
  if (!has_order(element) || element.is(TypeRoot::boolean)) {
    throw Rejection{"elements of " + element.with_nullable(true).summary() + " have no order"};
  }
  return binding.types[0];
}
LogicalType ordered_element(const Binding& binding) {
  return ordered_array(binding).child().with_nullable(true);
}

bool is_text_array(const LogicalType& type) {
  return type.is(TypeRoot::array) && type.child().is_character();
}
const Want texts{"ARRAY<STRING>", &is_text_array};

LogicalType keys_type(const Binding& binding) {
  return LogicalType::array(binding.types[0].child(0));
}
LogicalType values_type(const Binding& binding) {
  return LogicalType::array(binding.types[0].child(1));
}
LogicalType entries_type(const Binding& binding) {
  return LogicalType::array(
      LogicalType::row({{"key", binding.types[0].child(0)}, {"value", binding.types[0].child(1)}}));
}
LogicalType map_type(const Binding& binding) {
  return LogicalType::map(binding.types[0].child(), binding.types[1].child());
}

using Coerce = Types (*)(const Binding&);

class Adder {
 public:
  explicit Adder(Registry& registry) : registry_(registry) {}

  void operator()(std::string_view name, std::vector<Want> wants, const ResultRule& rule,
                  Nullability nullability, const Implementation& loop, Coerce coerce = nullptr,
                  bool variadic = false) {
    Builtin row{name, Category::collection, std::move(wants), rule, nullability, loop};
    row.coerce = coerce;
    row.variadic = variadic;
    registry_.add(std::move(row));
  }

 private:
  Registry& registry_;
};

}  // namespace

void add_collection(Registry& registry) {
  Adder add{registry};
  const Want &array = want::array, &any = want::any, &map = want::map, &integer = want::as_int;
  const auto of_arguments = Nullability::of_arguments, of_rule = Nullability::of_rule;
  const ResultRule number = result::is(TypeRoot::integer), first = result::argument(0);
  add("CARDINALITY", {array}, number, of_arguments, implementation<&fn::cardinality_of_array>());
  add("CARDINALITY", {map}, number, of_arguments, implementation<&fn::cardinality_of_map>());
  add("ELEMENT", {array}, &element_of, of_rule, implementation<&fn::single_element>());
  add("ARRAY_APPEND", {array, any}, &with_element, of_arguments,
      implementation<&fn::array_append>(), &element_second);
  add("ARRAY_PREPEND", {array, any}, &with_element, of_arguments,
      implementation<&fn::array_prepend>(), &element_second);
  add("ARRAY_CONTAINS", {array, any}, &truth_of_array, of_rule,
      implementation<&fn::array_contains>(), &element_second);
  add("ARRAY_POSITION", {array, any}, number, of_arguments, implementation<&fn::array_position>(),
      &element_second);
  add("ARRAY_REMOVE", {array, any}, &array_itself, of_rule, implementation<&fn::array_remove>(),
      &element_second);
  add("ARRAY_REVERSE", {array}, first, of_arguments, implementation<&fn::array_reverse>());
  add("ARRAY_DISTINCT", {array}, first, of_arguments, implementation<&fn::array_distinct>());
  add("ARRAY_SLICE", {array, integer}, first, of_arguments,
      implementation<&fn::array_slice_to_end>());
  add("ARRAY_SLICE", {array, integer, integer}, first, of_arguments,
      implementation<&fn::array_slice>());
  add("ARRAY_SORT", {array}, &ordered_array, of_arguments, implementation<&fn::array_sort>());
  add("ARRAY_SORT", {array, want::boolean}, &ordered_array, of_arguments,
      implementation<&fn::array_sort_by>());
  add("ARRAY_SORT", {array, want::boolean, want::boolean}, &ordered_array, of_arguments,
      implementation<&fn::array_sort_with>());
  add("ARRAY_UNION", {array, array}, first, of_arguments, implementation<&fn::array_union>(),
      &same_types);
  add("ARRAY_EXCEPT", {array, array}, first, of_arguments, implementation<&fn::array_except>(),
      &same_types);
  add("ARRAY_INTERSECT", {array, array}, first, of_arguments,
      implementation<&fn::array_intersect>(), &same_types);
  add("ARRAY_CONCAT", {array}, first, of_arguments, implementation<&fn::array_concat>(),
      &same_types, true);
  add("ARRAY_MAX", {array}, &ordered_element, of_rule, implementation<&fn::array_max>());
  add("ARRAY_MIN", {array}, &ordered_element, of_rule, implementation<&fn::array_min>());
  add("ARRAY_JOIN", {texts, want::character}, result::string(), of_arguments,
      implementation<&fn::array_join>());
  add("ARRAY_JOIN", {texts, want::character, want::character}, result::string(), of_arguments,
      implementation<&fn::array_join_with>());
  add("MAP_KEYS", {map}, &keys_type, of_arguments, implementation<&fn::map_keys>());
  add("MAP_VALUES", {map}, &values_type, of_arguments, implementation<&fn::map_values>());
  add("MAP_ENTRIES", {map}, &entries_type, of_arguments, implementation<&fn::map_entries>());
  add("MAP_FROM_ARRAYS", {array, array}, &map_type, of_arguments,
      implementation<&fn::map_from_arrays>());
  add("MAP_UNION", {map}, first, of_arguments, implementation<&fn::map_union>(), &same_types, true);
}

}  // namespace flink::table
