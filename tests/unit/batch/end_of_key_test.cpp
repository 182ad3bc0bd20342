// SPDX-License-Identifier: Apache-2.0
// What a function sees in BATCH: one key after the other, its timers at the key's end, nothing of
// the key before; broadcast records first.
#include <doctest/doctest.h>
#include <flink/flink.h>
#include <flink/testing.h>

#include <set>
#include <string>
#include <vector>

using namespace flink;
using namespace std::chrono_literals;

namespace {

struct Word {
  std::string key;
  std::int64_t n = 0;
};
using Texts = std::vector<std::string>;

std::string text(Timestamp at) {
  if (at == min_timestamp) return "min";
  if (at == max_timestamp) return "max";
  return std::to_string(at.time_since_epoch().count());
}

// Says all that it sees, and never lets a timer be the last.
struct Telling {
  ValueState<std::int64_t> seen{"seen"};

  void process_element(const Word& in, KeyedContext<std::string>& ctx,
                       Collector<std::string>& out) {
    const bool first = seen.value() == nullptr;
    seen.update(in.n);
    auto& timers = ctx.timer_service();
    out.collect(in.key + std::to_string(in.n) + (first ? " first " : " ") +
                text(timers.current_watermark()));
    timers.register_processing_time_timer(Timestamp{1h});
    timers.register_event_time_timer(Timestamp{std::chrono::milliseconds{100 - in.n}});
    timers.register_event_time_timer(Timestamp{7ms});
    timers.delete_event_time_timer(Timestamp{7ms});
  }
  void on_timer(Timestamp at, OnTimerContext<std::string>& ctx, Collector<std::string>& out) {
    auto& timers = ctx.timer_service();
    const bool event = ctx.time_domain() == TimeDomain::event_time;
    out.collect(ctx.current_key() + (event ? " event " : " clock ") + text(at) + " " +
                text(timers.current_watermark()) + " " + std::to_string(*seen.value()));
    timers.register_event_time_timer(at + 1s);
    timers.register_processing_time_timer(at + 1s);
  }
};

}  // namespace

TEST_CASE("at a key's end its timers fire under the greatest watermark, then its state goes") {
  testing::Harness<Word, std::string> harness{
      [](DataStream<Word> in) { return in.key_by(&Word::key).process(Telling{}); },
      testing::Batch{}};
  harness.push({"a", 1}, Timestamp{30ms});
  harness.push({"b", 2}, Timestamp{20ms});
  harness.push_watermark(Timestamp{25ms});
  harness.set_processing_time(Timestamp{5h});
  harness.push({"a", 3}, Timestamp{10ms});
  CHECK(harness.output().empty());
  harness.finish();
  const Texts of_a{"a3 first min", "a1 min", "a event 97 max 1", "a event 99 max 1",
                   "a clock 3600000 max 1"};
  const Texts of_b{"b2 first min", "b event 98 max 2", "b clock 3600000 max 2"};
  Texts a_then_b = of_a, b_then_a = of_b;
  a_then_b.insert(a_then_b.end(), of_b.begin(), of_b.end());
  b_then_a.insert(b_then_a.end(), of_a.begin(), of_a.end());
  const bool either = harness.output() == a_then_b || harness.output() == b_then_a;
  CHECK(either);
  CHECK(harness.watermarks() == std::vector{max_timestamp});
}

namespace {

const BroadcastState<std::string, std::int64_t> rules{"rules"};

struct Adding {
  void process_element(const Word& in, ReadOnlyContext& ctx, Collector<std::string>& out) {
    std::int64_t sum = 0;
    for (const auto& [name, n] : ctx.get_broadcast_state(rules).entries()) sum += n;
    out.collect(in.key + std::to_string(in.n + sum));
  }
  void process_broadcast_element(const std::int64_t& in, BroadcastContext& ctx,
                                 Collector<std::string>&) {
    ctx.get_broadcast_state(rules).put(std::to_string(in), in);
  }
};
struct AddingByKey {
  ValueState<std::int64_t> seen{"seen"};
  void process_element(const Word& in, KeyedReadOnlyContext<std::string>& ctx,
                       Collector<std::string>& out) {
    std::int64_t sum = 0;
    for (const auto& [name, n] : ctx.get_broadcast_state(rules).entries()) sum += n;
    const auto* const before = seen.value();
    seen.update((before != nullptr ? *before : 0) + in.n);
    out.collect(in.key + std::to_string(*seen.value() + sum));
  }
  void process_broadcast_element(const std::int64_t& in, KeyedBroadcastContext<std::string>& ctx,
                                 Collector<std::string>&) {
    ctx.get_broadcast_state(rules).put(std::to_string(in), in);
  }
};

}  // namespace

TEST_CASE("all broadcast records come before the others, which keep their order") {
  testing::TwoInputHarness<Word, std::int64_t, std::string> harness{
      [](DataStream<Word> in, DataStream<std::int64_t> changes) {
        return in.connect(changes.broadcast(rules)).process(Adding{});
      },
      testing::Batch{4096}};
  Texts wanted;
  for (std::int64_t i = 0; i < 2000; ++i) {
    harness.push1({"k", i}, Timestamp{std::chrono::milliseconds{2000 - i}});
    wanted.push_back("k" + std::to_string(i + 300));
  }
  harness.push2(100);
  harness.push2(200);
  harness.finish();
  CHECK(harness.output() == wanted);
  CHECK(harness.counter("numBytesSpilled") > 0);
}

TEST_CASE("broadcast records come before those of keys") {
  testing::TwoInputHarness<Word, std::int64_t, std::string> harness{
      [](DataStream<Word> in, DataStream<std::int64_t> changes) {
        return in.key_by(&Word::key).connect(changes.broadcast(rules)).process(AddingByKey{});
      },
      testing::Batch{}};
  harness.push1({"a", 1});
  harness.push1({"b", 5});
  harness.push1({"a", 2});
  harness.push2(100);
  harness.finish();
  const std::multiset<std::string> got(harness.output().begin(), harness.output().end());
  CHECK(got == std::multiset<std::string>{"a101", "a103", "b105"});
}
