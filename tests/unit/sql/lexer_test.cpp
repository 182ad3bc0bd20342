// SPDX-License-Identifier: Apache-2.0
#include "sql/lexer.h"

#include <doctest/doctest.h>

namespace flink::sql {
namespace {

using K = TokenKind;

std::vector<K> kinds(std::string_view source) {
  std::vector<K> out;
  for (const auto& token : tokenize(source).tokens) out.push_back(token.kind);
  out.pop_back();
  return out;
}

TEST_CASE("tokens") {
  struct Row {
    const char* text;
    std::vector<K> kinds;
  };
  const Row rows[] = {
      {"", {}},
      {"a _b $c é1", {K::word, K::word, K::word, K::word}},
      {"1 1.5 .5 1. 1e0 1.5E-3 1e",
       {K::integer, K::decimal, K::decimal, K::decimal, K::approximate, K::approximate, K::integer,
        K::word}},
      {"0x1F", {K::integer, K::word}},
      {"'a''b' `a``b` X'0f' e'\\'' U&'\\263A' N'a' _utf8'a'",
       {K::text, K::quoted_name, K::bytes, K::escaped_text, K::unicode_text, K::charset_text,
        K::charset_text}},
      {"a--b\n//c\n/* d */e", {K::word, K::word}},
      {"<= <> >= => != || | < > =",
       {K::less_equal, K::not_equal, K::greater_equal, K::arrow, K::bang_equal, K::concat, K::bar,
        K::less, K::greater, K::equal}},
      {"a.b[1]", {K::word, K::dot, K::word, K::left_bracket, K::integer, K::right_bracket}},
      {"'open", {K::unknown}},
      {"a /* open", {K::word, K::unknown}},
      {"\"a\" ~ !", {K::unknown, K::unknown, K::unknown}},
  };
  for (const auto& row : rows) {
    CAPTURE(row.text);
    CHECK(kinds(row.text) == row.kinds);
  }
}

std::string decoded_first(std::string_view source, std::vector<Complaint>& complaints) {
  Arena arena;
  return std::string{decoded(source, tokenize(source).tokens.front(), arena, complaints)};
}

TEST_CASE("literals say what is meant") {
  struct Row {
    const char* text;
    const char* meant;
  };
  const Row rows[] = {
      {"'a''b'", "a'b"},
      {"''", ""},
      {"`a``b`", "a`b"},
      {"U&'\\263A\\\\\\+01F600''x'", "☺\\😀'x"},
      {"U&'\\D83D\\DE00'", "😀"},
      {"e'a\\n\\t\\\\\\'\\x41\\101\\u0041\\U0001F600''\\q'", "a\n\t\\'AAA😀'q"},
      {"X'0aFF'", "0aFF"},
      {"N'x'", "x"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.text);
    std::vector<Complaint> complaints;
    CHECK(decoded_first(row.text, complaints) == row.meant);
    CHECK(complaints.empty());
  }
  for (const char* const text : {"U&'\\12'", "U&'\\D83D'", "U&'\\DE00'", "U&'\\D83Dx'", "e'\\u12'",
                                 "e'\\U00110000'", "e'\\xZZ'", "X'0'", "X'0g'"}) {
    CAPTURE(text);
    std::vector<Complaint> complaints;
    CHECK(decoded_first(text, complaints) == "");
    CHECK(complaints.size() == 1);
  }
}

TEST_CASE("keywords are words in any case; reserved ones are known") {
  CHECK(word_class("select") == WordClass::reserved);
  CHECK(word_class("Value") == WordClass::reserved);
  CHECK(word_class("within") == WordClass::reserved);
  CHECK(word_class("zone") == WordClass::keyword);
  CHECK(word_class("orders") == WordClass::name);
  CHECK(word_class(std::string(100, 'a')) == WordClass::name);
}

}  // namespace
}  // namespace flink::sql
