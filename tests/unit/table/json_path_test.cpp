// SPDX-License-Identifier: Apache-2.0
// JSON paths beyond what the recorded expressions ask: each row a path into the same document, and
// what it leads to.
#include "table/fn/json_path.h"

#include <doctest/doctest.h>

namespace flink::table::fn {
namespace {

constexpr std::string_view document = R"({
  "store": {"book": [
    {"title": "A", "price": 8.95, "tags": ["x", "y"]},
    {"title": "B", "price": 12.99, "isbn": "1"},
    {"title": "C", "price": 22.5, "tags": []}]},
  "n": [5, 1, 4], "deep": [[1, 2], [3, [4]]], "a]b": 1, "q'r": 2, "nil": null})";

// "-": it leads to nothing; "!": it is no path.
struct Row {
  const char* path;
  const char* value;
};
constexpr Row rows[] = {
    {"$.store.book[0].title", "\"A\""},
    {"store.book[-1].title", "\"C\""},
    {"$.store.book[0,2].title", "[\"A\",\"C\"]"},
    {"$.store.book[1:].title", "[\"B\",\"C\"]"},
    {"$.store.book[:2].title", "[\"A\",\"B\"]"},
    {"$.store.book[-2:].title", "[\"B\",\"C\"]"},
    {"$.store.book[:-1].title", "[\"A\",\"B\"]"},
    {"$.store.book[1:2].title", "[\"B\"]"},
    {"$.store.book[*].isbn", "[\"1\"]"},
    {"$..price", "[8.95,12.99,22.5]"},
    {"$..book[0].title", "[\"A\"]"},
    {"$..[0]", "[{\"price\":8.95,\"tags\":[\"x\",\"y\"],\"title\":\"A\"},\"x\",5,[1,2],1,3,4]"},
    {"$.deep[1][1][0]", "4"},
    {"$['store']['book'][0]['title','price']", "{\"price\":8.95,\"title\":\"A\"}"},
    {"$['a]b']", "1"},
    {"$[\"a]b\"]", "1"},
    {"$['q\\'r']", "2"},
    {"$.nil", "null"},
    {"$.store.book[?(@.price > 10)].title", "[\"B\",\"C\"]"},
    {"$.store.book[?(@.price > 10 && @.isbn)].title", "[\"B\"]"},
    {"$.store.book[?(@.price < 10 || @.title == 'C')].title", "[\"A\",\"C\"]"},
    {"$.store.book[?(!@.isbn)].title", "[\"A\",\"C\"]"},
    {"$.store.book[?(!(@.price > 10))].title", "[\"A\"]"},
    {"$.store.book[?(@.title in ['A', 'B'])].price", "[8.95,12.99]"},
    {"$.store.book[?(@.title in [\"A\", \"B\"])].price", "[8.95,12.99]"},
    {"$.store.book[?(@.title nin [\"A\"])].title", "[\"B\",\"C\"]"},
    {"$.store.book[?(@.title =~ /[ab]/i)].title", "[\"A\",\"B\"]"},
    {"$.store.book[?(@.tags contains 'y')].title", "[\"A\"]"},
    {"$.store.book[?(@.tags size 2)].title", "[\"A\"]"},
    {"$.store.book[?(@.tags empty true)].title", "[\"C\"]"},
    {"$.store.book[?(@.price > $.n[0])].title", "[\"A\",\"B\",\"C\"]"},
    {"$.n[?(@ >= 4)]", "[5,4]"},
    {"$.n.length()", "3"},
    {"$.n.sum()", "10.0"},
    {"$.n.max()", "5.0"},
    {"$.n.first()", "5"},
    {"$.n.index(-1)", "4"},
    {"$.store.book[0].keys()", "[\"title\",\"price\",\"tags\"]"},
    {"$..price.max()", "22.5"},
    {"$..book.length()", "1"},
    {"$.n.none()", "-"},
    {"$.store.title.x", "-"},
    {"$.n.title", "-"},
    {"$.n[7]", "-"},
    {"$.none[*]", "-"},
    {"$", "whole"},
    {"", "!"},
    {"$x", "!"},
    {"$.", "!"},
    {"$..", "!"},
    {"$...a", "!"},
    {"$.a b", "!"},
    {"$[", "!"},
    {"$[a]", "!"},
    {"$['a'", "!"},
    {"$['a' 'b']", "!"},
    {"$.n[?(@.a >)]", "!"},
    {"$.n[?@.a]", "!"},
    {"$.n.sum(", "!"},
    {"$.n[?((@.a =~ /)/)]", "!"},
    {"$.n[?((@.a =~ /x)]", "!"},
};

TEST_CASE("a JSON path leads where Jayway's does") {
  Memory memory;
  const JsonResult parsed = parse_json(memory, document);
  REQUIRE(parsed.root);
  for (const Row& row : rows) {
    std::string got = "!";
    if (const auto path = JsonPath::compile(row.path)) {
      const auto found = path->read(memory, *parsed.root);
      got = found ? "" : "-";
      if (found) append_json(got, *found);
      if (std::string_view{row.value} == "whole") {
        CHECK(got.size() > 100);
        continue;
      }
    }
    CHECK_MESSAGE(got == row.value, row.path);
  }
}

struct Text {
  const char* json;
  const char* value;  // "!": it is none
};
constexpr Text texts[] = {
    {" [1, 2.50 ,-0, -0.0] ", "[1,2.50,0,0.0]"},
    {"{\"b\":1,\"a\":2,\"b\":3}", "{\"a\":2,\"b\":3}"},
    {R"("\u00e9\ud83d\ude00\n\/\ud83d")", "\"é😀\\n/?\""},
    {"[1e3,1E-7,12e-1,0.0000001,123e5]", "[1E+3,1E-7,1.2,1E-7,1.23E+7]"},
    {"true x", "true"},
    {"[] x", "[]"},
    {"truex", "!"},
    {"1x", "!"},
    {"01", "!"},
    {"1.", "!"},
    {".5", "!"},
    {"-", "!"},
    {"+1", "!"},
    {"[1,]", "!"},
    {"[1 2]", "!"},
    {"{\"a\"}", "!"},
    {"{a:1}", "!"},
    {"\"a\nb\"", "!"},
    {"\"\\x\"", "!"},
    {"\"\\u12g4\"", "!"},
    {"\"open", "!"},
    {"", "!"},
    {"1e9999999999", "!"},
};

TEST_CASE("what would be walked too deeply is no path") {
  std::string filters = "$", steps = "$";
  for (int i = 0; i < 30; ++i) filters += "[?(@";
  for (int i = 0; i < 30; ++i) filters += ")]";
  for (int i = 0; i < 2000; ++i) steps += ".a";
  CHECK_FALSE(JsonPath::compile(filters));
  CHECK_FALSE(JsonPath::compile(steps));
}

TEST_CASE("JSON is read as Flink reads it, and written in one form") {
  Memory memory;
  for (const Text& text : texts) {
    const JsonResult parsed = parse_json(memory, text.json);
    std::string got = parsed.root ? "" : "!";
    if (parsed.root) append_json(got, *parsed.root);
    CHECK_MESSAGE(got == text.value, text.json);
    CHECK(parsed.why.empty() == (parsed.root != nullptr));
  }
  CHECK(parse_json(memory, std::string(1000, '[') + std::string(1000, ']')).root);
  CHECK_FALSE(parse_json(memory, std::string(1001, '[') + std::string(1001, ']')).root);
}

}  // namespace
}  // namespace flink::table::fn
