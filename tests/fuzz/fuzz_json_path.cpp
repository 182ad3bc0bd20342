// SPDX-License-Identifier: Apache-2.0
// What SQL's JSON and bitmaps read: a line that is a path, behind it a document; and the same bytes
// as a bitmap.
#include "fuzz/fuzz.h"
#include "table/fn/json_path.h"
#include "table/fn/roaring.h"

namespace flink::fuzz {
namespace {

using namespace table::fn;

std::string written(const JsonNode& node) {
  std::string out;
  append_json(out, node);
  return out;
}

}  // namespace

std::vector<std::string> seeds() {
  const std::string document =
      R"({"a": [1, -2.50, {"b": "x\n\u00b5\ud83d\ude00"}], "b": {"c": [[1e3], []]}, "d e": null})";
  std::vector<std::string> out;
  for (const char* path :
       {"$.a[0, -1].b", "lax $..b", "$['d e', \"a\"][1:]", "$.*.length()", "$.b.c[*][0]",
        "$.a[?(@.b =~ /x.*/i && !(@.c in ['a', 1]) || @ >= $.a[0])]", "$..*..[?(@.b empty false)]",
        "a.sum()", "$.a[:-1].index(-2)"}) {
    out.push_back(std::string{path} + "\n" + document);
  }
  std::vector<std::uint32_t> numbers{1, 5, 70000, 0xffffffff};
  for (std::uint32_t i = 200000; i < 200100; ++i) numbers.push_back(i);
  out.push_back(Roaring::of({1, 2, 5}).bytes());
  out.push_back(Roaring::of(numbers).bytes());
  return out;
}

void run(std::string_view input) {
  if (const auto set = Roaring::read(input)) {
    const auto again = Roaring::read(set->bytes());
    require(again && again->count() == set->count(), "a bitmap survives a round trip");
    require(again->bytes() == set->bytes(), "equal bitmaps have equal bytes");
  }
  const std::size_t line = std::min(input.find('\n'), input.size());
  table::Memory memory;
  const auto parsed = parse_json(memory, input.substr(std::min(line + 1, input.size())));
  const auto path = JsonPath::compile(input.substr(0, line));
  if (!parsed.root) return;
  const std::string text = written(*parsed.root);
  const auto again = parse_json(memory, text);
  require(again.root && written(*again.root) == text, "JSON survives a round trip");
  if (!path) return;
  if (const auto found = path->read(memory, *parsed.root)) {
    require(path->definite() || found->kind == JsonKind::array, "a path of many gives a list");
    written(*found);
  }
}

}  // namespace flink::fuzz
