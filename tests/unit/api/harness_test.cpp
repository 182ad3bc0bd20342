// SPDX-License-Identifier: Apache-2.0
// The harness with several subtasks: who gets what, and snapshots at another parallelism.
#include <doctest/doctest.h>
#include <flink/environment.h>
#include <flink/error.h>
#include <flink/operator_list.h>
#include <flink/state.h>
#include <flink/testing.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

using namespace flink;
using flink::testing::Harness;
using flink::testing::Parallelism;

namespace {

using Numbers = std::vector<std::int64_t>;
constexpr int parallelisms[] = {1, 2, 3, 7, 128};
Timestamp ms(std::int64_t millis) { return timestamp_of_millis(millis); }

struct Seen {
  std::int64_t key = 0;
  std::int64_t count = 0;
  int subtask = 0;
  int subtasks = 0;
};

// Counts each key; says so at once, and again at the timer of the key's own time.
struct Counts {
  ValueState<std::int64_t> count{"count"};
  int subtask = 0, subtasks = 0;

  void open(RuntimeContext& runtime) {
    subtask = runtime.subtask_index();
    subtasks = runtime.parallelism();
  }
  void process_element(const std::int64_t& key, KeyedContext<std::int64_t>& ctx,
                       Collector<Seen>& out) {
    count.update(count.value_or(0) + 1);
    ctx.timer_service().register_event_time_timer(ms(1000 + key));
    out.collect({key, *count.value(), subtask, subtasks});
  }
  void on_timer(Timestamp, KeyedContext<std::int64_t>& ctx, Collector<Seen>& out) {
    out.collect({ctx.current_key(), *count.value(), subtask, subtasks});
  }
};

auto counts(const DataStream<std::int64_t>& in) {
  return in.key_by([](const std::int64_t& n) { return n; }).process(Counts{});
}

// Keeps what comes; says all that it has when asked by a negative number.
struct Keeps {
  OperatorList<std::int64_t> kept{"kept"};
  void process_element(const std::int64_t& in, ProcessContext&, Collector<std::int64_t>& out) {
    if (in >= 0) return kept.add(in);
    for (const auto one : kept.get()) out.collect(one);
  }
};

Numbers sorted(Numbers numbers) {
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

}  // namespace

TEST_CASE("each key has one subtask, and every subtask has some") {
  for (const int n : {1, 2, 3, 7}) {
    CAPTURE(n);
    Harness<std::int64_t, Seen> harness{counts, Parallelism{n}};
    for (std::int64_t i = 0; i < 400; ++i) harness.push(i % 200);
    std::map<std::int64_t, int> owner;
    std::set<int> used;
    for (const auto& seen : harness.output()) {
      CHECK(seen.subtasks == n);
      CHECK(owner.try_emplace(seen.key, seen.subtask).first->second == seen.subtask);
      used.insert(seen.subtask);
    }
    CHECK(static_cast<int>(used.size()) == n);
  }
}

TEST_CASE("a snapshot goes on at any parallelism: state and timers go with their key groups") {
  const auto seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937 random{seed};
  for (const int before : parallelisms) {
    for (const int after : parallelisms) {
      CAPTURE(before);
      CAPTURE(after);
      std::map<std::int64_t, std::int64_t> expected;
      Harness<std::int64_t, Seen> first{counts, Parallelism{before}};
      Harness<std::int64_t, Seen> second{counts, Parallelism{after}};
      for (int i = 0; i < 60; ++i) {
        const auto key = static_cast<std::int64_t>(random() % 40);
        ++expected[key];
        first.push(key);
      }
      first.push_watermark(ms(1000 - 1));
      second.restore(first.snapshot());
      second.push(7);
      ++expected[7];
      CHECK(second.take().back().count == expected[7]);
      second.push_watermark(ms(2000));
      std::map<std::int64_t, std::int64_t> fired;
      for (const auto& seen : second.take()) {
        CHECK(fired.emplace(seen.key, seen.count).second);
      }
      CHECK(fired == expected);
    }
  }
}

TEST_CASE("lists without keys are divided, each item once") {
  for (const int before : {1, 2, 3}) {
    for (const int after : {1, 2, 3}) {
      CAPTURE(before);
      CAPTURE(after);
      const auto build = [](const DataStream<std::int64_t>& in) {
        return in.rebalance().process(Keeps{});
      };
      Harness<std::int64_t, std::int64_t> first{build, Parallelism{before}};
      for (std::int64_t i = 0; i < 10; ++i) first.push(i);
      Harness<std::int64_t, std::int64_t> second{build, Parallelism{after}};
      second.restore(first.snapshot());
      second.push(10);
      for (int i = 0; i < after; ++i) second.push(-1);  // each in its turn
      CHECK(sorted(second.output()) == Numbers{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10});
    }
  }
}

TEST_CASE("what comes out of several subtasks has the least of their watermarks") {
  Harness<std::int64_t, std::int64_t> harness{[](const DataStream<std::int64_t>& in) {
                                                return in.rebalance()
                                                    .map([](std::int64_t n) { return n; })
                                                    .broadcast()
                                                    .map([](std::int64_t n) { return n; });
                                              },
                                              Parallelism{3}};
  harness.push_all({1, 2, 3, 4});
  CHECK(sorted(harness.output()) == Numbers{1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4});
  harness.push_watermark(ms(5));
  harness.push_watermark(ms(9));
  CHECK(harness.watermarks() == std::vector<Timestamp>{ms(5), ms(9)});
}

TEST_CASE("late stays late across a restore; a watermark that is not news does nothing") {
  for (const int after : {1, 2}) {
    Harness<std::int64_t, Seen> first{counts};
    first.push_watermark(ms(500));
    Harness<std::int64_t, Seen> second{counts, Parallelism{after}};
    second.restore(first.snapshot());
    second.push_watermark(ms(400));
    CHECK(second.watermarks().empty());
    second.push_watermark(ms(600));
    CHECK(second.watermarks() == std::vector<Timestamp>{ms(600)});
  }
}

TEST_CASE("a restore that comes too late is refused") {
  using Counted = Harness<std::int64_t, Seen>;
  const auto snapshot = Counted{counts}.snapshot();
  const std::vector<std::function<void(Counted&)>> beginnings{
      [](Counted& harness) { harness.push(1); },
      [](Counted& harness) { harness.push_watermark(ms(1)); },
      [](Counted& harness) { harness.set_processing_time(ms(1)); },
      [](Counted& harness) { (void)harness.snapshot(); },
      [&](Counted& harness) { harness.restore(snapshot); },
  };
  for (std::size_t i = 0; i < beginnings.size(); ++i) {
    CAPTURE(i);
    Counted harness{counts, Parallelism{2}};
    beginnings[i](harness);
    CHECK_THROWS_WITH_AS(harness.restore(snapshot), doctest::Contains("make a new harness"), Error);
  }
}

TEST_CASE("a parallelism that cannot be is refused") {
  for (const int n : {0, -1, 129}) {
    CHECK_THROWS_AS((Harness<std::int64_t, Seen>{counts, Parallelism{n}}), Error);
  }
}
