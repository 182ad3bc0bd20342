// SPDX-License-Identifier: Apache-2.0
// SQL text to tokens, the whole text at once. Comments go; hints (/*+ ... */) lie beside the
// tokens, at the token that follows them: where the grammar has no hint it is a comment.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sql/arena.h"
#include "sql/source.h"
#include "sql/words.h"

namespace flink::sql {

enum class TokenKind : std::uint8_t {
  end,  // after the last one; its range is empty
  word,
  quoted_name,   // `...`
  integer,       // 12
  decimal,       // 1.2, .5
  approximate,   // 1e0
  text,          // '...'
  unicode_text,  // U&'...'
  escaped_text,  // e'...'
  charset_text,  // N'...', _UTF8'...'
  bytes,         // X'...'
  left_parenthesis,
  right_parenthesis,
  left_bracket,
  right_bracket,
  left_brace,
  right_brace,
  comma,
  dot,
  semicolon,
  colon,
  plus,
  minus,
  star,
  slash,
  percent,
  equal,
  not_equal,   // <>
  bang_equal,  // !=
  less,
  less_equal,
  greater,
  greater_equal,
  concat,  // ||
  arrow,   // =>
  bar,
  caret,
  question,
  unknown,  // no token of SQL; Lexed::complaints says why
};

struct Token {
  TokenKind kind = TokenKind::end;
  WordClass word_class = WordClass::name;  // of a word
  Range range;
};

struct Complaint {
  Range range;
  std::string what;
  std::string hint;
};

struct HintTokens {
  std::size_t before;  // index of the token that follows the hint
  Range range;
  std::vector<Token> tokens;  // of its inside; the last is an end
};

struct Lexed {
  std::vector<Token> tokens;  // the last is an end
  std::vector<HintTokens> hints;
  std::vector<Complaint> complaints;  // in order; of each the token is `unknown`
};

// Never throws for any bytes.
Lexed tokenize(std::string_view source);

// What the literal or quoted name says, in the arena where it differs from the source. A literal
// that cannot be decoded gives a complaint.
std::string_view decoded(std::string_view source, const Token& token, Arena& arena,
                         std::vector<Complaint>& complaints);
// The same of U&'...' with another escape character than a backslash.
std::string_view decoded_unicode(std::string_view source, const Token& token, char32_t escape,
                                 Arena& arena, std::vector<Complaint>& complaints);

}  // namespace flink::sql
