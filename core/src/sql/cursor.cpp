// SPDX-License-Identifier: Apache-2.0
#include "sql/cursor.h"

#include <algorithm>
#include <iterator>

#include "flink/base/check.h"

namespace flink::sql {
namespace {

using detail::concat;

constexpr std::size_t shown_bytes_max = 40;

// In the order of TokenKind.
constexpr std::string_view symbols[] = {"the end",  "a word",   "a name",   "a whole number",
                                        "a number", "a number", "a 'text'", "a 'text'",
                                        "a 'text'", "a 'text'", "X'bytes'", "(",
                                        ")",        "[",        "]",        "{",
                                        "}",        ",",        ".",        ";",
                                        ":",        "+",        "-",        "*",
                                        "/",        "%",        "=",        "<>",
                                        "!=",       "<",        "<=",       ">",
                                        ">=",       "||",       "=>",       "|",
                                        "^",        "?",        "?"};
static_assert(std::size(symbols) == static_cast<std::size_t>(TokenKind::unknown) + 1);

std::string_view symbol_of(TokenKind kind) { return symbols[static_cast<std::size_t>(kind)]; }

bool is_keyword_text(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(),
                                      [](char c) { return (c >= 'A' && c <= 'Z') || c == '_'; });
}

// Words between the parts of a statement: where one comes too early, no name is meant by it.
bool joins_clauses(std::string_view word) {
  constexpr std::string_view words[] = {
      "AND",   "AS", "BY", "ELSE",  "END",    "FROM", "GROUP", "IN",   "IS",    "JOIN",
      "LIMIT", "ON", "OR", "ORDER", "SELECT", "THEN", "UNION", "WHEN", "WHERE", "HAVING"};
  return std::any_of(std::begin(words), std::end(words),
                     [word](std::string_view known) { return is_word(word, known); });
}

}  // namespace

Cursor::Cursor(std::string_view source, const Lexed& lexed, Arena& arena)
    : source_(source),
      lexed_(lexed),
      arena_(arena),
      tokens_(lexed.tokens.data(), lexed.tokens.size()) {}

void Cursor::advance() {
  if (token().kind == TokenKind::end) return;
  ++at_;
  expected_before_.swap(expected_);
  expected_.clear();
}

bool Cursor::at(std::string_view word) {
  if (sees(word)) return true;
  also_expected(word);
  return false;
}

bool Cursor::at(TokenKind kind) {
  if (sees(kind)) return true;
  also_expected(symbol_of(kind));
  return false;
}

bool Cursor::accept(std::string_view first, std::string_view second) {
  if (!at(first)) return false;
  if (!sees(second, 1)) return false;
  advance();
  advance();
  return true;
}

std::string Cursor::shown(const Token& token) const {
  if (ended_by(token)) return "the end";
  const auto text = spelled(token);
  const bool symbol = token.kind >= TokenKind::left_parenthesis;
  if (text.size() <= shown_bytes_max) {
    return symbol ? concat("'", text, "'") : std::string{text};
  }
  std::size_t size = shown_bytes_max;
  while ((static_cast<unsigned char>(text[size]) & 0xC0) == 0x80) --size;
  return concat(text.substr(0, size), "...");
}

std::string Cursor::unexpected_text(const Token& token) const {
  if (token.kind == TokenKind::end) return "the text ends too early";
  if (token.kind == TokenKind::semicolon) return "the statement ends too early";
  return concat("unexpected ", shown(token));
}

// "a, b or c" of what was expected; of many only what are no keywords.
std::string Cursor::expected_text() const {
  constexpr std::size_t shown_max = 6;
  auto shown = expected_list();
  if (shown.size() > shown_max) std::erase_if(shown, is_keyword_text);
  if (shown.size() > shown_max) return {};
  std::string out;
  for (std::size_t i = 0; i < shown.size(); ++i) {
    out += i == 0 ? "; expected " : i + 1 == shown.size() ? " or " : ", ";
    const bool symbol = shown[i].size() <= 2 && !is_keyword_text(shown[i]);
    out += symbol ? concat("'", shown[i], "'") : shown[i];
  }
  return out;
}

std::vector<std::string> Cursor::expected_list() const {
  std::vector<std::string> out;
  for (const auto text : expected_) {
    if (std::find(out.begin(), out.end(), text) == out.end()) out.emplace_back(text);
  }
  return out;
}

std::string Cursor::hint_for(std::size_t token_index) const {
  const auto& token = tokens_[token_index];
  const auto nearest = [this](const Token& of, const std::vector<std::string_view>& expected) {
    std::vector<std::string_view> words;
    for (const auto text : expected) {
      if (is_keyword_text(text)) words.push_back(text);
    }
    const bool may_be = of.kind == TokenKind::word && of.word_class != WordClass::reserved;
    return may_be ? nearest_word(spelled(of), words) : std::nullopt;
  };
  if (const auto word = nearest(token, expected_)) return concat("did you mean ", *word, "?");
  // A misspelt keyword is often taken for an alias: "SELECT a FORM t".
  if (token_index > 0 && token_index == at_) {
    const auto& before = tokens_[token_index - 1];
    auto candidates = expected_before_;
    candidates.insert(candidates.end(), expected_.begin(), expected_.end());
    if (const auto word = nearest(before, candidates)) {
      return concat("did you mean ", *word, " by ", spelled(before), "?");
    }
  }
  const bool reserved = token.kind == TokenKind::word && token.word_class == WordClass::reserved;
  const bool joins = reserved && joins_clauses(spelled(token));
  if (joins && token_index > 0 && tokens_[token_index - 1].kind == TokenKind::comma) {
    return concat("is the comma before ", spelled(token), " one too many?");
  }
  if (reserved && expects_name() && !joins) {
    return concat(spelled(token), " is a reserved word; a name is written `", spelled(token), "`");
  }
  if (token.kind == TokenKind::bang_equal) return "not equal is written <>";
  return {};
}

bool Cursor::expects_name() const {
  return std::any_of(expected_.begin(), expected_.end(), [](std::string_view text) {
    return text == "a name" || text == "an expression" || text == "a column" || text == "a table";
  });
}

void Cursor::fail_at(std::size_t token_index) {
  if (operator_at_ != no_operator && token_index > operator_at_ &&
      token_index - operator_at_ <= operator_reach_ &&
      tokens_[token_index].kind != TokenKind::unknown) {
    const auto& op = tokens_[operator_at_];
    fail_with(SyntaxErrorKind::unexpected, op.range,
              concat("unexpected ", shown(op), ": no value follows it, but ",
                     shown(tokens_[token_index])),
              hint_for(token_index));
  }
  const auto& token = tokens_[token_index];
  if (token.kind == TokenKind::unknown) {
    for (const auto& complaint : lexed_.complaints) {
      if (complaint.range == token.range) {
        fail_with(SyntaxErrorKind::lexical, complaint.range, complaint.what, complaint.hint);
      }
    }
    // The rest of a text that is not UTF-8.
    const auto& first = lexed_.complaints.front();
    fail_with(SyntaxErrorKind::lexical, first.range, first.what, first.hint);
  }
  const bool reserved = token.kind == TokenKind::word && token.word_class == WordClass::reserved;
  auto hint = hint_for(token_index);
  note(reserved ? SyntaxErrorKind::reserved : SyntaxErrorKind::unexpected, token.range,
       unexpected_text(token) + expected_text(), std::move(hint));
  errors_.back().expected = expected_list();
  throw ParseFailure{};
}

void Cursor::fail_with(SyntaxErrorKind kind, Range range, std::string what, std::string hint) {
  note(kind, range, std::move(what), std::move(hint));
  throw ParseFailure{kind == SyntaxErrorKind::too_deep};
}

void Cursor::note(SyntaxErrorKind kind, Range range, std::string what, std::string hint) {
  // Flink's end is at the last character.
  const auto text_end = static_cast<std::uint32_t>(source_.size());
  if (range.begin == text_end && text_end > 0) {
    --range.begin;
    while (range.begin > 0 && (static_cast<unsigned char>(source_[range.begin]) & 0xC0) == 0x80) {
      --range.begin;
    }
  }
  errors_.push_back(
      {kind, range, position_of(source_, range.begin), std::move(what), std::move(hint), {}});
}

std::string_view Cursor::decoded_token(const Token& token) {
  std::vector<Complaint> complaints;
  const auto out = decoded(source_, token, arena_, complaints);
  for (auto& complaint : complaints) {
    fail_with(SyntaxErrorKind::invalid, complaint.range, complaint.what, complaint.hint);
  }
  return out;
}

Name Cursor::name() {
  if (!sees_name()) fail_expecting("a name");
  const auto& at = token();
  const bool quoted = at.kind == TokenKind::quoted_name;
  const Name out{quoted ? decoded_token(at) : spelled(at), at.range, quoted};
  advance();
  return out;
}

Path Cursor::path() {
  std::vector<Name> parts{name()};
  while (sees(TokenKind::dot) && sees_name(1)) {
    advance();
    parts.push_back(name());
  }
  return list(parts);
}

Text Cursor::text() {
  if (!sees_text()) fail_expecting("a 'text'");
  const Text out{decoded_token(token()), token().range};
  advance();
  return out;
}

}  // namespace flink::sql
