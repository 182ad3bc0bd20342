// SPDX-License-Identifier: Apache-2.0
// Rolling aggregates: BATCH emits what STREAMING has emitted last for each key.
#include <doctest/doctest.h>

#include "unit/batch/both_modes.h"

using namespace flink;
using namespace flink::test;

namespace {

template <class K>
struct Rolling {
  std::vector<Stamped<K>> stream;
  bool stamped = true;

  template <class Build>
  void compare(const Build& build) const {
    const Texts streaming = finals(play(stream, stamped, {}, build));
    const Texts batch = play(stream, stamped, little_memory, build);
    CHECK(sorted(batch) == streaming);
  }
  void compare_all() const {
    const auto as_text = [](const Event<K>& e) {
      return text_of(e.key) + "=" + std::to_string(e.value);
    };
    const auto whole = [](const Event<K>& e) {
      return text_of(e.key) + "=" + std::to_string(e.value) + "," + std::to_string(e.n);
    };
    using Stream = DataStream<Event<K>>;
    compare(
        [&](Stream in) { return in.key_by(&Event<K>::key).sum(&Event<K>::value).map(as_text); });
    compare([&](Stream in) { return in.key_by(&Event<K>::key).sum("value").map(as_text); });
    compare(
        [&](Stream in) { return in.key_by(&Event<K>::key).min(&Event<K>::value).map(as_text); });
    compare(
        [&](Stream in) { return in.key_by(&Event<K>::key).max(&Event<K>::value).map(as_text); });
    compare([&](Stream in) { return in.key_by(&Event<K>::key).min_by(&Event<K>::n).map(whole); });
    compare([&](Stream in) { return in.key_by(&Event<K>::key).max_by(&Event<K>::n).map(whole); });
    compare([&](Stream in) {
      return in.key_by(&Event<K>::key)
          .reduce([](const Event<K>& a, const Event<K>& b) {
            return Event<K>{a.key, std::min(a.n, b.n), a.value ^ b.value};
          })
          .map(whole);
    });
    if (stamped) return;  // else they would come in order of time
    compare([&](Stream in) {
      return in.key_by(&Event<K>::key)
          .reduce([](const Event<K>& a, const Event<K>& b) {
            return Event<K>{a.key, a.n, a.value * 31 % 1000007 + b.value};
          })
          .map(whole);
    });
  }
};

template <class K>
void compare_random(std::uint64_t seed) {
  CAPTURE(seed);
  std::mt19937_64 random{seed};
  for (const bool stamped : {true, false}) {
    Rolling<K>{random_stream<K>(random, 1 + random() % 3000), stamped}.compare_all();
  }
}

}  // namespace

TEST_CASE("rolling aggregates give each key's last result in BATCH") {
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    compare_random<std::int64_t>(seed);
    compare_random<std::string>(seed);
    compare_random<std::optional<std::int32_t>>(seed);
    compare_random<Pair>(seed);
  }
}

TEST_CASE("nothing in, nothing out") {
  testing::Harness<Event<std::int64_t>, Event<std::int64_t>> harness{
      [](DataStream<Event<std::int64_t>> in) {
        return in.key_by(&Event<std::int64_t>::key).sum("value");
      },
      little_memory};
  harness.finish();
  CHECK(harness.output().empty());
  CHECK(harness.watermarks() == std::vector{max_timestamp});
}

TEST_CASE("records of a key are reduced in order of time, then as they came") {
  struct Word {
    std::string key, text;
  };
  testing::Harness<Word, Word> harness{
      [](DataStream<Word> in) {
        return in.key_by(&Word::key).reduce([](const Word& a, const Word& b) {
          return Word{a.key, a.text + b.text};
        });
      },
      little_memory};
  harness.push({"x", "c"}, timestamp_of_millis(3));
  harness.push({"x", "b"}, timestamp_of_millis(2));
  harness.push({"y", "z"}, timestamp_of_millis(-5));
  harness.push({"x", "B"}, timestamp_of_millis(2));
  harness.push({"x", "a"});
  harness.finish();
  Texts texts;
  for (const Word& word : harness.output()) texts.push_back(word.key + word.text);
  CHECK(sorted(texts) == Texts{"xabBc", "yz"});
  CHECK(harness.counter("numBytesSpilled") == 0);
}

TEST_CASE("records larger than all memory, and views, come through") {
  struct Line {
    std::string_view key;
    std::string_view rest;
  };
  testing::Harness<std::string_view, std::string> harness{
      [](DataStream<std::string_view> in) {
        return in.map([](std::string_view line) {
                   return Line{line.substr(0, 1), line};
                 })
            .key_by(&Line::key)
            .process([] {
              struct Longest {
                ValueState<std::int64_t> longest{"longest"};
                void process_element(const Line& line, KeyedContext<std::string>& ctx,
                                     Collector<std::string>& out) {
                  const auto size = static_cast<std::int64_t>(line.rest.size());
                  if (longest.value() != nullptr && size <= *longest.value()) return;
                  longest.update(size);
                  out.collect(ctx.current_key() + std::to_string(size));
                }
              };
              return Longest{};
            }());
      },
      testing::Batch{1024}};
  const std::string large = 'b' + std::string(100000, 'l');
  const std::string small = 'a' + std::string(50, 'x');
  for (std::size_t i = 0; i < 50; ++i) {
    harness.push(std::string_view{small}.substr(0, i + 1));
    if (i % 20 == 10) harness.push(std::string_view{large}.substr(0, 99900 + i));
  }
  harness.finish();
  CHECK(std::count(harness.output().begin(), harness.output().end(), "a50") == 1);
  CHECK(harness.counter("numBytesSpilled") > 0);
}
