// SPDX-License-Identifier: Apache-2.0
// Every kind of keyed state and both kinds of timers, in one function whose output is the same
// multiset of lines in every run, whatever fails, at any parallelism: each key's records come from
// one split, in order, and a line depends on its key's records alone. It checks itself too: records
// out of order, doubled or lost, and timers that should be gone, give lines of their own.
#include <flink/flink.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "../mean.h"

using namespace flink;

namespace {

constexpr std::int64_t blocks = 12;  // of the input: any split boundary at 1 to 4 and 6 lies on one
constexpr std::int64_t keys_per_block = 10;

struct Event {
  std::int64_t key = 0;
  std::int64_t seq = 0;  // of the key's records: 0, 1, ...
  std::int64_t at = 0;
  std::int64_t value = 0;
};
struct Line {
  std::string what;
  std::int64_t key = 0;
  std::int64_t seq = 0;
  std::uint64_t digest = 0;
};

Event event_of(std::int64_t index, std::int64_t records) {
  const std::int64_t block_size = records / blocks;
  const std::int64_t block = index / block_size, i = index % block_size;
  return {block * keys_per_block + i % keys_per_block, i / keys_per_block, i * 100,
          (index * 7919) % 1000};
}

void mix(std::uint64_t& digest, std::uint64_t value) {
  digest = (digest ^ value) * 0x9e3779b97f4a7c15ull;
  digest ^= digest >> 29;
}

class Everything {
 public:
  Everything() {
    young_.enable_time_to_live(StateTtlConfig::new_builder(std::chrono::hours{100'000}).build());
  }

  void process_element(const Event& event, KeyedContext<std::int64_t>& context,
                       Collector<Line>& out) {
    const std::int64_t expected = last_.value_or(-1) + 1;
    if (event.seq != expected) out.collect({"out of order", event.key, event.seq, 0});
    last_.update(event.seq);
    update(event);
    set_timers(event, context.timer_service());
    out.collect({"record", event.key, event.seq, digest()});
  }

  void on_timer(Timestamp at, OnTimerContext<std::int64_t>& context, Collector<Line>& out) {
    const std::int64_t millis = at.time_since_epoch().count();
    const bool event_time = context.time_domain() == TimeDomain::event_time;
    auto& pending = event_time ? event_timers_ : processing_timers_;
    const std::int64_t* const seq = pending.get(millis);
    if (seq == nullptr) {
      out.collect({"a timer nobody waits for", context.current_key(), 0, 0});
      return;
    }
    out.collect({event_time ? "event time" : "processing time", context.current_key(), *seq, 0});
    pending.remove(millis);
  }

 private:
  void update(const Event& event) {
    text_.update(text_.value_or("") + static_cast<char>('a' + event.value % 26));
    if (text_.value()->size() > 40) text_.clear();
    recent_.add(event.value);
    if (event.seq % 8 == 7) {
      std::vector<std::int64_t> kept;
      for (const std::int64_t value : recent_.get()) {
        if (value % 3 != 0) kept.push_back(value);
      }
      recent_.update(kept);
    }
    if (event.seq % 64 == 63) recent_.clear();
    by_rest_.put(event.value % 7, by_rest_.get_or(event.value % 7, 0) + 1);
    if (event.seq % 16 == 15) by_rest_.remove(event.value % 7);
    if (event.seq % 100 == 99) by_rest_.clear();
    young_.update(event.seq);
    sum_.add(event.value);
    mean_.add(event.value);
    auto& slot = slots_[static_cast<std::size_t>(event.value % 2)];
    slot.update(slot.value_or(0) + event.seq);
  }

  void set_timers(const Event& event, TimerService& timers) {
    if (event.seq % 10 == 0) {
      event_timers_.put(event.at, event.seq);
      timers.register_event_time_timer(timestamp_of_millis(event.at));
    }
    // Set by one record, taken back by the next: must never fire.
    const auto late = timestamp_of_millis(1'000'000'000'000);
    if (event.seq % 10 == 2) timers.register_event_time_timer(late);
    if (event.seq % 10 == 3) timers.delete_event_time_timer(late);
    // Early ones only: at the end of the input none is pending.
    if (event.seq % 10 == 5 && event.seq < 30) {
      std::int64_t at = timers.current_processing_time().time_since_epoch().count() + 500;
      while (processing_timers_.contains(at)) ++at;
      processing_timers_.put(at, event.seq);
      timers.register_processing_time_timer(timestamp_of_millis(at));
    }
  }

  std::uint64_t digest() const {
    std::uint64_t out = 0;
    for (const char c : text_.value_or("-")) mix(out, static_cast<std::uint64_t>(c));
    for (const std::int64_t value : recent_.get()) mix(out, static_cast<std::uint64_t>(value));
    std::uint64_t entries = 0;  // which come in no particular order
    for (const auto& [rest, count] : by_rest_.entries()) {
      entries += static_cast<std::uint64_t>((rest + 1) * 1'000'003 * count);
    }
    mix(out, entries);
    mix(out, static_cast<std::uint64_t>(young_.value_or(-1)));
    mix(out, static_cast<std::uint64_t>(*sum_.get()));
    mix(out, static_cast<std::uint64_t>(*mean_.get() * 1000));
    for (const auto& slot : slots_) mix(out, static_cast<std::uint64_t>(slot.value_or(-1)));
    return out;
  }

  ValueState<std::int64_t> last_{"last"};
  ValueState<std::string> text_{"text"};
  ValueState<std::int64_t> young_{"young"};
  ListState<std::int64_t> recent_{"recent"};
  MapState<std::int64_t, std::int64_t> by_rest_{"by-rest"};
  MapState<std::int64_t, std::int64_t> event_timers_{"event-timers"};
  MapState<std::int64_t, std::int64_t> processing_timers_{"processing-timers"};
  ReducingState<std::int64_t> sum_{
      "sum", [](const std::int64_t& a, const std::int64_t& b) { return a + b; }};
  AggregatingState<Mean> mean_{"mean"};
  std::vector<ValueState<std::int64_t>> slots_{ValueState<std::int64_t>{"slot-0"},
                                               ValueState<std::int64_t>{"slot-1"}};
};

}  // namespace

void define_job(StreamExecutionEnvironment& env) {
  const auto records = env.args().get<std::int64_t>("records", 2400);
  const auto rate = env.args().get<double>("rate", 0);
  const auto strategy =
      rate > 0 ? RateLimiterStrategy::per_second(rate) : RateLimiterStrategy::no_op();
  env.from_source(DataGeneratorSource([records](std::int64_t i) { return event_of(i, records); },
                                      records, strategy),
                  WatermarkStrategy<Event>::for_bounded_out_of_orderness(std::chrono::seconds{1})
                      .with_timestamp_assigner(&Event::at),
                  "events")
      .uid("events")
      .key_by(&Event::key)
      .process(Everything{})
      .uid("everything")
      .sink_to(FileSink<Line>::csv(env.args().require("output")))
      .uid("out");
  env.execute("Every state");
}
