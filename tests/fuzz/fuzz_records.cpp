// SPDX-License-Identifier: Apache-2.0
// Records: any bytes are a value of a type or refused. What is read is written and read again, and
// who knows the type only by its schema reads it, too. Input: a byte for the type, then the value.
#include <flink/types/schema.h>
#include <flink/types/serializer.h>

#include "fuzz/fuzz.h"
#include "types/schema_tree.h"
#include "types/value_walk.h"
#include "unit/types/records.h"

namespace flink::fuzz {
namespace {

using namespace types_test;

// What Everything leaves out: keys that own memory, views, containers within each other.
struct Keyed {
  std::map<std::vector<std::string>, std::optional<Point>> by_list;
  std::set<std::tuple<bool, std::string>> pairs;
  std::variant<std::vector<bool>, std::map<std::uint8_t, Empty>, std::array<Flags, 2>> any;
  std::unordered_map<std::string, std::unordered_set<std::int64_t>> groups;
  std::optional<std::optional<std::string>> maybe;
  std::array<std::int32_t, 0> none;
};
struct View {
  std::string_view name;
  std::span<const std::byte> raw;
  std::vector<std::string_view> names;
  std::chrono::seconds took{};
};
struct Nest {
  std::vector<Nest> inner;
  std::optional<std::int8_t> leaf;
};

template <class T>
std::string bytes_of(const T& value) {
  ByteWriter out;
  Serializer<T>::write(out, value);
  return std::string{out.view()};
}

std::string canonical(const types::SchemaTree& tree, std::string_view bytes) {
  ByteReader in{bytes};
  ByteWriter out;
  types::append_canonical(in, out, tree, tree.root());
  return std::string{out.view()};
}

template <class T>
void read(std::string_view bytes) {
  // A copy of the exact size, so that a sanitizer sees whoever reads past it.
  const std::vector<char> exact(bytes.begin(), bytes.end());
  ByteReader in{exact.data(), exact.size()};
  T value{};
  Serializer<T>::read(in, value);
  const std::string again = bytes_of(value);
  T twice{};
  ByteReader second{again};
  require_no_error("what is written can be read", [&] { Serializer<T>::read(second, twice); });
  require(second.at_end(), "a value is read to its end");
  static const types::SchemaTree tree{schema_of<T>()};
  std::string first_form, second_form;
  std::size_t walked = 0;
  require_no_error("a value can be read by its schema", [&] {
    ByteReader walk{exact.data(), exact.size()};
    types::skip_value(walk, tree, tree.root());
    walked = walk.position();
    first_form = canonical(tree, again);
    second_form = canonical(tree, bytes_of(twice));
  });
  require(walked == in.position(), "a value is as long by its schema");
  require(first_form == second_form, "a value survives a round trip");
}

}  // namespace

std::vector<std::string> seeds() {
  std::vector<std::string> out;
  base::SeededRandom random(7);
  for (int i = 0; i < 20; ++i) out.push_back('\0' + bytes_of(random_everything(random, 1)));
  Keyed keyed;
  keyed.by_list = {{{"a", "b"}, Point{1, 2}}, {{}, std::nullopt}};
  keyed.pairs = {{true, "x"}, {false, ""}};
  keyed.any = std::array<Flags, 2>{};
  keyed.groups = {{"g", {1, 2, 3}}, {"h", {}}};
  keyed.maybe = std::optional<std::string>{"yes"};
  out.push_back('\1' + bytes_of(keyed));
  keyed.any = std::map<std::uint8_t, Empty>{{1, {}}, {2, {}}};
  keyed.maybe.emplace();
  out.push_back('\1' + bytes_of(keyed));
  const std::string raw = "raw";
  out.push_back('\2' + bytes_of(View{"name", std::as_bytes(std::span{raw}), {"a", ""}, {}}));
  Nest root;
  root.leaf = 1;
  for (int depth = 0; depth < 30; ++depth) root = Nest{{root, Nest{}}, {}};
  out.push_back('\3' + bytes_of(root));
  for (int depth = 30; depth + 1 < nesting_max; ++depth) {
    Nest outer;
    outer.inner.push_back(std::move(root));
    root = std::move(outer);
  }
  out.push_back('\3' + bytes_of(root));
  return out;
}

void run(std::string_view input) {
  if (input.empty()) return;
  const auto bytes = input.substr(1);
  switch (input.front()) {
    case 0:
      return read<Everything>(bytes);
    case 1:
      return read<Keyed>(bytes);
    case 2:
      return read<View>(bytes);
    default:
      read<Nest>(bytes);
  }
}

}  // namespace flink::fuzz
