// SPDX-License-Identifier: Apache-2.0
// Each operator by what it emits, through the harness that users have too.
#include <doctest/doctest.h>
#include <flink/testing.h>
#include <flink/text.h>

#include <map>
#include <random>
#include <string>
#include <vector>

using namespace flink;
using flink::testing::Harness;

namespace {

struct WordCount {
  std::string word;
  std::int64_t count = 0;
  friend bool operator==(const WordCount&, const WordCount&) = default;
};
struct Reading {
  std::int32_t sensor = 0;
  std::int64_t value = 0;
  std::int64_t at = 0;
  friend bool operator==(const Reading&, const Reading&) = default;
};

void split(std::string_view line, Collector<WordCount>& out) {
  for (const auto word : split_whitespace(line))
    out.collect({.word = std::string{word}, .count = 1});
}

}  // namespace

TEST_CASE("word count: every update") {
  Harness<std::string, WordCount> harness{[](DataStream<std::string> in) {
    return in.flat_map(split).key_by(&WordCount::word).sum(&WordCount::count);
  }};
  harness.push("to be or not to be");
  CHECK(harness.output() ==
        std::vector<WordCount>{{"to", 1}, {"be", 1}, {"or", 1}, {"not", 1}, {"to", 2}, {"be", 2}});
}

TEST_CASE("split_whitespace: the six ASCII white-space bytes and nothing else") {
  const std::string text = " a\tb\nc\vd\fe\rf\xc2\xa0g  ";
  std::vector<std::string> words;
  for (const auto word : split_whitespace(text)) words.emplace_back(word);
  CHECK(words == std::vector<std::string>{"a", "b", "c", "d", "e", "f\xc2\xa0g"});
}

TEST_CASE("split_whitespace: lines of any length, a byte at a time") {
  for (std::uint64_t seed = 1; seed <= 5000; ++seed) {
    CAPTURE(seed);
    std::mt19937_64 random{seed};
    const std::vector<char> line = [&random] {
      // Exactly as long as it is: a sanitizer would see a read beyond it.
      std::vector<char> bytes(random() % (random() % 4 == 0 ? 200 : 40));
      const auto spaces = 1 + random() % 20;
      for (char& byte : bytes) {
        byte = random() % spaces == 0 ? " \t\n\v\f\r"[random() % 6] : static_cast<char>(random());
      }
      return bytes;
    }();
    std::vector<std::string> expected(1), words;
    for (const char c : line) {
      if (std::string_view{" \t\n\v\f\r"}.find(c) == std::string_view::npos) {
        expected.back().push_back(c);
      } else if (!expected.back().empty()) {
        expected.emplace_back();
      }
    }
    if (expected.back().empty()) expected.pop_back();
    for (const auto word : split_whitespace({line.data(), line.size()})) words.emplace_back(word);
    REQUIRE(words == expected);
  }
}

TEST_CASE("min overwrites the field, min_by gives the record; ties keep the earlier") {
  const std::vector<Reading> input{{1, 5, 10}, {1, 3, 11}, {1, 3, 12}, {1, 9, 13}};
  const auto run = [&input](auto build) {
    Harness<Reading, Reading> harness{build};
    for (const auto& r : input) harness.push(r);
    return harness.output();
  };
  CHECK(run([](DataStream<Reading> in) { return in.key_by(&Reading::sensor).min("value"); }) ==
        std::vector<Reading>{{1, 5, 10}, {1, 3, 10}, {1, 3, 10}, {1, 3, 10}});
  CHECK(run([](DataStream<Reading> in) {
          return in.key_by(&Reading::sensor).min_by(&Reading::value);
        }) == std::vector<Reading>{{1, 5, 10}, {1, 3, 11}, {1, 3, 11}, {1, 3, 11}});
  CHECK(run([](DataStream<Reading> in) {
          return in.key_by(&Reading::sensor).max(&Reading::value);
        }) == std::vector<Reading>{{1, 5, 10}, {1, 5, 10}, {1, 5, 10}, {1, 9, 10}});
  CHECK(run([](DataStream<Reading> in) { return in.key_by(&Reading::sensor).max_by("value"); }) ==
        std::vector<Reading>{{1, 5, 10}, {1, 5, 10}, {1, 5, 10}, {1, 9, 13}});
}

TEST_CASE("reduce against a map, random keys over growth of the table") {
  const unsigned seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937_64 random{seed};
  Harness<Reading, Reading> harness{[](DataStream<Reading> in) {
    return in.key_by([](const Reading& r) { return r.sensor; })
        .reduce([](const Reading& a, const Reading& b) {
          return Reading{a.sensor, a.value + b.value, b.at};
        });
  }};
  std::map<std::int32_t, Reading> oracle;
  for (int i = 0; i < 20000; ++i) {
    const Reading r{static_cast<std::int32_t>(random() % 5000),
                    static_cast<std::int64_t>(random() % 100), i};
    auto [place, fresh] = oracle.emplace(r.sensor, r);
    if (!fresh) place->second = {r.sensor, place->second.value + r.value, r.at};
    harness.push(r);
    REQUIRE(harness.take() == std::vector<Reading>{place->second});
  }
}

namespace {
struct Late {
  OutputTag<std::string> odd{"odd"};
  int opened = 0;
  Counter* seen = nullptr;
  void open(RuntimeContext& context) { seen = &context.counter("seen"); }
  void process_element(const std::int64_t& n, ProcessContext& ctx, Collector<std::int64_t>& out) {
    seen->inc();
    if (n % 2 != 0) {
      ctx.output(odd, "odd " + std::to_string(n));
    } else {
      out.collect(n);
    }
  }
};
struct KeyOf {
  void process_element(const Reading&, KeyedContext<std::int32_t>& ctx,
                       Collector<std::int32_t>& out) {
    out.collect(ctx.current_key());
  }
};
}  // namespace

TEST_CASE("process: side outputs, counters, the current key") {
  Harness<std::int64_t, std::int64_t> harness{
      [](DataStream<std::int64_t> in) { return in.process(Late{}); }};
  const auto& odd = harness.side_output(OutputTag<std::string>{"odd"});
  for (std::int64_t i = 1; i <= 5; ++i) harness.push(i);
  CHECK(harness.output() == std::vector<std::int64_t>{2, 4});
  CHECK(odd == std::vector<std::string>{"odd 1", "odd 3", "odd 5"});
  CHECK(harness.counter("seen") == 5);

  Harness<Reading, std::int32_t> keyed{
      [](DataStream<Reading> in) { return in.key_by(&Reading::sensor).process(KeyOf{}); }};
  keyed.push({7, 1, 1});
  CHECK(keyed.output() == std::vector<std::int32_t>{7});
}

namespace {
struct ViewRecord {
  std::string_view word;
};
}  // namespace

TEST_CASE("views stay valid behind flat_map and arena bytes with them; as<Owned>() copies") {
  Harness<std::string, WordCount> harness{[](DataStream<std::string> in) {
    return in
        .flat_map([](const std::string& line, Collector<ViewRecord>& out) {
          for (const auto word : split_whitespace(line)) out.collect({out.arena().copy(word)});
        })
        .map([](const ViewRecord& v) {
          return WordCount{std::string{v.word}, 1};
        });
  }};
  std::string line;
  for (int i = 0; i < 30000; ++i) line += "word" + std::to_string(i) + " ";
  harness.push(line);
  REQUIRE(harness.output().size() == 30000);
  CHECK(harness.output()[29999] == WordCount{"word29999", 1});

  struct Owned {
    std::string word;
  };
  Harness<std::string, std::string> converted{[](DataStream<std::string> in) {
    return in
        .flat_map([](const std::string& s, Collector<ViewRecord>& out) {
          out.collect({out.arena().copy(s)});
        })
        .as<Owned>()
        .map(&Owned::word);
  }};
  converted.push("x");
  CHECK(converted.output() == std::vector<std::string>{"x"});
}

TEST_CASE("timestamps travel with what a record becomes") {
  struct Stamps {
    void process_element(const std::int64_t& n, ProcessContext& ctx, Collector<std::int64_t>& out) {
      out.collect(n + (ctx.timestamp() ? ctx.timestamp()->time_since_epoch().count() : -1));
    }
  };
  Harness<std::int64_t, std::int64_t> harness{[](DataStream<std::int64_t> in) {
    return in.map([](const std::int64_t& n) { return n * 10; })
        .filter([](const std::int64_t& n) { return n > 0; })
        .process(Stamps{});
  }};
  harness.push(1, timestamp_of_millis(5));
  harness.push(2);
  CHECK(harness.output() == std::vector<std::int64_t>{15, 19});
}
