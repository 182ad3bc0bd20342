// SPDX-License-Identifier: Apache-2.0
// Golden values: a change here sends keys of stored state to other key groups. Never edit them.
#include <doctest/doctest.h>
#include <flink/types/hash_batch.h>

#include <cmath>
#include <unordered_set>

#include "unit/types/records.h"

namespace {

using namespace types_test;
using flink::key_equal;
using flink::key_group;
using flink::key_hash;
using namespace std::string_view_literals;

struct Pair {
  std::string name;
  std::int32_t number;
};

TEST_CASE("golden hashes") {
  CHECK(key_hash(0) == 0x0000000000000000ull);
  CHECK(key_hash(1) == 0xb456bcfc34c2cb2cull);
  CHECK(key_hash(-1) == 0x64b5720b4b825f21ull);
  CHECK(key_hash(""sv) == 0xa5506ff52926ac13ull);
  CHECK(key_hash("a"sv) == 0x3d42b550a9432714ull);
  CHECK(key_hash("word"sv) == 0xc5be6fd719b759b7ull);
  CHECK(key_hash("keyed state"sv) == 0xde7ad88b188bf5a8ull);
  CHECK(key_hash("a string of more than sixteen bytes"sv) == 0x1d108a5fb43e496aull);
  CHECK(key_hash(1.5) == 0x885dcc874e75b6f0ull);
  CHECK(key_hash(Pair{"a", 1}) == 0x6299fa9ed3c664d9ull);
  CHECK(key_hash(std::vector<int>{1, 2}) == 0x9b62c7be6acd4865ull);
  CHECK(key_hash(std::variant<int, std::string>{"a"}) == 0x9052318ed3e9ea2dull);
  CHECK(key_hash(std::optional<int>{}) == 0xe7037ed1a0b428dbull);
}

TEST_CASE("equal values of different types hash alike") {
  CHECK(key_hash(std::string{"abc"}) == key_hash("abc"sv));
  CHECK(key_hash(std::int8_t{-3}) == key_hash(std::int64_t{-3}));
  CHECK(key_hash(Color::blue) == key_hash(2));
  CHECK(key_hash(true) == key_hash(1));
  CHECK(key_hash(std::chrono::seconds{5}) == key_hash(5));
  CHECK(key_hash(0.0) == key_hash(-0.0));
  CHECK(key_hash(1.5f) == key_hash(1.5));
  CHECK(key_hash(std::nan("1")) == key_hash(-std::nan("2")));
  CHECK(key_hash(std::tuple{"a"sv, 1}) == key_hash(Pair{"a", 1}));
  CHECK(key_hash(std::pair{std::string{"a"}, 1}) == key_hash(Pair{"a", 1}));
}

TEST_CASE("different values hash differently") {
  std::unordered_set<std::uint64_t> seen;
  for (std::size_t size = 0; size < 100; ++size) {
    std::string text(size, 'x');
    CHECK(seen.insert(key_hash(text)).second);
    for (std::size_t at = 0; at < size; ++at) {
      text[at] = 'y';
      CHECK(seen.insert(key_hash(text)).second);
      text[at] = 'x';
    }
  }
  CHECK(key_hash(std::tuple{1, 2}) != key_hash(std::tuple{2, 1}));
  CHECK(key_hash(std::vector<std::string>{"a", ""}) != key_hash(std::vector<std::string>{"a"}));
  CHECK(key_hash(std::optional<int>{}) != key_hash(std::optional<int>{0}));
  CHECK(key_hash(std::variant<int, long>{1}) != key_hash(std::variant<int, long>{1L}));
}

TEST_CASE("keys are equal by operator== or by fields") {
  CHECK(key_equal(Pair{"a", 1}, Pair{"a", 1}));
  CHECK_FALSE(key_equal(Pair{"a", 1}, Pair{"a", 2}));
  CHECK(key_equal(std::string{"a"}, "a"sv));
  CHECK(key_equal(std::tuple{std::string{"a"}, 1}, std::tuple{"a"sv, 1}));
  CHECK_FALSE(key_equal(std::tuple{std::string{"a"}, 1}, std::tuple{"b"sv, 1}));
  CHECK(key_equal(std::nan(""), std::nan("")));
  CHECK(key_equal(std::vector<Pair>{{"a", 1}}, std::vector<Pair>{{"a", 1}}));
  CHECK_FALSE(key_equal(std::vector<Pair>{{"a", 1}}, std::vector<Pair>{}));
  CHECK(key_equal(std::optional<Pair>{}, std::optional<Pair>{}));
  CHECK_FALSE(key_equal(std::variant<int, Pair>{1}, std::variant<int, Pair>{Pair{"a", 1}}));
  CHECK(key_equal(Point{1, 2}, Point{1, 2}));
}

// The formula of Flink's MathUtils.murmurHash, computed apart from this code, over 0, 1, 2, -1, 42,
// 2^31 - 1 and Java's "hello".hashCode().
TEST_CASE("the murmur hash is Flink's") {
  const std::pair<std::uint32_t, std::uint32_t> golden[] = {
      {0x0u, 593689054u},         {0x1u, 68075478u},    {0x2u, 1085422463u},
      {0xffffffffu, 1982413648u}, {0x2au, 1134849565u}, {0x7fffffffu, 1653689534u},
      {0x5e918d2u, 1715862179u}};
  for (const auto& [code, hash] : golden) CHECK(flink::detail::murmur_hash(code) == hash);
}

TEST_CASE("key groups and their subtasks cover everything evenly") {
  for (const int max_parallelism : {1, 7, 128, 200, 32768}) {
    std::vector<int> hits(static_cast<std::size_t>(max_parallelism));
    const int keys = max_parallelism * 50;
    for (int key = 0; key < keys; ++key) {
      const int group = key_group(key_hash(key), max_parallelism);
      REQUIRE(group >= 0);
      REQUIRE(group < max_parallelism);
      ++hits[static_cast<std::size_t>(group)];
    }
    for (const int hit : hits) CHECK((hit > 10 && hit < 100));
  }
  for (const int parallelism : {1, 2, 3, 100, 128}) {
    int last = 0;
    for (int group = 0; group < 128; ++group) {
      const int index = flink::operator_index(group, 128, parallelism);
      CHECK((index == last || index == last + 1));
      last = index;
    }
    CHECK(last == parallelism - 1);
  }
}

// Any number of keys, so that vectors and what is left of them are both met.
TEST_CASE("hashing many keys at once gives what hashing each gives") {
  struct Record {
    std::int32_t number;
    std::string text;
  };
  for (std::size_t count = 0; count < 600; count += count < 200 ? 1 : 97) {
    std::vector<Record> records;
    for (std::size_t i = 0; i < count; ++i) {
      const auto number = static_cast<std::int32_t>(flink::detail::mix64(count * 1000 + i));
      records.push_back({number, std::to_string(number)});
    }
    std::vector<std::uint64_t> numbers(count), texts(count);
    const auto number_of = [](const Record& r) { return r.number; };
    const auto text_of = [](const Record& r) -> const std::string& { return r.text; };
    flink::detail::hash_keys<Record>(number_of, records.data(), count, numbers.data());
    flink::detail::hash_keys<Record>(text_of, records.data(), count, texts.data());
    for (std::size_t i = 0; i < count; ++i) {
      CHECK(numbers[i] == key_hash(records[i].number));
      CHECK(texts[i] == key_hash(records[i].text));
    }
    for (const int max_parallelism : {1, 2, 100, 128, 32768}) {
      const int parallelism = 1 + static_cast<int>(count * 163) % max_parallelism;
      std::vector<std::uint16_t> channels(count);
      flink::detail::channels_of_hashes(numbers.data(), count, max_parallelism, parallelism,
                                        channels.data());
      for (std::size_t i = 0; i < count; ++i) {
        const int group = key_group(numbers[i], max_parallelism);
        CHECK(channels[i] == flink::operator_index(group, max_parallelism, parallelism));
      }
    }
  }
}

TEST_CASE("the default max parallelism is Flink's") {
  const std::pair<int, int> golden[] = {{1, 128},       {85, 128},      {86, 256},
                                        {128, 256},     {200, 512},     {1000, 2048},
                                        {21845, 32768}, {30000, 32768}, {32768, 32768}};
  for (const auto& [parallelism, expected] : golden) {
    CHECK(flink::default_max_parallelism(parallelism) == expected);
  }
}

}  // namespace
