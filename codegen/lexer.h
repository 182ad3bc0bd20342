// SPDX-License-Identifier: Apache-2.0
// A light C++ lexer: enough to see calls, lambdas and function definitions in a user's source while
// comments, string literals and raw strings stay what they are. No preprocessing.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace flink::codegen {

enum class TokenKind : unsigned char {
  identifier,
  number,
  string,  // text without quotes and prefix, escapes as written
  character,
  punctuator,  // one character, but "::", "->" and "..." whole
  include,     // the text of an #include with its brackets or quotes
};

struct Token {
  TokenKind kind;
  std::string_view text;  // into the source
  std::size_t offset;
  int line;    // from 1
  int column;  // from 1, in bytes

  bool is(std::string_view wanted) const {
    return text == wanted && (kind == TokenKind::identifier || kind == TokenKind::punctuator);
  }
};

// `source` must outlive the tokens. Never throws: what is not closed ends at the end of the file.
std::vector<Token> tokenize(std::string_view source);

// The index of the bracket that closes the one at `open`, or the last token's.
std::size_t closing(const std::vector<Token>& tokens, std::size_t open);

// True when the source itself includes a header of flink/, so flinkc may precompile it.
bool includes_flink(std::string_view source);

// What the source itself includes, without brackets and quotes.
std::vector<std::string_view> included_files(std::string_view source);

}  // namespace flink::codegen
