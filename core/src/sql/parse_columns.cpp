// SPDX-License-Identifier: Apache-2.0
// Columns, constraints and watermarks of a table.
#include "sql/parser_statements.h"

namespace flink::sql {

// The parentheses of CREATE TABLE; an error in one element lets the others be read.
void ParserStatements::table_elements(CreateTable& table) {
  expect(TokenKind::left_parenthesis);
  table.schema_given = true;
  const bool names_only =
      sees_name() && (sees(TokenKind::comma, 1) || sees(TokenKind::right_parenthesis, 1));
  if (names_only) {
    std::vector<Name> names;
    do names.push_back(name());
    while (accept(TokenKind::comma));
    table.column_names = list(names);
    expect(TokenKind::right_parenthesis);
    return;
  }
  SchemaParts parts;
  do {
    const auto begin = at_;
    try {
      table_element(parts);
      if (!at(TokenKind::comma) && !at(TokenKind::right_parenthesis)) fail();
    } catch (const ParseFailure& failure) {
      if (failure.fatal || !skip_element(begin)) throw;
    }
  } while (accept(TokenKind::comma));
  expect(TokenKind::right_parenthesis);
  table.schema = schema(parts);
}

// To the comma or parenthesis that ends the element; false: there is none.
bool ParserStatements::skip_element(std::size_t begin) {
  operator_at_ = no_operator;
  int depth = 0;
  for (std::size_t i = begin; i < at_; ++i) {
    depth += tokens_[i].kind == TokenKind::left_parenthesis;
    depth -= tokens_[i].kind == TokenKind::right_parenthesis;
  }
  for (; !ended(); advance()) {
    if (depth <= 0 && (sees(TokenKind::comma) || sees(TokenKind::right_parenthesis))) return true;
    if (depth <= 0 && sees("WITH")) return false;  // the closing parenthesis is missing
    if (sees(TokenKind::left_parenthesis)) ++depth;
    if (sees(TokenKind::right_parenthesis)) --depth;
  }
  return false;
}

TableSchema ParserStatements::schema(const SchemaParts& parts) {
  return {list(parts.columns), list(parts.constraints), parts.watermark};
}

bool ParserStatements::sees_constraint() const {
  return sees("CONSTRAINT") || sees("PRIMARY") || sees("UNIQUE");
}

void ParserStatements::table_element(SchemaParts& parts) {
  if (sees("WATERMARK")) return watermark(parts);
  if (sees_constraint()) {
    parts.constraints.push_back(constraint(true));
    return;
  }
  if (!sees_name()) {
    for (const auto word : {"WATERMARK", "PRIMARY", "CONSTRAINT"}) also_expected(word);
    fail_expecting("a column");
  }
  parts.columns.push_back(column());
}

void ParserStatements::watermark(SchemaParts& parts) {
  const auto begin = token().range;
  if (parts.watermark != nullptr) {
    fail_with(SyntaxErrorKind::invalid, begin, "a table has one WATERMARK, this is the second",
              "keep one of them");
  }
  Watermark out;
  expect("WATERMARK");
  expect("FOR");
  out.column = path();
  expect("AS");
  out.expression = expression();
  out.range = from(begin);
  parts.watermark = arena_.make(out);
}

// [CONSTRAINT name] PRIMARY KEY [(columns)] [[NOT] ENFORCED]
Constraint ParserStatements::constraint(bool of_table) {
  const auto begin = token().range;
  Constraint out;
  if (accept("CONSTRAINT")) out.name = name();
  out.primary_key = !accept("UNIQUE");
  if (out.primary_key) {
    expect("PRIMARY");
    expect("KEY");
  }
  if (of_table) out.columns = name_list();
  if (accept("ENFORCED")) out.enforcement = Enforcement::enforced;
  else if (accept("NOT", "ENFORCED")) out.enforcement = Enforcement::not_enforced;
  out.range = from(begin);
  return out;
}

Column ParserStatements::column() {
  const auto begin = token().range;
  Column out;
  out.name = path();
  if (accept("AS")) {
    out.kind = ColumnKind::computed;
    out.expression = expression();
  } else {
    out.type = nullable_data_type();
    if (accept("METADATA")) {
      out.kind = ColumnKind::metadata;
      if (accept("FROM")) out.metadata_key = text();
      out.is_virtual = accept("VIRTUAL");
    } else if (sees_constraint()) {
      out.constraint = arena_.make(constraint(false));
    }
  }
  out.comment = comment();
  out.range = from(begin);
  return out;
}

}  // namespace flink::sql
