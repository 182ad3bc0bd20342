// SPDX-License-Identifier: Apache-2.0
#include "config/value_syntax.h"

#include <doctest/doctest.h>

#include "base/random.h"

namespace flink::config {
namespace {

using namespace std::chrono_literals;

TEST_CASE("durations") {
  struct Row {
    const char* text;
    std::optional<Duration> expected;
  };
  const Row rows[] = {
      {"10 s", 10s},
      {"5min", 5min},
      {"100", 100ms},
      {"0", 0ms},
      {" 7500 ms ", 7500ms},
      {"1 h", 1h},
      {"2 days", 48h},
      {"1d", 24h},
      {"3 m", 3min},
      {"50 MS", 50ms},
      {"10 µs", 10us},
      {"9 nanos", 9ns},
      {"3 minutes", 3min},
      {"PT10S", 10s},
      {"pt1m30s", 90s},
      {"P1DT2H", 26h},
      {"PT0.25S", 250ms},
      {"PT1.000000001S", 1000000001ns},
      {"9223372036854775807 ns", Duration::max()},
      {"", {}},
      {"s", {}},
      {"-1 s", {}},
      {"1.5 s", {}},
      {"1 fortnight", {}},
      {"P", {}},
      {"PT", {}},
      {"PT1D", {}},
      {"P1H", {}},
      {"PT1S1M", {}},
      {"PT1.5M", {}},
      {"PT-1S", {}},
      {"1 s 2", {}},
      {"9223372036854775808 ns", {}},
      {"99999999999 d", {}},
      {"PT99999999999999H", {}},
      {"P106751DT24H", {}},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    CHECK(parse_duration(row.text) == row.expected);
  }
}

TEST_CASE("memory sizes") {
  struct Row {
    const char* text;
    std::optional<MemorySize> expected;
  };
  const Row rows[] = {
      {"64 mb", MemorySize{64u << 20}},
      {"1g", MemorySize{1u << 30}},
      {"4096", MemorySize{4096}},
      {"1728m", MemorySize{1728ull << 20}},
      {"2 GB", MemorySize{2ull << 30}},
      {"1 kibibytes", MemorySize{1024}},
      {"9223372036854775807 bytes", MemorySize{INT64_MAX}},
      {"10485760b", MemorySize{10485760}},
      {"1 t", MemorySize{1ull << 40}},
      {"", {}},
      {"mb", {}},
      {"-1 mb", {}},
      {"1.5g", {}},
      {"1 zb", {}},
      {"9223372036854775808", {}},
      {"9999999999 tb", {}},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    CHECK(parse_memory_size(row.text) == row.expected);
  }
}

TEST_CASE("numbers and booleans") {
  CHECK(parse_bool(" True ") == true);
  CHECK(parse_bool("FALSE") == false);
  CHECK(!parse_bool("yes"));
  CHECK(parse_int32("2147483647") == 2147483647);
  CHECK(parse_int32("+4") == 4);
  CHECK(!parse_int32("+-4"));
  CHECK(!parse_int32("2147483648"));
  CHECK(!parse_int32("4x"));
  CHECK(!parse_int32(""));
  CHECK(parse_int64("-5") == -5);
  CHECK(parse_float64("0.4") == 0.4);
  CHECK(!parse_float64("nan"));
  CHECK(!parse_float64("inf"));
  CHECK(!parse_float64("0,4"));
}

TEST_CASE("ports") {
  CHECK(parse_port_range("8081")->ports() == std::vector<std::uint16_t>{8081});
  CHECK(parse_port_range("8081-8083, 9000")->ports() ==
        std::vector<std::uint16_t>{8081, 8082, 8083, 9000});
  CHECK(parse_port_range("0")->ports() == std::vector<std::uint16_t>{0});
  CHECK(parse_port_range("65535")->ports().size() == 1);
  for (const char* bad :
       {"", "8083-8081", "65536", "0-10", "a", "1-2-3", "8081,", "-1", "1-65535,1-65535"}) {
    CAPTURE(bad);
    CHECK(!parse_port_range(bad));
  }
}

TEST_CASE("lists and maps") {
  CHECK(parse_list("a;b") == StringList{"a", "b"});
  CHECK(parse_list("'a;b';c") == StringList{"a;b", "c"});
  CHECK(parse_list("[a, \"b, c\"]") == StringList{"a", "b, c"});
  CHECK(parse_list("'it''s'") == StringList{"it's"});
  CHECK(parse_list("") == StringList{});
  CHECK(parse_list("[]") == StringList{});
  CHECK(!parse_list("'open"));
  CHECK(!parse_list("'a'b"));
  CHECK(parse_map("k1:v1,k2:v2") == StringMap{{"k1", "v1"}, {"k2", "v2"}});
  CHECK(parse_map("{a: 'x:y,z', b: ''}") == StringMap{{"a", "x:y,z"}, {"b", ""}});
  CHECK(parse_map("url:http://x") == StringMap{{"url", "http://x"}});
  const std::string zero("a\0b", 3);
  CHECK(parse_map("k:" + zero) == StringMap{{"k", zero}});
  CHECK(parse_map(format_map({{zero, zero}})) == StringMap{{zero, zero}});
  CHECK(!parse_map("a"));
  CHECK(!parse_map("a:1,,b:2"));
  CHECK(!parse_map(":1"));
}

TEST_CASE("formatting") {
  CHECK(format_duration(90s) == "90 s");
  CHECK(format_duration(5min) == "5 min");
  CHECK(format_duration(0s) == "0 ms");
  CHECK(format_memory_size({64u << 20}) == "64 mb");
  CHECK(format_memory_size({1000}) == "1000 bytes");
  CHECK(format_memory_size({0}) == "0 bytes");
}

TEST_CASE("what is formatted reads back the same, and no text breaks a parser") {
  const std::uint64_t seed = base::entropy_seed();
  CAPTURE(seed);
  base::SeededRandom random(seed);
  static constexpr std::string_view alphabet = "0123456789 ;:,'\"[]{}-.+PTDHMSptdhmsgbkµ=\n\tae";
  auto random_text = [&] {
    std::string text;
    for (std::uint64_t n = random.below(20); n > 0; --n)
      text += alphabet[random.below(alphabet.size())];
    return text;
  };
  for (int round = 0; round < 20'000; ++round) {
    const std::string text = random_text();
    CAPTURE(text);
    parse_bool(text);
    parse_port_range(text);
    if (const auto list = parse_list(text)) CHECK(parse_list(format_list(*list)) == list);
    if (const auto map = parse_map(text)) CHECK(parse_map(format_map(*map)) == map);
    if (const auto value = parse_duration(text)) {
      CHECK(parse_duration(format_duration(*value)) == value);
    }
    if (const auto value = parse_memory_size(text)) {
      CHECK(parse_memory_size(format_memory_size(*value)) == value);
    }
    StringList list;
    for (std::uint64_t n = random.below(5); n > 0; --n) list.push_back(random_text());
    if (!(list.size() == 1 && list[0].empty())) CHECK(parse_list(format_list(list)) == list);
    StringMap map;
    for (std::uint64_t n = random.below(4); n > 0; --n) map["k" + random_text()] = random_text();
    CHECK(parse_map(format_map(map)) == map);
  }
}

}  // namespace
}  // namespace flink::config
