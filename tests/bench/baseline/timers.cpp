// SPDX-License-Identifier: Apache-2.0
// timers and interval_join: two threads, partition by key, watermarks. Timers in a heap by time,
// each once: a set by (key, time). The join keeps each key's records of both sides as long as a
// partner can come.
#include <algorithm>
#include <utility>
#include <vector>

#include "probed_table.h"
#include "timed_exchange.h"

namespace bench {
namespace {

constexpr std::size_t group = 32;

struct Timer {
  std::uint64_t key = 0;
  std::int64_t at = 0;
  bool used = false;
  std::uint64_t hash() const { return mix(key) + static_cast<std::uint64_t>(at); }
  bool is(const Timer& other) const { return key == other.key && at == other.at; }
};

class Timers {
 public:
  explicit Timers(const Arguments&) {}

  void take(const TimedEvent* events, std::size_t count) {
    for (std::size_t from = 0; from < count; from += group) {
      const std::size_t stop = std::min(count, from + group);
      for (std::size_t i = from; i < stop; ++i) set_.prefetch(timer(events[i]).hash());
      for (std::size_t i = from; i < stop; ++i) {
        const Timer set = timer(events[i]);
        if (!set_.find_or_add(set).second) continue;
        heap_.push_back({set.at, set.key});
        std::push_heap(heap_.begin(), heap_.end(), std::greater<>{});
      }
    }
  }
  void advance(std::int64_t watermark) {
    while (!heap_.empty() && heap_.front().first <= watermark) {
      const auto [at, key] = heap_.front();
      std::pop_heap(heap_.begin(), heap_.end(), std::greater<>{});
      heap_.pop_back();
      set_.erase(set_.find({key, at}));
      sink_.add({key, at, 1});
    }
  }
  Result finish() { return sink_.finish(); }

 private:
  static Timer timer(const TimedEvent& event) { return {event.key, timer_of(event), true}; }

  ProbedTable<Timer> set_;
  std::vector<std::pair<std::int64_t, std::uint64_t>> heap_;
  TimedSink sink_;
};

// ---- the join

constexpr std::int64_t reach = 5;                          // milliseconds, to either side
constexpr std::int64_t right_bit = std::int64_t{1} << 40;  // in `value`

struct Kept {
  std::int64_t at, value;
};
struct KeySides {
  std::uint64_t key = 0;
  std::vector<Kept> sides[2];
  bool used = false;
  std::uint64_t hash() const { return key; }
  bool is(const KeySides& other) const { return key == other.key; }
};

class Join {
 public:
  explicit Join(const Arguments&) {}

  void take(const TimedEvent* events, std::size_t count) {
    for (std::size_t from = 0; from < count; from += group) {
      const std::size_t stop = std::min(count, from + group);
      for (std::size_t i = from; i < stop; ++i) table_.prefetch(events[i].key);
      for (std::size_t i = from; i < stop; ++i) add(events[i]);
    }
  }
  void advance(std::int64_t watermark) { watermark_ = watermark; }
  Result finish() { return sink_.finish(); }

 private:
  void add(const TimedEvent& event) {
    KeySides* const held = table_.find_or_add({event.key, {}, true}).first;
    const bool right = (event.value & right_bit) != 0;
    const std::int64_t value = event.value & ~right_bit;
    held->sides[right].push_back({event.at, value});
    auto& others = held->sides[!right];
    std::erase_if(others, [&](const Kept& kept) { return kept.at + reach < watermark_; });
    for (const Kept& kept : others) {
      if (std::abs(kept.at - event.at) > reach) continue;
      sink_.add({event.key, std::max(kept.at, event.at), kept.value + value});
    }
  }

  ProbedTable<KeySides> table_;
  std::int64_t watermark_ = INT64_MIN;
  TimedSink sink_;
};

}  // namespace

Result timers(const Arguments& arguments) {
  return run_timed<Timers>(arguments, timed_events(arguments));
}
// Even numbers are the left stream's records, odd ones the right one's.
Result interval_join(const Arguments& arguments) {
  return run_timed<Join>(arguments, [of = arguments](std::uint64_t n) {
    const std::uint64_t side = of.records / 2;
    const std::uint64_t half = of.records / 2;
    const std::uint64_t own = (n < half ? n : n - half) / 2 + (n < half ? 0 : side / 2);
    TimedEvent event = make_timed_event(own, side, of.keys, of.per_ms);
    if ((n & 1) != 0) event.value |= right_bit;
    return event;
  });
}

}  // namespace bench
