// SPDX-License-Identifier: Apache-2.0
#include "sql/lexer.h"

#include "flink/base/check.h"
#include "sql/utf8.h"

namespace flink::sql {
namespace {

using detail::concat;

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}
constexpr bool starts_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$' ||
         (static_cast<unsigned char>(c) & 0x80) != 0;
}
constexpr bool goes_on_word(char c) { return starts_word(c) || is_digit(c); }

class Lexer {
 public:
  explicit Lexer(std::string_view source) : source_(source) {}

  Lexed run() {
    if (const auto bad = invalid_utf8(source_)) {
      out_.complaints.push_back(
          {{static_cast<std::uint32_t>(*bad), static_cast<std::uint32_t>(*bad + 1)},
           "the text is not UTF-8: this byte belongs to no character",
           "save the script as UTF-8"});
      source_ = source_.substr(0, *bad);
      cut_ = true;
      tokens_until(source_.size());
      add(TokenKind::unknown, source_.size(), source_.size());
    } else {
      tokens_until(source_.size());
    }
    add(TokenKind::end, source_.size(), source_.size());
    return std::move(out_);
  }

 private:
  char peek(std::size_t ahead = 0) const {
    return at_ + ahead < source_.size() ? source_[at_ + ahead] : '\0';
  }

  void add(TokenKind kind, std::size_t begin, std::size_t end) {
    Token token{kind,
                WordClass::name,
                {static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end)}};
    if (kind == TokenKind::word) token.word_class = word_class(source_.substr(begin, end - begin));
    out_.tokens.push_back(token);
  }

  void complain(std::size_t begin, std::size_t end, std::string what, std::string hint) {
    add(TokenKind::unknown, begin, end);
    out_.complaints.push_back({out_.tokens.back().range, std::move(what), std::move(hint)});
  }

  void tokens_until(std::size_t end) {
    while (at_ < end) {
      if (is_space(source_[at_])) ++at_;
      else if (!comment()) one_token();
    }
  }

  // Past a comment or hint, if one begins here.
  bool comment() {
    if ((peek() == '-' && peek(1) == '-') || (peek() == '/' && peek(1) == '/')) {
      at_ = std::min(source_.find('\n', at_), source_.size());
      return true;
    }
    if (peek() != '/' || peek(1) != '*') return false;
    const auto begin = at_;
    const auto close = source_.find("*/", at_ + 2);
    if (close == std::string_view::npos) {
      at_ = source_.size();
      if (!cut_) complain(begin, begin + 2, "this comment is not closed", "write */ at its end");
      return true;
    }
    const bool hint = peek(2) == '+' && close > at_ + 2;
    if (hint) read_hint(begin, close);
    at_ = close + 2;
    return true;
  }

  void read_hint(std::size_t begin, std::size_t close) {
    std::vector<Token> outside;
    outside.swap(out_.tokens);
    const auto hints = out_.hints.size();
    at_ = begin + 3;
    const auto source = source_;
    source_ = source_.substr(0, close);
    tokens_until(close);
    add(TokenKind::end, close, close);
    source_ = source;
    outside.swap(out_.tokens);
    out_.hints.resize(hints);
    out_.hints.push_back(
        {out_.tokens.size(),
         {static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(close + 2)},
         std::move(outside)});
  }

  void one_token() {
    const char c = peek();
    if (c == '\'') return quoted(TokenKind::text, at_, at_);
    if (c == '`') return quoted(TokenKind::quoted_name, at_, at_);
    if (is_digit(c) || (c == '.' && is_digit(peek(1)))) return number();
    if (starts_word(c)) return word();
    punctuation();
  }

  // From `begin` to the quote that closes the one at `open`; a doubled one is a character.
  void quoted(TokenKind kind, std::size_t begin, std::size_t open) {
    const char quote = source_[open];
    const bool backslashes = kind == TokenKind::escaped_text;
    for (at_ = open + 1; at_ < source_.size(); ++at_) {
      if (backslashes && source_[at_] == '\\') ++at_;
      else if (source_[at_] == quote && peek(1) == quote) ++at_;
      else if (source_[at_] == quote) return add(kind, begin, ++at_);
    }
    at_ = source_.size();
    if (cut_) return;  // the byte behind is what is wrong
    complain(begin, open + 1,
             concat("this ", quote == '`' ? "name" : "text", " is not closed: there is no further ",
                    quote),
             concat("a ", quote, " within it is written twice"));
  }

  void number() {
    const auto begin = at_;
    auto kind = TokenKind::integer;
    while (is_digit(peek())) ++at_;
    if (peek() == '.') {
      kind = TokenKind::decimal;
      ++at_;
      while (is_digit(peek())) ++at_;
    }
    const std::size_t sign = peek(1) == '+' || peek(1) == '-' ? 1 : 0;
    if ((peek() == 'e' || peek() == 'E') && is_digit(peek(1 + sign))) {
      kind = TokenKind::approximate;
      at_ += 1 + sign;
      while (is_digit(peek())) ++at_;
    }
    add(kind, begin, at_);
  }

  void word() {
    const auto begin = at_;
    const char c = peek();
    if (peek(1) == '\'') {
      if (c == 'x' || c == 'X') return quoted(TokenKind::bytes, begin, begin + 1);
      if (c == 'e' || c == 'E') return quoted(TokenKind::escaped_text, begin, begin + 1);
      if (c == 'n' || c == 'N') return quoted(TokenKind::charset_text, begin, begin + 1);
    }
    if ((c == 'u' || c == 'U') && peek(1) == '&' && peek(2) == '\'') {
      return quoted(TokenKind::unicode_text, begin, begin + 2);
    }
    while (goes_on_word(peek())) ++at_;
    if (c == '_' && peek() == '\'') return quoted(TokenKind::charset_text, begin, at_);
    add(TokenKind::word, begin, at_);
  }

  void symbol(TokenKind kind, std::size_t size) {
    add(kind, at_, at_ + size);
    at_ += size;
  }

  void punctuation() {
    using enum TokenKind;
    const char next = peek(1);
    switch (peek()) {
      case '(':
        return symbol(left_parenthesis, 1);
      case ')':
        return symbol(right_parenthesis, 1);
      case '[':
        return symbol(left_bracket, 1);
      case ']':
        return symbol(right_bracket, 1);
      case '{':
        return symbol(left_brace, 1);
      case '}':
        return symbol(right_brace, 1);
      case ',':
        return symbol(comma, 1);
      case '.':
        return symbol(dot, 1);
      case ';':
        return symbol(semicolon, 1);
      case ':':
        return symbol(colon, 1);
      case '+':
        return symbol(plus, 1);
      case '-':
        return symbol(minus, 1);
      case '*':
        return symbol(star, 1);
      case '/':
        return symbol(slash, 1);
      case '%':
        return symbol(percent, 1);
      case '^':
        return symbol(caret, 1);
      case '?':
        return symbol(question, 1);
      case '=':
        return next == '>' ? symbol(arrow, 2) : symbol(equal, 1);
      case '<':
        if (next == '>') return symbol(not_equal, 2);
        return next == '=' ? symbol(less_equal, 2) : symbol(less, 1);
      case '>':
        return next == '=' ? symbol(greater_equal, 2) : symbol(greater, 1);
      case '|':
        return next == '|' ? symbol(TokenKind::concat, 2) : symbol(bar, 1);
      case '!':
        if (next == '=') return symbol(bang_equal, 2);
        break;
      default:
        break;
    }
    foreign_character();
  }

  void foreign_character() {
    const auto begin = at_++;
    const char c = source_[begin];
    if (c == '"') {
      const auto close = source_.find('"', at_);
      if (close != std::string_view::npos) at_ = close + 1;
      return complain(begin, begin + 1, "a double quote begins nothing in Flink's SQL",
                      "a text is written 'text', a name `name`");
    }
    if (c == '!') {
      // Flink's lexer knows "!" only as the beginning of "!=": it stumbles over what follows.
      return complain(begin + 1 < source_.size() ? begin + 1 : begin,
                      std::min(begin + 2, source_.size()), "a '!' begins nothing here",
                      "not equal is written <>, negation NOT");
    }
    complain(begin, begin + 1, concat("'", c, "' is no character of SQL outside texts and names"),
             "");
  }

  std::string_view source_;
  std::size_t at_ = 0;
  bool cut_ = false;  // the source goes on with what is not UTF-8
  Lexed out_;
};

}  // namespace

Lexed tokenize(std::string_view source) { return Lexer(source).run(); }

}  // namespace flink::sql
