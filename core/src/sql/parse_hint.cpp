// SPDX-License-Identifier: Apache-2.0
// Hints: /*+ A(b, c), D('k' = 'v') */ behind SELECT and behind a table. Elsewhere one is a comment.
#include "sql/parser_core.h"

namespace flink::sql {

// Of the hint in front of the token at hand.
List<Hint> ParserCore::hints() {
  while (next_hint_ < lexed_.hints.size() && lexed_.hints[next_hint_].before < at_) ++next_hint_;
  if (next_hint_ == lexed_.hints.size() || lexed_.hints[next_hint_].before != at_) return {};
  const auto& inside = lexed_.hints[next_hint_];
  hints_read_.push_back(next_hint_++);
  const auto outside = std::exchange(tokens_, {inside.tokens.data(), inside.tokens.size()});
  const auto outside_at = std::exchange(at_, 0);
  const auto back = [&] {
    tokens_ = outside;
    at_ = outside_at;
  };
  std::vector<Hint> out;
  try {
    do out.push_back(hint());
    while (accept(TokenKind::comma));
    expect_end();
  } catch (const ParseFailure&) {
    out.clear();  // noted; the query goes on
  }
  back();
  return list(out);
}

Hint ParserCore::hint() {
  Hint out;
  out.name = name();
  if (!accept(TokenKind::left_parenthesis)) return out;
  std::vector<HintOption> options;
  if (!sees(TokenKind::right_parenthesis)) {
    do {
      HintOption option;
      if (sees_text()) {
        option.key = text();
      } else if (sees(TokenKind::integer) || sees(TokenKind::decimal)) {
        option.key = {spelled(token()), token().range};
        option.number = true;
        advance();
      } else {
        option.name = name();
      }
      if (accept(TokenKind::equal)) option.value = text();
      options.push_back(option);
    } while (accept(TokenKind::comma));
  }
  expect(TokenKind::right_parenthesis);
  out.options = list(options);
  return out;
}

// All that was found, in the order of the text; a hint nobody read is one more.
std::vector<SyntaxError> ParserCore::finished_errors() {
  for (std::size_t i = 0; i < lexed_.hints.size(); ++i) {
    if (std::find(hints_read_.begin(), hints_read_.end(), i) == hints_read_.end()) {
      note(SyntaxErrorKind::warning, lexed_.hints[i].range, "this hint is a comment here",
           "a hint stands behind SELECT or behind a table's name");
    }
  }
  std::stable_sort(
      errors().begin(), errors().end(),
      [](const SyntaxError& a, const SyntaxError& b) { return a.range.begin < b.range.begin; });
  return std::move(errors());
}

}  // namespace flink::sql
