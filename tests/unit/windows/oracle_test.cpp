// SPDX-License-Identifier: Apache-2.0
// Windows against an oracle: random streams out of order, windows, lateness, watermarks and
// restores. After each step both have given the same.
#include "unit/windows/oracle.h"

#include <flink/error.h>
#include <flink/state.h>

#include <algorithm>
#include <array>
#include <memory>
#include <random>
#include <type_traits>

#include "unit/windows/script.h"

using namespace flink;
using namespace flink::test;

namespace {

// In the oracle's words; of sessions the elements' order is not asked.
struct Plain {
  bool sorted = false;
  void process(const std::string& key, WindowContext<TimeWindow>& ctx, Elements<Element> elements,
               Collector<std::string>& out) const {
    std::vector<std::int64_t> all;
    for (const Element& element : elements) all.push_back(element.n);
    if (sorted) std::sort(all.begin(), all.end());
    std::string line = key + test::text(ctx.window()) + "=";
    for (const std::int64_t n : all) line += std::to_string(n) + ",";
    out.collect(line);
  }
};

// The numbers of its elements, in order, as reduce and aggregate keep them.
struct Numbers {
  using Accumulator = std::vector<std::int64_t>;
  Accumulator create_accumulator() const { return {}; }
  void add(const Element& element, Accumulator& to) const { to.push_back(element.n); }
  Accumulator get_result(const Accumulator& of) const { return of; }
  void merge(const Accumulator& from, Accumulator& into) const {
    into.insert(into.end(), from.begin(), from.end());
  }
};

// The same where a record may be added to what lies in the row.
struct FewNumbers {
  struct Accumulator {
    std::int64_t count = 0;
    std::array<std::int16_t, 150> numbers{};
  };
  Accumulator create_accumulator() const { return {}; }
  void add(const Element& element, Accumulator& to) const {
    to.numbers.at(static_cast<std::size_t>(to.count++)) = static_cast<std::int16_t>(element.n);
  }
  std::vector<std::int64_t> get_result(const Accumulator& of) const {
    return {of.numbers.begin(), of.numbers.begin() + of.count};
  }
  void merge(const Accumulator& from, Accumulator& into) const {
    std::copy_n(from.numbers.begin(), from.count, into.numbers.begin() + into.count);
    into.count += from.count;
  }
};
static_assert(std::is_trivially_copyable_v<FewNumbers::Accumulator>);

using Harness = testing::Harness<Element, std::string>;

// The assigner's own, under another name: then nothing is sliced.
struct PlainTrigger : EventTimeTrigger {};

enum class Kind { processed, aggregated, few, summed };

template <class Windows>
auto results(const Windows& windows, bool sorted, Kind kind) -> Texts {
  const auto with = [&](auto stream) -> Texts {
    return stream.union_with(stream.get_side_output(late_tag).map(late_as_text));
  };
  if (kind == Kind::processed) return with(windows.process(Plain{sorted}));
  if (kind == Kind::summed) {
    const auto sums = windows.sum(&Element::value);
    return sums
        .map([](const Element& sum) {
          return sum.key + "=" + std::to_string(sum.n) + "/" + std::to_string(sum.value);
        })
        .union_with(sums.get_side_output(late_tag).map(late_as_text));
  }
  const auto show = [sorted](const std::string& key, WindowContext<TimeWindow>& ctx,
                             const std::vector<std::int64_t>& numbers,
                             Collector<std::string>& out) {
    std::vector<std::int64_t> all = numbers;
    if (sorted) std::sort(all.begin(), all.end());
    std::string line = key + test::text(ctx.window()) + "=";
    for (const std::int64_t n : all) line += std::to_string(n) + ",";
    out.collect(line);
  };
  if (kind == Kind::few) return with(windows.aggregate(FewNumbers{}, show));
  return with(windows.aggregate(Numbers{}, show));
}

std::unique_ptr<Harness> harness_of(const OracleWindows& of, Kind kind, bool sliced = true) {
  const auto ms = [](std::int64_t millis) { return std::chrono::milliseconds{millis}; };
  return std::make_unique<Harness>([of, kind, sliced, ms](DataStream<Element> in) {
    const auto keyed = in.key_by(&Element::key);
    const auto cut = [&](const auto& assigner) {
      return results(keyed.window(assigner)
                         .allowed_lateness(ms(of.lateness))
                         .side_output_late_data(late_tag),
                     !of.in_order, kind)
          .map([](const std::string& line) { return line; });
    };
    if (of.gap > 0) return cut(EventTimeSessionWindows::with_gap(ms(of.gap)));
    if (of.size != of.slide && !sliced) {
      return results(
                 keyed.window(SlidingEventTimeWindows::of(ms(of.size), ms(of.slide), ms(of.offset)))
                     .trigger(PlainTrigger{})
                     .allowed_lateness(ms(of.lateness))
                     .side_output_late_data(late_tag),
                 !of.in_order, kind)
          .map([](const std::string& line) { return line; });
    }
    if (of.size != of.slide) {
      return cut(SlidingEventTimeWindows::of(ms(of.size), ms(of.slide), ms(of.offset)));
    }
    return cut(TumblingEventTimeWindows::of(ms(of.size), ms(of.offset)));
  });
}

}  // namespace

TEST_CASE("windows against an oracle") {
  const unsigned seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937 random(seed);
  const auto below = [&random](std::int64_t n) {
    return std::uniform_int_distribution<std::int64_t>{0, n - 1}(random);
  };
  std::size_t lines = 0, late = 0;
  for (int round = 0; round < 200; ++round) {
    CAPTURE(round);
    OracleWindows of;
    of.size = of.slide = 1 + below(20);
    if (below(3) == 0) of.slide = 1 + below(25);
    of.offset = below(2 * of.slide - 1) - (of.slide - 1);
    if (below(3) == 0) of.gap = 1 + below(12);
    if (below(2) == 0) of.lateness = below(30);
    if (of.gap == 0 && below(4) == 0) of.size = of.slide * (1 + below(40));
    // Sessions that merge, and slices, are in no order that is told.
    Kind kind = of.gap > 0 ? Kind(below(3)) : Kind(below(4));
    of.in_order = of.gap == 0 && (kind == Kind::processed || kind == Kind::summed);
    of.summed = kind == Kind::summed;
    Oracle oracle{of};
    // From a savepoint of before there were slices, that is.
    auto harness = harness_of(of, kind, below(2) == 0);
    std::int64_t now = below(1000) - 500, watermark = now - 50, n = 0;
    for (int step = 0; step < 150; ++step) {
      CAPTURE(step);
      const auto what = below(10);
      if (what < 7) {
        const std::string key(1, static_cast<char>('a' + below(3)));
        const std::int64_t at = now - below(30);
        ++n;
        harness->push({key, n, OracleWindows::value_of(n)}, test::ms(at));
        oracle.element(key, at, n);
      } else if (what < 9) {
        watermark = std::max(watermark, now - below(15));
        harness->push_watermark(test::ms(watermark));
        oracle.watermark(watermark);
      } else if (step % 5 == 0) {
        const auto snapshot = harness->snapshot();
        harness = harness_of(of, kind);
        harness->restore(snapshot);
        harness->push_watermark(test::ms(watermark));  // no state: the next one brings it back
        REQUIRE(harness->take().empty());
      }
      now += below(4);
      auto got = harness->take();
      std::sort(got.begin(), got.end());
      const auto expected = oracle.take();
      REQUIRE(got == expected);
      lines += expected.size();
      for (const auto& line : expected) late += line.starts_with("late") ? 1 : 0;
    }
  }
  MESSAGE("seed ", seed, ": ", lines, " results, ", late, " of them late elements");
  CHECK(lines > 2000);
  CHECK(late > 50);
}

TEST_CASE("slices that were restored for other windows are refused") {
  OracleWindows of;
  of.size = 20;
  of.slide = 10;
  of.summed = true;
  auto harness = harness_of(of, Kind::summed);
  harness->push({"a", 1, 1}, test::ms(5));
  const auto snapshot = harness->snapshot();
  of.slide = 4;
  harness = harness_of(of, Kind::summed);
  harness->restore(snapshot);
  CHECK_THROWS_WITH_AS(harness->push({"a", 2, 1}, test::ms(6)),
                       doctest::Contains("give the old size, slide and offset"), Error);
}
