// SPDX-License-Identifier: Apache-2.0
// MATCH_RECOGNIZE and its patterns.
#include "sql/parser_core.h"

namespace flink::sql {

// input MATCH_RECOGNIZE (...) [AS alias]; the input itself if there is none.
const Relation* ParserCore::matched(const Relation* input, Range begin) {
  if (!accept("MATCH_RECOGNIZE")) return input;
  const Level level(*this);
  MatchRecognize out;
  out.input = input;
  expect(TokenKind::left_parenthesis);
  if (accept("PARTITION")) {
    expect("BY");
    out.partition_by = list(expressions_until(TokenKind::end));
  }
  if (at("ORDER")) out.order_by = order_by();
  if (accept("MEASURES")) {
    std::vector<Measure> measures;
    do {
      Measure measure;
      measure.value = expression();
      expect("AS");
      measure.alias = name();
      measures.push_back(measure);
    } while (accept(TokenKind::comma));
    out.measures = list(measures);
  }
  match_rows(out);
  match_skip(out);
  expect("PATTERN");
  expect(TokenKind::left_parenthesis);
  out.anchored_begin = accept(TokenKind::caret);
  out.pattern = pattern();
  out.anchored_end = accept("$");
  expect(TokenKind::right_parenthesis);
  if (accept("WITHIN")) {
    if (!sees("INTERVAL")) fail_expecting("INTERVAL");
    out.within = interval();
  }
  if (accept("SUBSET")) {
    std::vector<Subset> subsets;
    do {
      Subset subset;
      subset.name = name();
      expect(TokenKind::equal);
      subset.variables = name_list();
      subsets.push_back(subset);
    } while (accept(TokenKind::comma));
    out.subsets = list(subsets);
  }
  expect("DEFINE");
  std::vector<Definition> definitions;
  do {
    Definition definition;
    definition.variable = name();
    expect("AS");
    definition.condition = expression();
    definitions.push_back(definition);
  } while (accept(TokenKind::comma));
  out.definitions = list(definitions);
  expect(TokenKind::right_parenthesis);
  out.depth = static_cast<std::uint16_t>(input->depth + 1);
  return aliased(out, begin);
}

void ParserCore::match_rows(MatchRecognize& match) {
  const bool one = accept("ONE", "ROW");
  if (!one && !accept("ALL", "ROWS")) return;
  match.rows = one ? MatchRecognize::Rows::one : MatchRecognize::Rows::all;
  expect("PER");
  expect("MATCH");
}

void ParserCore::match_skip(MatchRecognize& match) {
  using Skip = MatchRecognize::Skip;
  if (!accept("AFTER", "MATCH")) return;
  expect("SKIP");
  if (accept("PAST")) {
    expect("LAST");
    expect("ROW");
    match.skip = Skip::past_last_row;
    return;
  }
  expect("TO");
  if (accept("NEXT")) {
    expect("ROW");
    match.skip = Skip::to_next_row;
    return;
  }
  const bool first = sees("FIRST") && sees_name(1);
  if (first || (sees("LAST") && sees_name(1))) advance();
  match.skip = first ? Skip::to_first : Skip::to_last;
  match.skip_variable = name();
}

const Pattern* ParserCore::finish_pattern(Pattern pattern, Range begin) {
  int below = 0;
  for (const auto* const part : pattern.parts) below = std::max<int>(below, part->depth);
  if (below >= expression_depth_max) fail_too_deep();
  pattern.depth = static_cast<std::uint16_t>(below + 1);
  pattern.range = from(begin);
  return arena_.make(pattern);
}

// a | b
const Pattern* ParserCore::pattern() {
  const Level level(*this);
  const auto begin = token().range;
  std::vector<const Pattern*> parts{pattern_sequence()};
  while (accept(TokenKind::bar)) parts.push_back(pattern_sequence());
  if (parts.size() == 1) return parts.front();
  Pattern out{PatternKind::alternation};
  out.parts = list(parts);
  return finish_pattern(out, begin);
}

bool ParserCore::sees_pattern() const {
  return (sees_name() && !sees("$")) || sees("PERMUTE") || sees(TokenKind::left_parenthesis) ||
         sees(TokenKind::left_brace);
}

const Pattern* ParserCore::pattern_sequence() {
  const auto begin = token().range;
  std::vector<const Pattern*> parts{pattern_factor()};
  while (sees_pattern()) parts.push_back(pattern_factor());
  if (parts.size() == 1) return parts.front();
  Pattern out{PatternKind::sequence};
  out.parts = list(parts);
  return finish_pattern(out, begin);
}

const Pattern* ParserCore::pattern_factor() {
  const auto begin = token().range;
  const auto* const inner = pattern_primary();
  Pattern out{PatternKind::quantified};
  if (!pattern_quantifier(out)) return inner;
  out.parts = list(std::vector<const Pattern*>{inner});
  out.reluctant = accept(TokenKind::question);
  return finish_pattern(out, begin);
}

// *, +, ?, {n}, {n,}, {n,m}, {,m}
bool ParserCore::pattern_quantifier(Pattern& pattern) {
  if (accept(TokenKind::star)) {
    pattern.least = 0;
  } else if (accept(TokenKind::plus)) {
    pattern.least = 1;
  } else if (accept(TokenKind::question)) {
    pattern.least = 0;
    pattern.most = 1;
  } else if (sees(TokenKind::left_brace) && !sees(TokenKind::minus, 1)) {
    advance();
    if (sees(TokenKind::integer)) pattern.least = pattern.most = whole_number();
    else if (!at(TokenKind::comma)) fail_expecting("a whole number");
    if (accept(TokenKind::comma)) {
      pattern.most = sees(TokenKind::integer) || pattern.least < 0 ? whole_number() : -1;
    }
    expect(TokenKind::right_brace);
  } else {
    return false;
  }
  return true;
}

const Pattern* ParserCore::pattern_primary() {
  const auto begin = token().range;
  if (accept(TokenKind::left_parenthesis)) {
    const auto* const inner = pattern();
    expect(TokenKind::right_parenthesis);
    return inner;
  }
  Pattern out;
  if (accept(TokenKind::left_brace)) {
    out.kind = PatternKind::exclusion;
    expect(TokenKind::minus);
    out.parts = list(std::vector<const Pattern*>{pattern()});
    expect(TokenKind::minus);
    expect(TokenKind::right_brace);
  } else if (accept("PERMUTE")) {
    out.kind = PatternKind::permutation;
    expect(TokenKind::left_parenthesis);
    std::vector<const Pattern*> parts;
    do parts.push_back(pattern());
    while (accept(TokenKind::comma));
    out.parts = list(parts);
    expect(TokenKind::right_parenthesis);
  } else {
    if (!sees_name()) fail_expecting("a pattern variable");
    out.variable = name();
  }
  return finish_pattern(out, begin);
}

}  // namespace flink::sql
