// SPDX-License-Identifier: Apache-2.0
// Data types.
#include <limits>

#include "sql/parser_core.h"

namespace flink::sql {
namespace {

struct TypeWord {
  std::string_view word;
  TypeKind kind;
  int numbers = 0;  // how many may follow in parentheses
};
constexpr TypeWord type_words[] = {
    {"BOOLEAN", TypeKind::boolean},
    {"TINYINT", TypeKind::tinyint},
    {"SMALLINT", TypeKind::smallint},
    {"INT", TypeKind::integer},
    {"INTEGER", TypeKind::integer},
    {"BIGINT", TypeKind::bigint},
    {"REAL", TypeKind::real},
    {"FLOAT", TypeKind::float_},
    {"DOUBLE", TypeKind::double_},
    {"DECIMAL", TypeKind::decimal, 2},
    {"DEC", TypeKind::decimal, 2},
    {"NUMERIC", TypeKind::decimal, 2},
    {"CHAR", TypeKind::character, 1},
    {"CHARACTER", TypeKind::character, 1},
    {"VARCHAR", TypeKind::varchar, 1},
    {"STRING", TypeKind::string},
    {"BINARY", TypeKind::binary, 1},
    {"VARBINARY", TypeKind::varbinary, 1},
    {"BYTES", TypeKind::bytes},
    {"DATE", TypeKind::date},
    {"TIMESTAMP_LTZ", TypeKind::timestamp_ltz, 1},
    {"VARIANT", TypeKind::variant},
    {"BITMAP", TypeKind::bitmap},
    {"ANY", TypeKind::any, 2},
};

}  // namespace

const DataType* ParserCore::data_type() {
  const auto begin = token().range;
  auto type = base_type();
  return suffixed(std::move(type), begin, false);
}

const DataType* ParserCore::nullable_data_type() {
  const auto begin = token().range;
  auto type = base_type();
  return suffixed(std::move(type), begin, true);
}

Nullability ParserCore::nullability() {
  if (accept("NOT", "NULL")) return Nullability::not_null;
  if (accept("NULL")) return Nullability::null;
  return Nullability::unsaid;
}

std::uint16_t ParserCore::depth_above(const DataType& type) {
  int below = 0;
  for (const auto* const inner : {type.key, type.element}) {
    if (inner != nullptr) below = std::max<int>(below, inner->depth);
  }
  for (const auto& field : type.fields) below = std::max<int>(below, field.type->depth);
  if (below >= nesting_max) fail_too_deep();
  return static_cast<std::uint16_t>(below + 1);
}

// INT NOT NULL ARRAY NOT NULL: the collection follows its element.
const DataType* ParserCore::suffixed(DataType type, Range begin, bool nullable) {
  while (true) {
    if (nullable) type.nullability = nullability();
    type.range = from(begin);
    type.depth = depth_above(type);
    const DataType* const whole = arena_.make(type);
    const bool array = sees("ARRAY");
    if (!array && !sees("MULTISET")) return whole;
    advance();
    type = DataType{array ? TypeKind::array : TypeKind::multiset};
    type.element = whole;
  }
}

DataType ParserCore::base_type() {
  const Level level(*this);
  DataType type{TypeKind::named};
  if (simple_type(type)) return type;
  const auto element = [this] {
    advance();
    expect(TokenKind::less);
    const auto* const out = nullable_data_type();
    return out;
  };
  if (sees("ARRAY") || sees("MULTISET")) {
    type.kind = sees("ARRAY") ? TypeKind::array : TypeKind::multiset;
    type.element = element();
    expect(TokenKind::greater);
  } else if (sees("MAP") && sees(TokenKind::less, 1)) {
    type.kind = TypeKind::map;
    type.key = element();
    expect(TokenKind::comma);
    type.element = nullable_data_type();
    expect(TokenKind::greater);
  } else if (sees("ROW")) {
    type.kind = TypeKind::row;
    advance();
    if (accept(TokenKind::not_equal)) return type;  // ROW<>
    const bool angle = accept(TokenKind::less);
    if (!angle) expect(TokenKind::left_parenthesis);
    const auto close = angle ? TokenKind::greater : TokenKind::right_parenthesis;
    type.fields = row_fields(close);
    expect(close);
  } else if (sees("STRUCTURED")) {
    type.kind = TypeKind::structured;
    advance();
    expect(TokenKind::less);
    type.class_name = text();
    if (accept(TokenKind::comma)) type.fields = row_fields(TokenKind::greater);
    expect(TokenKind::greater);
  } else if (sees("RAW")) {
    type.kind = TypeKind::raw;
    advance();
    expect(TokenKind::left_parenthesis);
    type.class_name = text();
    expect(TokenKind::comma);
    type.snapshot = text();
    expect(TokenKind::right_parenthesis);
  } else if (sees("INTERVAL")) {
    type.kind = TypeKind::interval;
    advance();
    type.interval = interval_qualifier(false);
  } else if (sees_name()) {
    type.name = path();
  } else {
    for (const auto& known : type_words) also_expected(known.word);
    for (const auto word :
         {"TIME", "TIMESTAMP", "ARRAY", "MAP", "MULTISET", "ROW", "RAW", "STRUCTURED"}) {
      also_expected(word);
    }
    fail_expecting("a data type");
  }
  return type;
}

// Types of one word, some with a length; false if none is here.
bool ParserCore::simple_type(DataType& type) {
  if (!sees(TokenKind::word) || token().word_class == WordClass::name) return false;
  if (sees("TIME") || sees("TIMESTAMP")) {
    time_type(type);
    return true;
  }
  const auto word = spelled(token());
  for (const auto& known : type_words) {
    if (!is_word(word, known.word)) continue;
    type.kind = known.kind;
    advance();
    if (type.kind == TypeKind::double_) accept("PRECISION");
    if (type.kind == TypeKind::character && accept("VARYING")) type.kind = TypeKind::varchar;
    if (type.kind == TypeKind::binary && accept("VARYING")) type.kind = TypeKind::varbinary;
    if (known.numbers == 0 || !at(TokenKind::left_parenthesis)) return true;
    advance();
    type.precision = whole_number();
    if (known.numbers > 1 && accept(TokenKind::comma)) type.scale = whole_number();
    expect(TokenKind::right_parenthesis);
    return true;
  }
  return false;
}

// TIME(p), TIMESTAMP(p) [WITHOUT TIME ZONE | WITH LOCAL TIME ZONE]
void ParserCore::time_type(DataType& type) {
  type.kind = sees("TIME") ? TypeKind::time : TypeKind::timestamp;
  advance();
  type.precision = precision();
  if (accept("WITHOUT")) {
    expect("TIME");
    expect("ZONE");
  } else if (sees("WITH") && (sees("LOCAL", 1) || sees("TIME", 1))) {
    advance();
    if (type.kind == TypeKind::time) {
      fail_with(SyntaxErrorKind::refused, token().range, "TIME knows no time zones", "write TIME");
    }
    if (!at("LOCAL")) {
      fail_with(SyntaxErrorKind::refused, token().range,
                "TIMESTAMP WITH TIME ZONE is not a type of Flink's SQL",
                "an instant is TIMESTAMP_LTZ");
    }
    advance();
    expect("TIME");
    expect("ZONE");
    type.kind = TypeKind::timestamp_ltz;
  }
}

List<RowField> ParserCore::row_fields(TokenKind close) {
  std::vector<RowField> out;
  if (sees(close)) return {};
  do {
    RowField field;
    field.name = name();
    field.type = nullable_data_type();
    if (sees(TokenKind::text)) field.comment = text();
    out.push_back(field);
  } while (accept(TokenKind::comma));
  return list(out);
}

}  // namespace flink::sql
