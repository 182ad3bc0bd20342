// SPDX-License-Identifier: Apache-2.0
// Values written under one schema, read under another.
#include <doctest/doctest.h>
#include <flink/error.h>
#include <flink/types/evolution.h>

#include <chrono>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <unordered_map>
#include <variant>

#include "unit/types/schema_model.h"

namespace {

using namespace flink;

template <class T>
std::string bytes_of(const T& value) {
  ByteWriter out;
  Serializer<T>::write(out, value);
  return std::string{out.view()};
}

// What a To makes of a From's bytes.
template <class To, class From>
To read_as(const From& from) {
  const SchemaConverter converter(schema_of<From>(), schema_of<To>(), schema_defaults<To>());
  std::string scratch;
  To to{};
  read_converted(converter, bytes_of(from), to, scratch);
  return to;
}

template <class From, class To>
std::string problems() {
  std::string out;
  for (const std::string& line : schema_problems(schema_of<From>(), schema_of<To>())) {
    out += line + "\n";
  }
  return out;
}

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

namespace v1 {
struct Address {
  std::string street;
  std::int32_t zip = 0;
};
struct User {
  std::string name;
  std::int32_t age = 0;
  float score = 0;
  Address address;
  std::vector<Address> past;
  std::map<std::string, Address> others;
  std::optional<Address> work;
  bool old_flag = false;
};
struct Node {
  std::int32_t value = 0;
  std::vector<Node> children;
};
struct Named {
  std::variant<std::int32_t, Address> what;
  std::tuple<std::uint8_t, Address> pair;
  std::array<Address, 2> both;
  std::chrono::duration<std::int32_t> wait{};
  std::set<std::int16_t> numbers;
};
struct Nothing {};
}  // namespace v1

namespace v2 {
struct Address {
  std::string country = "CH";
  std::string street;
  std::int64_t zip = 0;
  friend bool operator==(const Address&, const Address&) = default;
};
struct User {
  std::int64_t age = 0;  // moved
  std::string name;
  std::vector<std::string> tags = {"new", "user"};
  double score = 0;
  Address address;
  std::vector<Address> past;
  std::map<std::string, Address> others;
  std::optional<Address> work;
};
struct Node {
  std::int64_t value = 0;
  std::string label = "node";
  std::vector<Node> children;
};
struct Named {
  std::variant<std::int64_t, Address, std::string> what;
  std::tuple<std::int16_t, Address> pair;
  std::array<Address, 2> both;
  std::chrono::duration<std::int64_t> wait{};
  std::set<std::int64_t> numbers;
};
struct Something {
  std::int32_t value = 7;
};
}  // namespace v2

}  // namespace

// A class that is no aggregate, with and without a schema.
class Money {
 public:
  std::int64_t cents = 0;
  Money() = default;
  explicit Money(std::int64_t c) : cents(c) {}
};
template <>
struct flink::Serializer<Money> {
  static void write(ByteWriter& out, const Money& value) { out.fixed(value.cents); }
  static void read(ByteReader& in, Money& value) { value.cents = in.fixed<std::int64_t>(); }
};
class Weight {
 public:
  std::int64_t grams = 5, tare = 6;
  Weight() = default;
  explicit Weight(std::int64_t g) : grams(g) {}
};
template <>
struct flink::Serializer<Weight> {
  static void write(ByteWriter& out, const Weight& value) {
    out.fixed(value.grams);
    out.fixed(value.tare);
  }
  static void read(ByteReader& in, Weight& value) {
    value.grams = in.fixed<std::int64_t>();
    value.tare = in.fixed<std::int64_t>();
  }
  static std::string schema() { return "{grams:i64,tare:i64}"; }
};

namespace {
struct Priced1 {
  Money price;
  std::int32_t count = 0;
};
struct Priced2 {
  Money price;
  std::int64_t count = 0;
};
struct Weight1 {
  std::int32_t grams = 0;
};
struct Box1 {
  Weight1 weight;
};
struct Box2 {
  Weight weight;
  v2::Address from;
};
}  // namespace

TEST_CASE("fields are added, removed, moved and widened, at any depth") {
  const v1::Address home{"Main", 8000};
  const v1::User user{
      "ann", 41, 1.5f, home, {{"A", -1}, {"B", 2}}, {{"x", {"C", 3}}}, v1::Address{"D", 4}, true};
  const auto read = read_as<v2::User>(user);
  CHECK(read.name == "ann");
  CHECK(read.age == 41);
  CHECK(read.score == 1.5);
  CHECK(read.tags == std::vector<std::string>{"new", "user"});
  CHECK(read.address == v2::Address{"CH", "Main", 8000});
  CHECK(read.past == std::vector<v2::Address>{{"CH", "A", -1}, {"CH", "B", 2}});
  CHECK(read.others.at("x") == v2::Address{"CH", "C", 3});
  CHECK(read.work == v2::Address{"CH", "D", 4});
  CHECK(problems<v1::User, v2::User>().empty());

  const auto tree = read_as<v2::Node>(v1::Node{1, {{2, {}}, {3, {{-4, {}}}}}});
  CHECK(tree.label == "node");
  CHECK(tree.children[1].children[0].value == -4);
  CHECK(tree.children[1].children[0].label == "node");

  const v1::Named named{v1::Address{"E", 5},
                        {200, home},
                        {home, home},
                        std::chrono::duration<std::int32_t>(-9),
                        {-3, 2, 5}};
  const auto read_named = read_as<v2::Named>(named);
  CHECK(std::get<1>(read_named.what) == v2::Address{"CH", "E", 5});
  CHECK(std::get<0>(read_named.pair) == 200);
  CHECK(read_named.both[1] == v2::Address{"CH", "Main", 8000});
  CHECK(read_named.wait.count() == -9);
  CHECK(read_named.numbers == std::set<std::int64_t>{-3, 2, 5});
}

TEST_CASE("to and from a record without fields, plain values, equal schemas") {
  CHECK(read_as<v2::Something>(v1::Nothing{}).value == 7);
  CHECK(bytes_of(read_as<v1::Nothing>(v2::Something{3})) == bytes_of(v1::Nothing{}));
  CHECK(read_as<std::int64_t>(std::int8_t{-5}) == -5);
  CHECK(read_as<std::int16_t>(std::uint8_t{200}) == 200);
  CHECK(read_as<unsigned __int128>(std::uint64_t{7}) == 7);
  CHECK(read_as<__int128>(std::int32_t{-7}) == -7);
  CHECK(read_as<double>(0.25f) == 0.25);
  CHECK(read_as<std::vector<std::int64_t>>(std::vector<std::int32_t>{1, -2}) ==
        std::vector<std::int64_t>{1, -2});
  CHECK(read_as<std::deque<std::int64_t>>(std::vector<std::int32_t>{}).empty());
  CHECK(read_as<std::unordered_map<std::int64_t, double>>(std::map<std::int32_t, float>{
            {1, 2.f}}) == std::unordered_map<std::int64_t, double>{{1, 2.0}});
  const SchemaConverter same(schema_of<Priced1>(), schema_of<Priced1>(), {});
  CHECK(same.identity());
}

TEST_CASE("a serializer of its own, with and without a schema") {
  CHECK(has(problems<Priced1, Priced2>(), "field 'price' is written by a serializer of its own"));
  CHECK(problems<Priced1, Priced1>().empty());
  const auto box = read_as<Box2>(Box1{{12}});
  CHECK(box.weight.grams == 12);
  CHECK(box.weight.tare == 6);
  CHECK(box.from.country == "CH");
}

TEST_CASE("what is incompatible is named") {
  struct Narrow {
    std::string name;
    std::int16_t age = 0;
    double score = 0;
    std::string address;
  };
  const std::string text = problems<v1::User, Narrow>();
  CHECK(has(text, "field 'age' was i32 and is i16 now: numbers may only become wider"));
  CHECK(has(text, "field 'address' was {street:string,zip:i32} and is string now"));
  CHECK(has(problems<v2::User, v1::User>(), "field 'address.zip' was i64 and is i32 now"));
  CHECK(has(problems<v2::User, v1::User>(), "field 'past[].zip' was"));
  CHECK(has(problems<v2::User, v1::User>(), "field 'others{value}.zip' was"));
  CHECK(has(problems<v2::Named, v1::Named>(), "field 'what' was variant<i64,"));
  CHECK(has(problems<std::int32_t, std::uint64_t>(), "it was i32 and is u64 now"));
  CHECK(has(problems<std::uint32_t, std::int32_t>(), "numbers may only"));
  CHECK(has(problems<double, float>(), "numbers may only"));
  CHECK(has(problems<std::int32_t, double>(), "another kind"));
  CHECK(has(problems<std::chrono::seconds, std::chrono::milliseconds>(), "keep its unit"));
  CHECK(has(problems<std::array<char, 2>, std::array<char, 3>>(), "keep its length"));
  CHECK(has(problems<std::tuple<char>, std::tuple<char, char>>(), "keep its length"));
  CHECK(has(problems<std::map<v1::Address, char>, std::map<v1::Nothing, char>>(),
            "field '{key}.street' was removed from a key"));
  try {
    SchemaConverter(schema_of<double>(), schema_of<float>(), {});
    CHECK(false);
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::user);
    CHECK(has(error.message(), "it was f64 and is f32 now"));
  }
}

TEST_CASE("texts that are no schemas") {
  for (const char* text : {"",
                           "{",
                           "{a}",
                           "{a:}",
                           "{a:i32,}",
                           "list<",
                           "list<i32",
                           "map<i32>",
                           "array<i32>",
                           "^1",
                           "list<^1>",
                           "{a:^2}",
                           "i32 ",
                           "tuple<i32,>",
                           "variant<>",
                           "duration<string,1/1>",
                           "array<i8,99999999999999999999>",
                           "time<i64>",
                           "{a:i32}}",
                           "x<",
                           "x)",
                           ","}) {
    CAPTURE(text);
    CHECK_THROWS_AS((void)schema_problems(text, "i32"), Error);
  }
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += "list<";
  CHECK_THROWS_AS((void)schema_problems(deep, "i32"), Error);
  CHECK(schema_problems("tuple<>", "tuple<>").empty());
}

TEST_CASE("random schemas and versions of them against a model") {
  for (std::uint64_t seed = 1; seed <= 3000; ++seed) {
    CAPTURE(seed);
    base::SeededRandom random(seed);
    const auto from = types_test::random_model(random, 4);
    const auto to = types_test::next_version(random, from);
    CAPTURE(from.text());
    CAPTURE(to.text());
    CHECK(schema_problems(from.text(), to.text()).empty());
    const SchemaConverter converter(from.text(), to.text(), {});
    ByteWriter old, fresh;
    write_both(random, from, to, old, fresh);
    std::string converted;
    converter.convert(old.view(), converted);
    CHECK(converted == fresh.view());
    // Cut or garbled bytes: an Error or some value, never more.
    std::string bad{old.view()};
    if (bad.empty()) continue;
    if (random.below(2) == 0) bad.resize(random.below(bad.size()));
    else bad[random.below(bad.size())] = static_cast<char>(random.next());
    converted.clear();
    try {
      converter.convert(bad, converted);
    } catch (const Error&) {
    }
  }
}
