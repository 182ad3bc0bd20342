// SPDX-License-Identifier: Apache-2.0
#include "codegen/source_index.h"

#include <algorithm>

#include "codegen/lexer.h"

namespace flink::codegen {
namespace {

using Tokens = std::vector<Token>;

Place place_of(const Token& token) { return {std::string{token.text}, token.line, token.column}; }

// The members of one struct, read once from its tokens.
class Members {
 public:
  Members(const Tokens& tokens, std::string_view owner) : tokens_(tokens) {
    const auto colons = owner.rfind("::");
    const auto simple = colons == std::string_view::npos ? owner : owner.substr(colons + 2);
    for (std::size_t i = 0; i + 2 < tokens.size(); ++i) {
      if (!(tokens[i].is("struct") || tokens[i].is("class")) || !tokens[i + 1].is(simple)) continue;
      auto open = i + 2;
      while (open < tokens.size() && !tokens[open].is("{") && !tokens[open].is(";")) ++open;
      if (open >= tokens.size() || !tokens[open].is("{")) continue;
      self = place_of(tokens[i + 1]);
      read(open + 1, closing(tokens, open));
      return;
    }
  }

  Place self;
  std::vector<Place> fields;
  std::vector<Place> methods;

 private:
  // Declarations between `at` and `end`, one a turn.
  void read(std::size_t at, std::size_t end) {
    while (at < end) {
      const bool labelled =
          (tokens_[at].is("public") || tokens_[at].is("private") || tokens_[at].is("protected")) &&
          tokens_[at + 1].is(":");
      at = labelled ? at + 2 : declaration(at, end);
    }
  }

  // Reads one declaration; the index after it.
  std::size_t declaration(std::size_t at, std::size_t end) {
    const bool field_like = !tokens_[at].is("static") && !tokens_[at].is("using") &&
                            !tokens_[at].is("typedef") && !tokens_[at].is("friend") &&
                            !tokens_[at].is("struct") && !tokens_[at].is("class") &&
                            !tokens_[at].is("enum");
    const Token* name = nullptr;
    bool method = false;
    bool named = false;  // what follows '=', ':' or a bracket is no name any more
    for (; at < end; ++at) {
      const auto& token = tokens_[at];
      if (token.is(";")) {
        if (field_like && name != nullptr && !method) fields.push_back(place_of(*name));
        return at + 1;
      }
      if (token.is("<")) {
        at = after_angles(at, end) - 1;
      } else if (token.is("(") || token.is("[") || token.is("{")) {
        const bool body = token.is("{") && method;
        if (token.is("(") && !named && name != nullptr) {
          method = true;
          methods.push_back(place_of(*name));
        }
        named = true;
        at = closing(tokens_, at);
        if (body) return at + 1;
      } else if (token.is("=") || token.is(":")) {
        named = true;
      } else if (token.kind == TokenKind::identifier && !named) {
        name = &token;
      }
    }
    return end;
  }

  // Template arguments of a type: skipped whole, so std::function<void(int)> is no method.
  std::size_t after_angles(std::size_t at, std::size_t end) const {
    int depth = 0;
    for (; at < end; ++at) {
      if (tokens_[at].is(";")) return at;
      if (tokens_[at].is("<")) ++depth;
      if (tokens_[at].is(">") && --depth == 0) return at + 1;
    }
    return end;
  }

  const Tokens& tokens_;
};

}  // namespace

Place find_struct(std::string_view source, std::string_view owner) {
  const auto tokens = tokenize(source);
  return Members(tokens, owner).self;
}

Place find_field(std::string_view source, std::string_view owner, int index) {
  const auto tokens = tokenize(source);
  const Members members(tokens, owner);
  const auto at = static_cast<std::size_t>(index);
  if (index >= 0 && at < members.fields.size()) return members.fields[at];
  return {"", members.self.line, members.self.column};
}

std::vector<Place> find_methods(std::string_view source, std::string_view owner) {
  const auto tokens = tokenize(source);
  return Members(tokens, owner).methods;
}

Place find_method(std::string_view source, std::string_view owner, std::string_view name) {
  for (auto& method : find_methods(source, owner)) {
    if (method.name == name) return std::move(method);
  }
  return {};
}

std::vector<Place> find_literals(std::string_view source, std::string_view literal) {
  std::vector<Place> out;
  for (const auto& token : tokenize(source)) {
    if (token.kind == TokenKind::string && token.text == literal) out.push_back(place_of(token));
  }
  return out;
}

Place end_of_previous(std::string_view source, int line, int column) {
  Place out;
  for (const auto& token : tokenize(source)) {
    if (token.line > line || (token.line == line && token.column >= column)) break;
    out = place_of(token);
    out.column += static_cast<int>(token.text.size());
  }
  return out;
}

StatementRange statement_at(std::string_view source, int line, int column) {
  const auto tokens = tokenize(source);
  const auto before = [line, column](const Token& token) {
    return token.line < line || (token.line == line && token.column <= column);
  };
  // A brace around the place is entered, brackets before it are skipped; brackets around it belong
  // to the statement.
  std::size_t begin = 0;
  for (std::size_t i = 0; i < tokens.size() && before(tokens[i]); ++i) {
    const bool brace = tokens[i].is("{");
    if (tokens[i].is(";")) begin = i + 1;
    if (!brace && !tokens[i].is("(") && !tokens[i].is("[")) continue;
    const auto close = closing(tokens, i);
    const bool around = !before(tokens[close]);
    if (around && !brace) break;
    if (brace) begin = (around ? i : close) + 1;
    if (!around) i = close;
  }
  StatementRange out;
  if (begin >= tokens.size()) return {line, line};
  out.first = std::min(tokens[begin].line, line);
  std::size_t i = begin;
  for (; i < tokens.size(); ++i) {
    if (tokens[i].is("(") || tokens[i].is("[") || tokens[i].is("{")) i = closing(tokens, i);
    if (tokens[i].is(";") || tokens[i].is("}")) break;
  }
  out.last = std::max(line, i < tokens.size() ? tokens[i].line : line);
  return out;
}

}  // namespace flink::codegen
