// SPDX-License-Identifier: Apache-2.0
// Where a parse goes on after an error: at the next clause of the same query.
#include "sql/parser_core.h"

namespace flink::sql {
namespace {

struct ClauseWord {
  std::string_view word;
  int rank;  // in the order of a query
};
constexpr ClauseWord clause_words[] = {
    {"FROM", 1},    {"WHERE", 2},  {"GROUP", 3},     {"HAVING", 4}, {"WINDOW", 5},
    {"QUALIFY", 6}, {"UNION", 7},  {"INTERSECT", 7}, {"EXCEPT", 7}, {"ORDER", 7},
    {"LIMIT", 7},   {"OFFSET", 7}, {"FETCH", 7},
};

constexpr int last_rank = 7;
constexpr std::size_t errors_max = 100;

}  // namespace

int ParserCore::clause_rank() const {
  if (token().kind != TokenKind::word || token().word_class != WordClass::reserved) return -1;
  if (at_ > 0 && is_word(spelled(tokens_[at_ - 1]), "DISTINCT")) return -1;  // IS DISTINCT FROM
  for (const auto& known : clause_words) {
    if (sees(known.word)) return known.rank;
  }
  return -1;
}

// What may follow a clause of a query: a later one, or what the query stands in.
void ParserCore::expect_clause_end(int rank) {
  if (ended() || sees(TokenKind::right_parenthesis) || sees(TokenKind::comma)) return;
  if (clause_rank() > rank || (clause_rank() == rank && rank == last_rank)) return;
  if (sees("ON") || sees("PARTITION")) return;
  for (const auto& known : clause_words) {
    if (known.rank > rank) also_expected(known.word);
  }
  fail_expecting(nesting_ > 1 ? "')'" : "';'");
}

// From the error, in a clause of this rank that began at `begin`, to a later clause of the same
// query, or to the parenthesis that closes the query. False: there is none.
bool ParserCore::skip_to_clause(std::size_t begin, int rank) {
  if (errors().size() >= errors_max) return false;
  int depth = 0;
  for (std::size_t i = begin; i < at_; ++i) {
    depth += tokens_[i].kind == TokenKind::left_parenthesis;
    depth -= tokens_[i].kind == TokenKind::right_parenthesis;
  }
  for (; !ended(); advance()) {
    if (sees(TokenKind::left_parenthesis)) ++depth;
    if (sees(TokenKind::right_parenthesis) && --depth < 0) return true;
    if (depth == 0 && clause_rank() > rank) return true;
  }
  return false;
}

}  // namespace flink::sql
