// SPDX-License-Identifier: Apache-2.0
#include "table/fn/variant.h"

#include <charconv>
#include <cstdlib>

#include "base/number_text.h"
#include "table/fn/json.h"

namespace flink::table::fn {

namespace {

constexpr std::size_t digits_max = 38;

// A plain decimal of up to 38 digits, 38 of them behind the point; or nothing.
bool append_decimal_digits(std::string& out, std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  const std::size_t point = std::min(text.find('.'), text.size());
  std::string_view whole = text.substr(0, point);
  std::string_view fraction = text.substr(std::min(point + 1, text.size()));
  if (fraction.size() > digits_max) return false;
  const std::string digits = std::string{whole} + std::string{fraction};
  const std::size_t first = std::min(digits.find_first_not_of('0'), digits.size());
  if (digits.size() - first > digits_max) return false;
  while (fraction.ends_with('0')) fraction.remove_suffix(1);
  if (negative && first < digits.size()) out += '-';
  out += whole;
  if (!fraction.empty()) out += "." + std::string{fraction};
  return true;
}

void append_variant_number(std::string& out, std::string_view text) {
  if (text.find_first_of("eE") == std::string_view::npos && append_decimal_digits(out, text)) {
    return;
  }
  out += base::number_text(std::strtod(std::string{text}.c_str(), nullptr));
}

void append_number_as_is(std::string& out, std::string_view text) { out += text; }

MaybeVariant parsed(Context& context, std::string_view json, bool repeated, bool tries) {
  const auto rule = repeated ? Repeated::last_counts : Repeated::refused;
  const JsonResult result = parse_json(context.memory(), json, rule);
  if (!result.root) {
    if (tries) return {};
    return context.fail("PARSE_JSON: the text is no JSON: " + std::string{result.why} +
                        "; TRY_PARSE_JSON gives NULL instead");
  }
  std::string text;
  append_json(text, *result.root, &append_variant_number);
  return context.memory().copy(text);
}

// A part of a variant, which has its form already.
std::string_view part(Context& context, const JsonNode& node) {
  std::string text;
  append_json(text, node, &append_number_as_is);
  return context.memory().copy(text);
}

}  // namespace

MaybeVariant parse_variant(Context& context, std::string_view json) {
  return parsed(context, json, false, false);
}
MaybeVariant parse_variant_with(Context& context, std::string_view json, bool repeated) {
  return parsed(context, json, repeated, false);
}
MaybeVariant try_parse_variant(Context& context, std::string_view json) {
  return parsed(context, json, false, true);
}
MaybeVariant try_parse_variant_with(Context& context, std::string_view json, bool repeated) {
  return parsed(context, json, repeated, true);
}

MaybeVariant variant_element(Context& context, std::string_view variant, std::int32_t index) {
  const JsonNode root = *parse_json(context.memory(), variant).root;
  if (root.kind != JsonKind::array) {
    return context.fail("an element by its number: the VARIANT is no array");
  }
  if (index < 1 || static_cast<std::size_t>(index) > root.count) return {};
  return part(context, root.items[index - 1]);
}

MaybeVariant variant_member(Context& context, std::string_view variant, std::string_view name) {
  const JsonNode root = *parse_json(context.memory(), variant).root;
  if (root.kind != JsonKind::object) {
    return context.fail("a member by its name: the VARIANT is no object");
  }
  const JsonNode* member = root.member(name);
  if (!member) return {};
  return part(context, *member);
}

}  // namespace flink::table::fn
