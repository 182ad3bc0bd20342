// SPDX-License-Identifier: Apache-2.0
#include "codegen/lexer.h"

#include <algorithm>

namespace flink::codegen {
namespace {

bool starts_identifier(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool continues_identifier(char c) { return starts_identifier(c) || is_digit(c); }
bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v'; }

class Lexer {
 public:
  explicit Lexer(std::string_view source) : source_(source) {}

  std::vector<Token> run() {
    while (at_ < source_.size()) step();
    return std::move(tokens_);
  }

 private:
  char peek(std::size_t ahead = 0) const {
    return at_ + ahead < source_.size() ? source_[at_ + ahead] : '\0';
  }
  void advance() {
    if (source_[at_++] != '\n') return;
    ++line_;
    line_start_ = at_;
    fresh_line_ = true;
  }
  void advance_to(std::size_t end) {
    end = std::min(end, source_.size());
    while (at_ < end) advance();
  }
  void skip_to_line_end() {
    while (at_ < source_.size() && source_[at_] != '\n') {
      if (source_[at_] == '\\' && peek(1) == '\n') advance();
      advance();
    }
  }
  void skip_block_comment() {
    const auto end = source_.find("*/", at_ + 2);
    advance_to(end == std::string_view::npos ? source_.size() : end + 2);
  }

  // Adds source_[begin, end) as a token that started where the lexer was at `begin`.
  void add(TokenKind kind, std::size_t begin, std::size_t end, int line, int column) {
    tokens_.push_back({kind, source_.substr(begin, end - begin), begin, line, column});
  }

  void step() {
    const char c = peek();
    if (is_blank(c) || c == '\n') return advance();
    if (c == '/' && peek(1) == '/') return skip_to_line_end();
    if (c == '/' && peek(1) == '*') return skip_block_comment();
    if (c == '\\' && peek(1) == '\n') return advance_to(at_ + 2);
    if (c == '#' && fresh_line_) return directive();
    fresh_line_ = false;
    if (starts_identifier(c)) return word();
    if (is_digit(c) || (c == '.' && is_digit(peek(1)))) return number();
    if (c == '"') return quoted('"', TokenKind::string);
    if (c == '\'') return quoted('\'', TokenKind::character);
    const std::size_t length = (c == ':' && peek(1) == ':') || (c == '-' && peek(1) == '>') ? 2
                               : (c == '.' && peek(1) == '.' && peek(2) == '.')             ? 3
                                                                                            : 1;
    add(TokenKind::punctuator, at_, at_ + length, line_, column());
    advance_to(at_ + length);
  }

  int column() const { return static_cast<int>(at_ - line_start_) + 1; }

  // Only #include says something here; other directives (whole macros) are skipped.
  void directive() {
    std::size_t at = at_ + 1;
    while (at < source_.size() && is_blank(source_[at])) ++at;
    if (source_.substr(at).starts_with("include")) {
      at += 7;
      while (at < source_.size() && is_blank(source_[at])) ++at;
      const auto end = source_.find_first_of(source_[at] == '<' ? ">\n" : "\"\n", at + 1);
      if (end != std::string_view::npos && source_[end] != '\n') {
        add(TokenKind::include, at, end + 1, line_, static_cast<int>(at - line_start_) + 1);
      }
    }
    skip_to_line_end();
  }

  void word() {
    const auto begin = at_;
    auto end = at_;
    while (end < source_.size() && continues_identifier(source_[end])) ++end;
    const auto text = source_.substr(begin, end - begin);
    if (end < source_.size() && (source_[end] == '"' || source_[end] == '\'')) {
      const bool raw = text == "R" || text == "LR" || text == "uR" || text == "UR" || text == "u8R";
      const bool prefix = text == "L" || text == "u" || text == "U" || text == "u8";
      if (raw && source_[end] == '"') {
        advance_to(end);
        return raw_string();
      }
      if (prefix) return advance_to(end);  // the literal follows
    }
    add(TokenKind::identifier, begin, end, line_, column());
    advance_to(end);
  }

  void number() {
    auto end = at_ + 1;
    while (end < source_.size() &&
           (continues_identifier(source_[end]) || source_[end] == '.' || source_[end] == '\'' ||
            ((source_[end] == '+' || source_[end] == '-') &&
             std::string_view{"eEpP"}.find(source_[end - 1]) != std::string_view::npos))) {
      ++end;
    }
    add(TokenKind::number, at_, end, line_, column());
    advance_to(end);
  }

  void quoted(char quote, TokenKind kind) {
    const int line = line_;
    const int start = column();
    auto end = at_ + 1;
    while (end < source_.size() && source_[end] != quote && source_[end] != '\n') {
      end += source_[end] == '\\' ? 2 : 1;
    }
    end = std::min(end, source_.size());
    add(kind, at_ + 1, end, line, start);
    advance_to(end + (end < source_.size() && source_[end] == quote ? 1 : 0));
  }

  void raw_string() {
    const int line = line_;
    const int start = column();
    const auto open = source_.find('(', at_);
    if (open == std::string_view::npos) return advance_to(source_.size());
    const std::string close = ")" + std::string{source_.substr(at_ + 1, open - at_ - 1)} + "\"";
    const auto end = std::min(source_.find(close, open), source_.size());
    add(TokenKind::string, open + 1, end, line, start);
    advance_to(end + close.size());
  }

  std::string_view source_;
  std::size_t at_ = 0;
  std::size_t line_start_ = 0;
  int line_ = 1;
  bool fresh_line_ = true;
  std::vector<Token> tokens_;
};

}  // namespace

std::vector<Token> tokenize(std::string_view source) { return Lexer(source).run(); }

std::size_t closing(const std::vector<Token>& tokens, std::size_t open) {
  int depth = 0;
  for (std::size_t i = open; i < tokens.size(); ++i) {
    const auto& token = tokens[i];
    if (token.kind != TokenKind::punctuator) continue;
    if (token.is("(") || token.is("[") || token.is("{")) ++depth;
    if (token.is(")") || token.is("]") || token.is("}")) {
      if (--depth == 0) return i;
    }
  }
  return tokens.empty() ? 0 : tokens.size() - 1;
}

bool includes_flink(std::string_view source) {
  for (const auto file : included_files(source)) {
    if (file.starts_with("flink/")) return true;
  }
  return false;
}

std::vector<std::string_view> included_files(std::string_view source) {
  std::vector<std::string_view> out;
  for (const auto& token : tokenize(source)) {
    if (token.kind != TokenKind::include || token.text.size() < 2) continue;
    out.push_back(token.text.substr(1, token.text.size() - 2));
  }
  return out;
}

}  // namespace flink::codegen
