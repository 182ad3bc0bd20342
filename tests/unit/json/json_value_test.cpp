// SPDX-License-Identifier: Apache-2.0
#include "json/json_value.h"

#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "base/random.h"
#include "json/json_writer.h"

namespace flink::json {
namespace {

TEST_CASE("values") {
  const auto json = JsonValue::parse(R"( {"a": [1, -2.5, true, null, "x\n\u00b5\ud83d\ude00"], )"
                                     R"("b": {"c": 9223372036854775807}, "d": 1e3} )");
  REQUIRE(json);
  const auto& a = (*json)["a"].items();
  CHECK(a[0].as_int() == 1);
  CHECK(a[1].as_double() == -2.5);
  CHECK(a[1].as_int() == -2);
  CHECK(a[2].as_bool());
  CHECK(a[3].type() == JsonValue::Type::null);
  CHECK(a[4].as_string() == "x\nµ😀");
  CHECK((*json)["b"]["c"].as_int() == INT64_MAX);
  CHECK((*json)["d"].as_double() == 1000);
  CHECK((*json)["nope"]["deeper"].as_string().empty());
}

TEST_CASE("of members with the same name the last counts") {
  const auto json = JsonValue::parse(R"({"b": 0, "a": 1, "b": {"a": 2, "a": 3}, "c": 4, "a": 5})");
  REQUIRE(json);
  CHECK(json->members().size() == 3);
  CHECK((*json)["a"].as_int() == 5);
  CHECK((*json)["b"]["a"].as_int() == 3);
  CHECK((*json)["b"].members().size() == 1);
}

TEST_CASE("a number is the nearest to its digits") {
  for (const char* text :
       {"0.1", "1.7976931348623157e308", "5e-324", "2.2250738585072011e-308", "9007199254740993.0",
        "1e23", "-0.0", "0.500000000000000166533453694", "123456789012345678901234567890"}) {
    CAPTURE(text);
    const auto value = JsonValue::parse(text);
    REQUIRE(value);
    CHECK(value->as_double() == std::strtod(text, nullptr));
  }
  const std::uint64_t seed = base::entropy_seed();
  CAPTURE(seed);
  base::SeededRandom random(seed);
  for (int round = 0; round < 20'000; ++round) {
    const auto number = std::bit_cast<double>(random.next());
    if (!std::isfinite(number)) continue;
    char text[40];
    std::snprintf(text, sizeof text, "[%.17g]", number);
    CAPTURE(text);
    const auto value = JsonValue::parse(text);
    REQUIRE(value);
    REQUIRE(value->items()[0].as_double() == number);
  }
}

TEST_CASE("what is not JSON") {
  for (const char* text :
       {"",    "{",      "[1,]",        "{\"a\"}",     "{a:1}",        "tru",       "01x",
        "-",   ".5",     "\"\\q\"",     "\"\\ud800\"", "\"\\udc00x\"", "\"\n\"",    "1 2",
        "[1}", "\"open", "\"\\u12g4\"", "nul",         "+1",           "{\"a\":1,}"}) {
    CAPTURE(text);
    CHECK(!JsonValue::parse(text));
  }
  CHECK(!JsonValue::parse(std::string(100'000, '[')));
}

TEST_CASE("what the writer writes reads back the same") {
  const std::uint64_t seed = base::entropy_seed();
  CAPTURE(seed);
  base::SeededRandom random(seed);
  for (int round = 0; round < 5'000; ++round) {
    std::string text;
    for (std::uint64_t n = random.below(12); n > 0; --n)
      text += static_cast<char>(random.below(128));
    std::string json;
    append_json_string(json, text);
    const auto value = JsonValue::parse(json);
    REQUIRE(value);
    CHECK(value->as_string() == text);
    // Arbitrary bytes, and a valid text with one byte changed, are refused or read, never worse.
    for (char& c : text) c = static_cast<char>(random.next());
    JsonValue::parse(text);
    json[random.below(json.size())] = static_cast<char>(random.next());
    JsonValue::parse(json);
  }
}

}  // namespace
}  // namespace flink::json
