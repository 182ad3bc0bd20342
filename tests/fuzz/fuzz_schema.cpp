// SPDX-License-Identifier: Apache-2.0
// Schema texts, conversions between them, values as JSON: input is two schemas and a value, each
// ended by FE FE.
#include <flink/error.h>
#include <flink/types/evolution.h>

#include "base/random.h"
#include "fuzz/fuzz.h"
#include "types/value_json.h"
#include "types/value_walk.h"
#include "unit/types/schema_model.h"

namespace flink::fuzz {
namespace {

constexpr std::string_view separator = "\xFE\xFE";

std::string_view take(std::string_view& rest) {
  const auto end = rest.find(separator);
  const std::string_view part = rest.substr(0, end);
  rest = end == std::string_view::npos ? "" : rest.substr(end + separator.size());
  return part;
}

// Whole or not at all; how far it came otherwise.
void walk(const types::SchemaTree& tree, std::string_view value) {
  ByteReader in(value);
  types::skip_value(in, tree, tree.root());
  const std::string_view whole = value.substr(0, in.position());
  std::string json;
  types::ValueJson(tree.text()).append(whole, json);
  ByteReader again(whole);
  ByteWriter canonical, twice;
  types::append_canonical(again, canonical, tree, tree.root());
  require(again.at_end(), "a value that can be skipped has a canonical form");
  ByteReader sorted(canonical.view());
  types::append_canonical(sorted, twice, tree, tree.root());
  require(twice.view() == canonical.view(), "a canonical form is its own");
}

}  // namespace

std::vector<std::string> seeds() {
  std::vector<std::string> out;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    base::SeededRandom random(seed);
    const auto from = types_test::random_model(random, 3);
    const auto to = types_test::next_version(random, from);
    ByteWriter old, fresh;
    write_both(random, from, to, old, fresh);
    out.push_back(from.text() + std::string(separator) + to.text() + std::string(separator) +
                  std::string(old.view()));
  }
  out.push_back(
      "{value:i32,children:list<^1>}\xFE\xFE{value:i64,children:list<^1>,name:string}"
      "\xFE\xFE" +
      std::string("\1\0\0\0\1\2\0\0\0\0", 10));
  return out;
}

void run(std::string_view input) {
  const std::string_view writer = take(input);
  const std::string_view reader = take(input);
  try {
    walk(types::SchemaTree(writer), input);
  } catch (const Error&) {
  }
  if (!schema_problems(writer, reader).empty()) return;
  const SchemaConverter converter(writer, reader, {});
  std::string converted;
  converter.convert(input, converted);
  if (converter.identity()) return;
  // What a converter writes, its reader can read.
  const types::SchemaTree tree(reader);
  ByteReader in(converted);
  types::skip_value(in, tree, tree.root());
  require(in.at_end(), "converted values are values of the reader's schema");
}

}  // namespace flink::fuzz
