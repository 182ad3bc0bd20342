// SPDX-License-Identifier: Apache-2.0
// Functions of text.
#include "table/fn/text.h"

#include <algorithm>

#include "table/families/families.h"
#include "table/fn/text_code.h"
#include "table/function.h"
#include "table/type_merging.h"

namespace flink::table {

namespace {

constexpr auto category = Category::string;
constexpr auto of_arguments = Nullability::of_arguments;
constexpr auto always = Nullability::always;

bool is_symbol(const LogicalType& type) { return type.is(TypeRoot::symbol); }
const Want symbol{"BOTH|LEADING|TRAILING", &is_symbol};
const Want& text = want::character;
const Want& integer = want::as_int;

// Lengths add up; two CHAR are a CHAR.
LogicalType joined_type(const Binding& binding) {
  const LogicalType &a = binding.types[0], &b = binding.types[1];
  if (a.is_character() != b.is_character()) throw Rejection{"text and bytes do not join"};
  const std::int64_t length =
      std::min<std::int64_t>(std::int64_t{a.length()} + b.length(), LogicalType::length_max);
  const bool fixed = (a.is(TypeRoot::char_) || a.is(TypeRoot::binary)) && a.root() == b.root();
  const TypeRoot root = a.is_character() ? (fixed ? TypeRoot::char_ : TypeRoot::varchar)
                                         : (fixed ? TypeRoot::binary : TypeRoot::varbinary);
  return LogicalType{root, static_cast<int>(length)};
}
LogicalType overlaid_type(const Binding& binding) {
  const std::int64_t length = std::int64_t{binding.types[0].length()} + binding.types[1].length();
  return LogicalType{TypeRoot::varchar,
                     static_cast<int>(std::min<std::int64_t>(length, LogicalType::length_max))};
}
LogicalType common_of_rest(const Binding& binding) {
  const auto common = common_type(binding.types.subspan(1));
  if (!common) throw Rejection{"the values have no type in common"};
  return *common;
}

void add_parts(Registry& registry) {
  const ResultRule varying = result::varying(0);
  registry.add({"SUBSTRING|SUBSTR",
                category,
                {text, integer},
                varying,
                always,
                implementation<&fn::substring>()});
  registry.add({"SUBSTRING|SUBSTR",
                category,
                {text, integer, integer},
                varying,
                always,
                implementation<&fn::substring_for>()});
  registry.add({"LEFT", category, {text, integer}, varying, always, implementation<&fn::left>()});
  registry.add({"RIGHT", category, {text, integer}, varying, always, implementation<&fn::right>()});
  registry.add({"OVERLAY",
                category,
                {text, text, integer},
                &overlaid_type,
                of_arguments,
                implementation<&fn::overlay>()});
  registry.add({"OVERLAY",
                category,
                {text, text, integer, integer},
                &overlaid_type,
                of_arguments,
                implementation<&fn::overlay_for>()});
  registry.add({"LPAD",
                category,
                {text, integer, text},
                result::string(),
                of_arguments,
                implementation<&fn::pad_left>()});
  registry.add({"RPAD",
                category,
                {text, integer, text},
                result::string(),
                of_arguments,
                implementation<&fn::pad_right>()});
}

void add_trims(Registry& registry) {
  const ResultRule varying = result::varying(0);
  registry.add({"TRIM",
                category,
                {symbol, text, text},
                result::varying(2),
                of_arguments,
                implementation<&fn::trim_of>()});
  registry.add({"TRIM", category, {text}, varying, of_arguments, implementation<&fn::trim_both>()});
  registry.add(
      {"LTRIM", category, {text}, varying, of_arguments, implementation<&fn::trim_left>()});
  registry.add({"LTRIM",
                category,
                {text, text},
                varying,
                of_arguments,
                implementation<&fn::trim_left_of>()});
  registry.add(
      {"RTRIM", category, {text}, varying, of_arguments, implementation<&fn::trim_right>()});
  registry.add({"RTRIM",
                category,
                {text, text},
                varying,
                of_arguments,
                implementation<&fn::trim_right_of>()});
  registry.add({"BTRIM",
                category,
                {text},
                result::string(),
                of_arguments,
                implementation<&fn::trim_both>()});
  registry.add({"BTRIM",
                category,
                {text, text},
                result::string(),
                of_arguments,
                implementation<&fn::trim_both_of>()});
}

void add_places(Registry& registry) {
  const ResultRule number = result::is(TypeRoot::integer), truth = result::is(TypeRoot::boolean);
  const auto add = [&](std::string_view name, std::vector<Want> wants, const ResultRule& rule,
                       const Implementation& loop) {
    registry.add({name, category, std::move(wants), rule, of_arguments, loop});
  };
  add("CHAR_LENGTH|CHARACTER_LENGTH", {text}, number, implementation<&fn::char_length>());
  add("POSITION", {text, text}, number, implementation<&fn::position>());
  add("POSITION", {text, text, integer}, number, implementation<&fn::position_from>());
  add("LOCATE", {text, text}, number, implementation<&fn::position>());
  add("LOCATE", {text, text, integer}, number, implementation<&fn::position_from>());
  add("INSTR", {text, text}, number, implementation<&fn::instr>());
  add("INSTR", {text, text, integer}, number, implementation<&fn::instr_from>());
  add("INSTR", {text, text, integer, integer}, number, implementation<&fn::instr_nth>());
  add("ASCII", {text}, number, implementation<&fn::ascii>());
  add("STARTSWITH", {text, text}, truth, implementation<&fn::starts_with>());
  add("ENDSWITH", {text, text}, truth, implementation<&fn::ends_with>());
  add("STARTSWITH", {want::binary, want::binary}, truth, implementation<&fn::starts_with>());
  add("ENDSWITH", {want::binary, want::binary}, truth, implementation<&fn::ends_with>());
  registry.add({"IS_ALPHA",
                Category::conditional,
                {text},
                truth,
                Nullability::never,
                implementation<&fn::is_alpha>()});
  registry.add({"IS_DIGIT",
                Category::conditional,
                {text},
                truth,
                Nullability::never,
                implementation<&fn::is_digit>()});
  registry.add({"IS_DECIMAL",
                Category::conditional,
                {text},
                truth,
                Nullability::never,
                implementation<&fn::is_decimal>()});
}

void add_making(Registry& registry) {
  const ResultRule string = result::string();
  const auto add = [&](std::string_view name, std::vector<Want> wants, const ResultRule& rule,
                       Nullability nullability, const Implementation& loop, bool variadic = false) {
    Builtin row{name, category, std::move(wants), rule, nullability, loop};
    row.variadic = variadic;
    registry.add(std::move(row));
  };
  add("UPPER", {text}, result::argument(0), of_arguments, implementation<&fn::to_upper>());
  add("LOWER", {text}, result::argument(0), of_arguments, implementation<&fn::to_lower>());
  add("INITCAP", {text}, result::argument(0), of_arguments, implementation<&fn::initcap>());
  add("REVERSE", {text}, string, always, implementation<&fn::reverse>());
  add("REPEAT", {text, integer}, string, of_arguments, implementation<&fn::repeat>());
  add("REPLACE", {text, text, text}, string, of_arguments, implementation<&fn::replace>());
  add("TRANSLATE", {text, text, text}, string, of_arguments, implementation<&fn::translate>());
  add("||", {want::string_or_binary, want::string_or_binary}, &joined_type, of_arguments,
      implementation<&fn::concat_two>());
  add("CONCAT", {text}, string, of_arguments, implementation<&fn::concat>(), true);
  add("CONCAT_WS", {text, text}, string, of_arguments, implementation<&fn::concat_with>(), true);
  add("SPLIT", {text, text}, result::is(LogicalType::array(LogicalType::string())), of_arguments,
      implementation<&fn::split>());
  add("SPLIT_INDEX", {text, text, integer}, string, always, implementation<&fn::split_index>());
  add("SPLIT_INDEX", {text, integer, integer}, string, always,
      implementation<&fn::split_index_of_code>());
  add("ELT", {want::as_bigint, want::string_or_binary}, &common_of_rest, always,
      implementation<&fn::elt>(), true);
  add("CHR", {want::as_bigint}, string, always, implementation<&fn::chr>());
}

void add_codes(Registry& registry) {
  const ResultRule string = result::string();
  const auto add = [&](std::string_view name, std::vector<Want> wants, const ResultRule& rule,
                       Nullability nullability, const Implementation& loop) {
    registry.add({name, category, std::move(wants), rule, nullability, loop});
  };
  add("TO_BASE64", {want::string_or_binary}, string, of_arguments,
      implementation<&fn::to_base64>());
  add("FROM_BASE64", {text}, string, of_arguments, implementation<&fn::from_base64>());
  add("ENCODE", {text, text}, result::is(LogicalType::bytes()), of_arguments,
      implementation<&fn::encode>());
  add("DECODE", {want::binary, text}, string, of_arguments, implementation<&fn::decode>());
  add("URL_ENCODE", {text}, string, always, implementation<&fn::url_encode>());
  add("URL_DECODE", {text}, string, always, implementation<&fn::url_decode>());
  add("PARSE_URL", {text, text}, string, always, implementation<&fn::parse_url>());
  add("PARSE_URL", {text, text, text}, string, always, implementation<&fn::parse_url_key>());
  add("INET_ATON", {text}, result::is(TypeRoot::bigint), always, implementation<&fn::inet_aton>());
  add("INET_NTOA", {want::as_bigint}, string, always, implementation<&fn::inet_ntoa>());
  registry.add({"PRINTF", category, {text}, string, always, implementation<&fn::printf_text>()});
  Builtin printf{"PRINTF", category, {text, want::any},
                 string,   always,   implementation<&fn::printf_text>()};
  printf.variadic = true;
  registry.add(std::move(printf));
}

}  // namespace

void add_text(Registry& registry) {
  add_parts(registry);
  add_trims(registry);
  add_places(registry);
  add_making(registry);
  add_codes(registry);
}

}  // namespace flink::table
