// SPDX-License-Identifier: Apache-2.0
// A script cut at its semicolons, without a look at what the statements say.
#include "sql/lexer.h"
#include "sql/parser.h"

namespace flink::sql {
namespace {

class Splitter {
 public:
  explicit Splitter(std::string_view source) : source_(source), tokens_(tokenize(source).tokens) {}

  std::vector<Range> statements() {
    std::vector<Range> out;
    std::size_t first = 0;
    for (std::size_t i = 0; i < tokens_.size(); ++i) {
      const auto kind = tokens_[i].kind;
      if (sees(i, "STATEMENT") && sees(i + 1, "SET") && sees(i + 2, "BEGIN")) in_set_ = true;
      // Of a set the END alone, behind a semicolon or BEGIN: one of CASE is none.
      if (in_set_ && sees(i, "END") && i > 0 &&
          (tokens_[i - 1].kind == TokenKind::semicolon || sees(i - 1, "BEGIN"))) {
        in_set_ = false;
      }
      if (kind != TokenKind::end && (kind != TokenKind::semicolon || in_set_)) continue;
      if (i > first) out.push_back(join(tokens_[first].range, tokens_[i - 1].range));
      first = i + 1;
    }
    return out;
  }

 private:
  bool sees(std::size_t index, std::string_view word) const {
    return index < tokens_.size() && tokens_[index].kind == TokenKind::word &&
           is_word(spelled(source_, tokens_[index].range), word);
  }

  std::string_view source_;
  std::vector<Token> tokens_;
  bool in_set_ = false;
};

}  // namespace

std::vector<Range> split_script(std::string_view source) { return Splitter{source}.statements(); }

}  // namespace flink::sql
