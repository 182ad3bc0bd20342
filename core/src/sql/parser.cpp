// SPDX-License-Identifier: Apache-2.0
#include "sql/parser.h"

#include "sql/parser_statements.h"

namespace flink::sql {
namespace {

template <class T, class Read>
Parsed<T> parse_whole(std::string_view source, Read read) {
  Parsed<T> out;
  out.arena = std::make_unique<Arena>();
  const auto lexed = tokenize(source);
  ParserCore parser(source, lexed, *out.arena);
  try {
    out.root = read(parser);
    parser.expect_end();
  } catch (const ParseFailure&) {
  }
  out.errors = parser.finished_errors();
  if (has_errors(out.errors)) out.root = nullptr;
  return out;
}

}  // namespace

Parsed<Expression> parse_expression(std::string_view source) {
  return parse_whole<Expression>(source, [](ParserCore& parser) { return parser.expression(); });
}

Parsed<Query> parse_query(std::string_view source) {
  return parse_whole<Query>(source, [](ParserCore& parser) { return parser.query(); });
}

Script parse_script(std::string_view source) {
  Script out;
  out.arena = std::make_unique<Arena>();
  const auto lexed = tokenize(source);
  ParserStatements parser(source, lexed, *out.arena);
  out.statements = parser.script();
  out.errors = parser.finished_errors();
  return out;
}

}  // namespace flink::sql
