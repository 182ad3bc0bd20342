// SPDX-License-Identifier: Apache-2.0
#include "types/value_json.h"

#include <doctest/doctest.h>
#include <flink/error.h>
#include <flink/types/schema.h>
#include <flink/types/serializer.h>

#include <chrono>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <variant>

#include "unit/types/schema_model.h"

namespace json_test {

using namespace flink;

enum class Color { red, green };
struct Item {
  std::string name;
  double price = 0;
};
struct Order {
  std::uint64_t id = 0;
  std::vector<Item> items;
  std::optional<std::int32_t> note;
  std::map<std::string, Item> by_name;
  std::map<std::int32_t, bool> flags;
  std::variant<std::int32_t, std::string> either;
  std::tuple<char, Color> pair;
  std::chrono::milliseconds wait{};
  std::vector<std::byte> raw;
  std::array<float, 2> floats{};
};
struct Empty {};
class Secret {
 public:
  std::int32_t value = 258;
};
struct Guarded {
  std::int32_t before = 1;
  Secret secret;
  std::int32_t after = 2;
};

}  // namespace json_test

template <>
struct flink::Serializer<json_test::Secret> {
  static void write(ByteWriter& out, const json_test::Secret& value) { out.fixed(value.value); }
  static void read(ByteReader& in, json_test::Secret& value) {
    value.value = in.fixed<std::int32_t>();
  }
};

namespace {

using namespace json_test;

template <class T>
std::string json(const T& value) {
  ByteWriter out;
  Serializer<T>::write(out, value);
  return types::value_to_json(schema_of<T>(), out.view());
}

}  // namespace

TEST_CASE("every kind of value") {
  const Order order{18446744073709551615u,
                    {{"a \"b\"", 1.5}},
                    {},
                    {{"x", {"y", -0.0}}},
                    {{-1, true}, {2, false}},
                    std::string("s"),
                    {'c', Color::green},
                    std::chrono::milliseconds(-5),
                    {std::byte{0}, std::byte{255}},
                    {0.1f, 1e30f}};
  CHECK(json(order) ==
        R"({"id":18446744073709551615,"items":[{"name":"a \"b\"","price":1.5}],"note":null,)"
        R"("by_name":{"x":{"name":"y","price":-0}},"flags":[[-1,true],[2,false]],)"
        R"("either":{"alternative":1,"value":"s"},"pair":["c",1],"wait":-5,)"
        R"("raw":{"$hex":"00ff"},"floats":[0.1,1e+30]})");
  CHECK(json(std::numeric_limits<std::int64_t>::min()) == "-9223372036854775808");
  CHECK(json(std::numeric_limits<std::int8_t>::min()) == "-128");
  CHECK(json(static_cast<__int128>(1) << 126) == "85070591730234615865843651857942052864");
  CHECK(json(-(static_cast<__int128>(1) << 126)) == "-85070591730234615865843651857942052864");
  CHECK(json(std::numeric_limits<double>::quiet_NaN()) == "\"NaN\"");
  CHECK(json(-std::numeric_limits<float>::infinity()) == "\"-Infinity\"");
  CHECK(json(std::string("\xff")) == R"({"$hex":"ff"})");
  CHECK(json('\x01') == "1");
  CHECK(json(Empty{}) == "{}");
  CHECK(json(std::tuple<>{}) == "[]");
  CHECK(json(std::array<int, 0>{}) == "[]");
  CHECK(json(std::set<std::string>{"a", "b"}) == R"(["a","b"])");
  CHECK(json(std::optional<std::int32_t>(7)) == "7");
  CHECK(json(Guarded{}) == R"({"before":1,"secret":{"$hex":"0201000002000000"}})");
  CHECK(types::value_to_json("", "") == "null");
}

TEST_CASE("bytes that are no such value are refused") {
  CHECK_THROWS_AS((void)types::value_to_json("i64", "1234567"), Error);
  CHECK_THROWS_AS((void)types::value_to_json("i8", "12"), Error);
  CHECK_THROWS_AS((void)types::value_to_json("bool", "\2"), Error);
  CHECK_THROWS_AS((void)types::value_to_json("list<string>", "\xff\xff\xff\xff\x0f"), Error);
  CHECK_THROWS_AS((void)types::value_to_json("{a:list<^1>}", std::string(5000, '\1')), Error);
  for (std::uint64_t seed = 1; seed <= 4000; ++seed) {
    CAPTURE(seed);
    base::SeededRandom random(seed);
    const auto model = types_test::random_model(random, 4);
    ByteWriter bytes, same;
    write_both(random, model, model, bytes, same);
    const std::string whole{bytes.view()};
    CHECK_FALSE(types::value_to_json(model.text(), whole).empty());
    std::string bad = whole;
    for (std::uint64_t i = random.below(4); i > 0; --i) {
      bad[random.below(bad.size())] = static_cast<char>(random.next());
    }
    bad.resize(random.below(bad.size() + 5));
    try {
      (void)types::value_to_json(model.text(), bad);
    } catch (const Error&) {
    }
  }
}
