// SPDX-License-Identifier: Apache-2.0
// Patterns: LIKE, SIMILAR TO, regular expressions.
#include "table/families/families.h"
#include "table/fn/pattern.h"
#include "table/function.h"

namespace flink::table {

namespace {

Datum extract_all_first(Context& context, const Call& call, Any text, Any pattern) {
  return fn::regexp_extract_all(context, call, text, pattern, Any{std::int32_t{1}});
}
Datum usual_text_to_map(Context& context, const Call& call, Any text) {
  return fn::text_to_map(context, call, text, Any{std::string_view{","}},
                         Any{std::string_view{"="}});
}

// A wrong escape in a literal pattern is found while planning.
LogicalType like_type(const Binding& binding) {
  if (binding.is_literal(1) && binding.is_literal(2)) {
    Memory memory;
    Context context{binding.session, memory};
    fn::like_escaped(context, "", binding.literals[1]->text(), binding.literals[2]->text());
    if (context.failed()) throw Rejection{context.failure()};
  }
  return LogicalType{TypeRoot::boolean};
}

}  // namespace

void add_regex(Registry& registry) {
  const Want& text = want::character;
  const Want& integer = want::as_int;
  const ResultRule truth = result::is(TypeRoot::boolean), string = result::string(),
                   number = result::is(TypeRoot::integer),
                   strings = result::is(LogicalType::array(LogicalType::string()));
  const auto add = [&](Category category, std::string_view name, std::vector<Want> wants,
                       const ResultRule& rule, bool nullable, const Implementation& loop) {
    registry.add({name, category, std::move(wants), rule,
                  nullable ? Nullability::always : Nullability::of_arguments, loop});
  };
  const auto comparison = Category::comparison;
  add(comparison, "LIKE", {text, text}, truth, false, implementation<&fn::like>());
  add(comparison, "LIKE", {text, text, text}, &like_type, false,
      implementation<&fn::like_escaped>());
  add(comparison, "SIMILAR TO", {text, text}, truth, false, implementation<&fn::similar>());
  add(comparison, "SIMILAR TO", {text, text, text}, truth, false,
      implementation<&fn::similar_escaped>());
  const auto category = Category::string;
  add(category, "REGEXP", {text, text}, truth, false, implementation<&fn::regexp>());
  add(category, "REGEXP_REPLACE", {text, text, text}, string, false,
      implementation<&fn::regexp_replace>());
  add(category, "REGEXP_EXTRACT", {text, text}, string, true,
      implementation<&fn::regexp_extract_whole>());
  add(category, "REGEXP_EXTRACT", {text, text, integer}, string, true,
      implementation<&fn::regexp_extract>());
  add(category, "REGEXP_EXTRACT_ALL", {text, text}, strings, true,
      implementation<&extract_all_first>());
  add(category, "REGEXP_EXTRACT_ALL", {text, text, integer}, strings, true,
      implementation<&fn::regexp_extract_all>());
  add(category, "REGEXP_COUNT", {text, text}, number, true, implementation<&fn::regexp_count>());
  add(category, "REGEXP_INSTR", {text, text}, number, true, implementation<&fn::regexp_instr>());
  add(category, "REGEXP_SUBSTR", {text, text}, string, true, implementation<&fn::regexp_substr>());
  const LogicalType texts = LogicalType::map(LogicalType::string(), LogicalType::string());
  add(category, "STR_TO_MAP", {text}, result::is(texts), true,
      implementation<&usual_text_to_map>());
  add(category, "STR_TO_MAP", {text, text, text}, result::is(texts), true,
      implementation<&fn::text_to_map>());
}

}  // namespace flink::table
