// SPDX-License-Identifier: Apache-2.0
// Where a parse is: the tokens, what was expected at the current one, the errors so far. Private to
// the parser.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sql/arena.h"
#include "sql/lexer.h"
#include "sql/names.h"
#include "sql/syntax_error.h"

namespace flink::sql {

// Thrown once the error is noted; caught where parsing goes on, at a clause or a statement.
struct ParseFailure {
  bool fatal = false;  // the rest of the statement cannot be understood
};

class Cursor {
 public:
  Cursor(std::string_view source, const Lexed& lexed, Arena& arena);

  const std::vector<SyntaxError>& errors() const { return errors_; }
  std::vector<SyntaxError>& errors() { return errors_; }

 protected:
  const Token& token(std::size_t ahead = 0) const {
    return tokens_[std::min(at_ + ahead, tokens_.size() - 1)];
  }
  Range last_range() const { return at_ > 0 ? tokens_[at_ - 1].range : Range{}; }
  Range from(Range begin) const { return join(begin, last_range()); }
  std::string_view spelled(const Token& token) const { return sql::spelled(source_, token.range); }
  bool ended(std::size_t ahead = 0) const { return ended_by(token(ahead)); }

  // None of these expects; the word is in upper case.
  bool sees(TokenKind kind, std::size_t ahead = 0) const { return token(ahead).kind == kind; }
  bool sees(std::string_view word, std::size_t ahead = 0) const {
    const auto& at = token(ahead);
    return at.kind == TokenKind::word && is_word(spelled(at), word);
  }
  bool sees_name(std::size_t ahead = 0) const {
    const auto& at = token(ahead);
    return at.kind == TokenKind::quoted_name ||
           (at.kind == TokenKind::word && at.word_class != WordClass::reserved);
  }
  bool sees_text(std::size_t ahead = 0) const {
    return token(ahead).kind >= TokenKind::text && token(ahead).kind <= TokenKind::charset_text;
  }

  void advance();
  // These note what they expected when they say no.
  bool at(std::string_view word);
  bool at(TokenKind kind);
  bool accept(std::string_view word) { return at(word) && (advance(), true); }
  bool accept(TokenKind kind) { return at(kind) && (advance(), true); }
  // Both words or nothing.
  bool accept(std::string_view first, std::string_view second);
  void expect(std::string_view word) {
    if (!accept(word)) fail();
  }
  void expect(TokenKind kind) {
    if (!accept(kind)) fail();
  }
  void also_expected(std::string_view what) { expected_.push_back(what); }

  // Of the token at hand: what it is, and what was expected.
  [[noreturn]] void fail() { fail_at(at_); }
  [[noreturn]] void fail_expecting(std::string_view what) {
    also_expected(what);
    fail();
  }
  [[noreturn]] void fail_at(std::size_t token_index);
  [[noreturn]] void fail_with(SyntaxErrorKind kind, Range range, std::string what,
                              std::string hint = {});
  void note(SyntaxErrorKind kind, Range range, std::string what, std::string hint = {});

  Name name();  // fails unless a name
  Path path();  // name {. name}
  Text text();  // a literal text, decoded
  std::string_view decoded_token(const Token& token);

  template <class T>
  List<T> list(const std::vector<T>& items) {
    return arena_.list(items);
  }

  // The binary operator whose first operand tokens are being read: Flink looks at an operator and
  // the two tokens behind it before it takes it, and blames the operator if they do not fit.
  static constexpr std::size_t no_operator = static_cast<std::size_t>(-1);
  std::size_t operator_at_ = no_operator;
  std::size_t operator_reach_ = 0;

  std::string_view source_;
  const Lexed& lexed_;
  Arena& arena_;
  List<Token> tokens_;
  std::size_t at_ = 0;

 private:
  static bool ended_by(const Token& token) {
    return token.kind == TokenKind::end || token.kind == TokenKind::semicolon;
  }
  std::string shown(const Token& token) const;
  std::string expected_text() const;
  bool expects_name() const;
  std::string unexpected_text(const Token& token) const;
  std::string hint_for(std::size_t token_index) const;
  std::vector<std::string> expected_list() const;

  std::vector<std::string_view> expected_;
  std::vector<std::string_view> expected_before_;  // at the last token
  std::vector<SyntaxError> errors_;
};

}  // namespace flink::sql
