// SPDX-License-Identifier: Apache-2.0
#include "codegen/lexer.h"

#include <doctest/doctest.h>

namespace flink::codegen {
namespace {

std::string spelled(std::string_view source) {
  std::string out;
  for (const auto& token : tokenize(source)) {
    if (!out.empty()) out += ' ';
    if (token.kind == TokenKind::string) out += "<" + std::string{token.text} + ">";
    else out += token.text;
  }
  return out;
}

TEST_CASE("tokens: comments, strings and directives are not code") {
  struct Row {
    const char* source;
    const char* tokens;
  };
  const Row rows[] = {
      {"a+b", "a + b"},
      {"a::b->c...", "a :: b -> c ..."},
      {"x // [&] gone\ny", "x y"},
      {"x /* [&]\n } */ y", "x y"},
      {"f(\"[&] { // \\\" \")", "f ( <[&] { // \\\" > )"},
      {"R\"(a \" ) b)\" c", "<a \" ) b> c"},
      {"R\"x( )\" )x\" c", "< )\" > c"},
      {"u8\"t\" L'x' '\\''", "<t> x \\'"},
      {"1'000'000 + .5e-3", "1'000'000 + .5e-3"},
      {"#define F [&] \\\n more\nx", "x"},
      {"#include <flink/flink.h>\nx", "<flink/flink.h> x"},
      {"  #  include \"a.h\"\n", "\"a.h\""},
      {"a # b", "a # b"},
      {"\"open\nx", "<open> x"},
      {"/* open", ""},
      {"R\"(open", "<open>"},
      {"\"a\\", "<a\\>"},
      {"", ""},
  };
  for (const auto& row : rows) {
    CAPTURE(row.source);
    CHECK(spelled(row.source) == row.tokens);
  }
}

TEST_CASE("tokens know their lines and columns") {
  const auto tokens = tokenize("a\n  b /*\n*/ c");
  REQUIRE(tokens.size() == 3);
  CHECK(tokens[1].line == 2);
  CHECK(tokens[1].column == 3);
  CHECK(tokens[2].line == 3);
  CHECK(tokens[2].column == 4);
}

TEST_CASE("only a source that includes flink gets its precompiled header") {
  CHECK(includes_flink("#include <string>\n#include <flink/flink.h>\n"));
  CHECK(includes_flink("#include \"flink/testing.h\"\n"));
  CHECK_FALSE(includes_flink("// #include <flink/flink.h>\n#include \"myflink/x.h\"\n"));
}

}  // namespace
}  // namespace flink::codegen
