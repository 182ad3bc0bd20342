// SPDX-License-Identifier: Apache-2.0
// Every kind of operator with keyed state gives in BATCH what it gives in STREAMING, over random
// streams out of order but never late.
#include <doctest/doctest.h>
#include <flink/cep.h>

#include "unit/batch/both_modes.h"

using namespace flink;
using namespace flink::test;
using namespace std::chrono_literals;

namespace {

// Counts in pieces of time: a timer for each, and state that goes with it.
template <class K>
struct Counting {
  MapState<std::int64_t, std::int64_t> counts{"counts"};
  ValueState<std::int64_t> all{"all"};

  void process_element(const Event<K>& in, KeyedContext<K>& ctx, Collector<std::string>&) {
    const std::int64_t at = ctx.timestamp()->time_since_epoch().count() / 100 * 100 + 99;
    const auto* const before = counts.get(at);
    counts.put(at, (before != nullptr ? *before : 0) + in.value);
    const auto* const sum = all.value();
    all.update((sum != nullptr ? *sum : 0) + 1);
    ctx.timer_service().register_event_time_timer(timestamp_of_millis(at));
  }
  void on_timer(Timestamp at, KeyedContext<K>& ctx, Collector<std::string>& out) {
    const std::int64_t millis = at.time_since_epoch().count();
    out.collect(text_of(ctx.current_key()) + "@" + std::to_string(millis) + "=" +
                std::to_string(*counts.get(millis)));
    counts.remove(millis);
  }
};

// Both sides change one state; its end is emitted by one timer.
template <class K>
struct Shared {
  ValueState<std::int64_t> sum{"sum"};
  ListState<std::int64_t> numbers{"numbers"};

  void add(std::int64_t value, KeyedContext<K>& ctx) {
    const auto* const before = sum.value();
    sum.update((before != nullptr ? *before : 0) + value);
    ctx.timer_service().register_event_time_timer(Timestamp{1000000s});
  }
  void process_element1(const Event<K>& in, KeyedContext<K>& ctx, Collector<std::string>&) {
    add(in.value, ctx);
    numbers.add(in.n);
  }
  void process_element2(const Event<K>& in, KeyedContext<K>& ctx, Collector<std::string>&) {
    add(-3 * in.value, ctx);
  }
  void on_timer(Timestamp, KeyedContext<K>& ctx, Collector<std::string>& out) {
    std::int64_t all = 0, count = 0;
    for (const std::int64_t n : numbers.get()) all += n, ++count;
    out.collect(text_of(ctx.current_key()) + "=" + std::to_string(*sum.value()) + "," +
                std::to_string(all) + "," + std::to_string(count));
  }
};

template <class K>
struct InWindow {
  void process(const K& key, WindowContext<TimeWindow>& ctx, Elements<Event<K>> elements,
               Collector<std::string>& out) const {
    std::int64_t sum = 0, count = 0;
    for (const Event<K>& e : elements) sum += e.value, ++count;
    out.collect(text_of(key) + "@" +
                std::to_string(ctx.window().max_timestamp().time_since_epoch().count()) + "=" +
                std::to_string(sum) + "," + std::to_string(count));
  }
};

template <class K>
std::string joined(const Event<K>& a, const Event<K>& b) {
  return text_of(a.key) + "=" + std::to_string(a.n) + "," + std::to_string(b.n);
}
template <class K>
struct Join {
  void process_element(const Event<K>& a, const Event<K>& b, ProcessJoinContext&,
                       Collector<std::string>& out) const {
    out.collect(joined(a, b));
  }
};
template <class K>
struct Found {
  void process_match(const Match<Event<K>>& match, PatternContext&,
                     Collector<std::string>& out) const {
    out.collect(joined(match["low"].front(), match["high"].front()));
  }
};

template <class K>
void compare_one(std::uint64_t seed) {
  using Stream = DataStream<Event<K>>;
  std::mt19937_64 random{seed};
  const auto stream = random_stream<K>(random, 1 + random() % 1500);
  const auto compare = [&stream](const std::string& what, const auto& build) {
    CAPTURE(what);
    const Texts streaming = sorted(play(stream, true, {}, build));
    CHECK(sorted(play(stream, true, little_memory, build)) == streaming);
    CHECK(!streaming.empty());
  };
  const auto by_key = [](const Stream& in) { return in.key_by(&Event<K>::key); };
  compare("process", [&](Stream in) { return by_key(in).process(Counting<K>{}); });
  compare("tumbling", [&](Stream in) {
    return by_key(in).window(TumblingEventTimeWindows::of(500ms)).process(InWindow<K>{});
  });
  compare("sliding", [&](Stream in) {
    return by_key(in).window(SlidingEventTimeWindows::of(600ms, 200ms)).process(InWindow<K>{});
  });
  compare("sliding, added up", [&](Stream in) {
    return by_key(in)
        .window(SlidingEventTimeWindows::of(600ms, 200ms))
        .reduce([](const Event<K>& a, const Event<K>& b) {
          return Event<K>{a.key, std::max(a.n, b.n), a.value + b.value};
        })
        .map([](const Event<K>& e) { return joined(e, e) + "," + std::to_string(e.value); });
  });
  compare("session, added up", [&](Stream in) {
    return by_key(in)
        .window(EventTimeSessionWindows::with_gap(40ms))
        .sum(&Event<K>::value)
        .map([](const Event<K>& e) { return text_of(e.key) + std::to_string(e.value); });
  });
  compare("evicting", [&](Stream in) {
    return by_key(in)
        .window(TumblingEventTimeWindows::of(500ms))
        .evictor(TimeEvictor::of(200ms))
        .process(InWindow<K>{});
  });
  compare("session", [&](Stream in) {
    return by_key(in).window(EventTimeSessionWindows::with_gap(60ms)).process(InWindow<K>{});
  });
  compare("window sum", [&](Stream in) {
    return by_key(in)
        .window(TumblingEventTimeWindows::of(300ms))
        .max_by(&Event<K>::n)
        .map([](const Event<K>& e) { return joined(e, e); });
  });
  compare("window of all", [&](Stream in) {
    return in.window_all(TumblingEventTimeWindows::of(400ms))
        .max_by(&Event<K>::n)
        .map([](const Event<K>& e) { return joined(e, e); });
  });
  compare("pattern", [&](Stream in) {
    return CEP::pattern(by_key(in), Pattern<Event<K>>::begin("low")
                                        .where([](const Event<K>& e) { return e.value < 300; })
                                        .followed_by("high")
                                        .where([](const Event<K>& e) { return e.value > 800; })
                                        .within(400ms))
        .process(Found<K>{});
  });
}

template <class K>
void compare_two(std::uint64_t seed) {
  using Stream = DataStream<Event<K>>;
  std::mt19937_64 random{seed};
  const auto stream = random_stream<K>(random, 2 + random() % 1000);
  const auto compare = [&stream](const std::string& what, const auto& build) {
    CAPTURE(what);
    const Texts streaming = sorted(play_two(stream, {}, build));
    CHECK(sorted(play_two(stream, little_memory, build)) == streaming);
  };
  compare("connect", [](Stream a, Stream b) {
    return a.key_by(&Event<K>::key).connect(b.key_by(&Event<K>::key)).process(Shared<K>{});
  });
  compare("interval join", [](Stream a, Stream b) {
    return a.key_by(&Event<K>::key)
        .interval_join(b.key_by(&Event<K>::key))
        .between(-50ms, 100ms)
        .process(Join<K>{});
  });
  compare("window join", [](Stream a, Stream b) {
    return a.join(b)
        .where(&Event<K>::key)
        .equal_to(&Event<K>::key)
        .window(TumblingEventTimeWindows::of(200ms))
        .apply([](const Event<K>& x, const Event<K>& y) { return joined(x, y); });
  });
  compare("co-group", [](Stream a, Stream b) {
    return a.co_group(b)
        .where(&Event<K>::key)
        .equal_to(&Event<K>::key)
        .window(SlidingEventTimeWindows::of(300ms, 100ms))
        .apply([](Elements<Event<K>> some, Elements<Event<K>> others, Collector<std::string>& out) {
          std::int64_t sum = 0;
          for (const Event<K>& e : some) sum += e.n;
          for (const Event<K>& e : others) sum -= e.n;
          out.collect(std::to_string(some.size()) + "," + std::to_string(others.size()) + "," +
                      std::to_string(sum));
        });
  });
}

}  // namespace

TEST_CASE("operators of one input give the same in both modes") {
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    CAPTURE(seed);
    compare_one<std::int64_t>(seed);
    compare_one<std::string>(seed);
    compare_one<std::optional<std::int32_t>>(seed);
    compare_one<Pair>(seed);
  }
}

TEST_CASE("operators of two inputs give the same in both modes") {
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    CAPTURE(seed);
    compare_two<std::int64_t>(seed);
    compare_two<std::string>(seed);
    compare_two<std::optional<std::int32_t>>(seed);
    compare_two<Pair>(seed);
  }
}
