// SPDX-License-Identifier: Apache-2.0
// What looks at each element as it comes, rather than at the watermark, gives in BATCH what it
// gives in STREAMING where the input is in order: a key's elements come in order of time in either.
// What fires early, by event time, sees more in BATCH, as in Flink: its last word is the same.
#include <doctest/doctest.h>
#include <flink/async_data_stream.h>

#include "unit/batch/both_modes.h"

using namespace flink;
using namespace flink::test;
using namespace std::chrono_literals;

namespace {

using In = Event<std::int64_t>;
using Stream = DataStream<In>;

std::string line(const In& e) {
  return text_of(e.key) + "=" + std::to_string(e.n) + "," + std::to_string(e.value);
}

template <class W>
struct All {
  void process(const std::int64_t& key, WindowContext<W>& ctx, Elements<In> elements,
               Collector<std::string>& out) const {
    std::string all = text_of(key);
    if constexpr (std::is_same_v<W, TimeWindow>) {
      all += "@" + std::to_string(ctx.window().start().time_since_epoch().count());
    }
    all += "=";
    for (const In& e : elements) all += std::to_string(e.n) + ",";
    out.collect(all);
  }
};

// What came first of either side, and how often each came.
struct Sides {
  ValueState<std::string> seen{"seen"};
  template <class Context>
  void add(char side, const In& in, Context&, Collector<std::string>& out) {
    const auto* const before = seen.value();
    seen.update((before != nullptr ? *before : std::string{}) + side);
    out.collect(line(in) + *seen.value());
  }
  void process_element1(const In& in, KeyedContext<std::int64_t>& ctx,
                        Collector<std::string>& out) {
    add('l', in, ctx, out);
  }
  void process_element2(const In& in, KeyedContext<std::int64_t>& ctx,
                        Collector<std::string>& out) {
    add('r', in, ctx, out);
  }
};

// Remembers, and counts apart what it has had a timer for.
struct Steps {
  ListState<std::int64_t> values{"values"};
  void process_element(const In& in, KeyedContext<std::int64_t>& ctx, Collector<std::string>& out) {
    values.add(in.value);
    std::string all = line(in) + ":";
    for (const std::int64_t value : values.get()) all += std::to_string(value) + ",";
    out.collect(all);
    if (in.value % 5 == 0) values.clear();
    if (in.value % 7 == 0) ctx.timer_service().delete_event_time_timer(*ctx.timestamp() + 20ms);
    else ctx.timer_service().register_event_time_timer(*ctx.timestamp() + 20ms);
  }
  void on_timer(Timestamp at, KeyedContext<std::int64_t>& ctx, Collector<std::string>& out) {
    out.collect(text_of(ctx.current_key()) + " at " +
                std::to_string(at.time_since_epoch().count()));
  }
};

struct Answer {
  void async_invoke(const In& in, ResultFuture<std::string> future) const {
    if (in.value % 3 == 0) future.complete({});
    else if (in.value % 3 == 1) future.complete({line(in)});
    else future.complete({line(in), line(in) + "again"});
  }
};

std::vector<Stamped<std::int64_t>> in_order(std::mt19937_64& random) {
  auto stream = random_stream<std::int64_t>(random, 1 + random() % 800);
  std::sort(stream.begin(), stream.end(),
            [](const auto& a, const auto& b) { return a.millis < b.millis; });
  return stream;
}

void compare(std::uint64_t seed, int parallelism) {
  std::mt19937_64 random{seed};
  const auto stream = in_order(random);
  const auto compare = [&](const std::string& what, const auto& shown, const auto& build) {
    CAPTURE(what);
    const auto parallel = [&](Stream in) {
      auto out = build(in);
      return out.set_parallelism(parallelism).map([](const std::string& text) { return text; });
    };
    const Texts streaming = shown(play(stream, true, {}, parallel));
    CHECK(shown(play(stream, true, little_memory, parallel)) == streaming);
  };
  const auto by_key = [](const Stream& in) { return in.key_by(&In::key); };
  const std::int64_t size = 1 + static_cast<std::int64_t>(random() % 9),
                     slide = 1 + static_cast<std::int64_t>(random() % 9);
  const auto tumbling = TumblingEventTimeWindows::of(300ms);
  compare("count window", sorted,
          [&](Stream in) { return by_key(in).count_window(size).process(All<GlobalWindow>{}); });
  compare("count window that slides", sorted, [&](Stream in) {
    return by_key(in).count_window(size, slide).process(All<GlobalWindow>{});
  });
  compare("count window, added up", sorted,
          [&](Stream in) { return by_key(in).count_window(size).sum(&In::value).map(line); });
  compare("counts within windows of time", sorted, [&](Stream in) {
    return by_key(in).window(tumbling).trigger(CountTrigger::of(size)).process(All<TimeWindow>{});
  });
  compare("counts that purge", sorted, [&](Stream in) {
    return by_key(in)
        .window(EventTimeSessionWindows::with_gap(60ms))
        .trigger(PurgingTrigger::of(CountTrigger::of(size)))
        .process(All<TimeWindow>{});
  });
  compare("deltas", sorted, [&](Stream in) {
    return by_key(in)
        .window(GlobalWindows::create())
        .trigger(DeltaTrigger<In>::of(300,
                                      [](const In& a, const In& b) {
                                        return static_cast<double>(std::abs(a.value - b.value));
                                      }))
        .evictor(CountEvictor::of(20))
        .process(All<GlobalWindow>{});
  });
  compare("at the end of the input", sorted, [&](Stream in) {
    return by_key(in)
        .window(GlobalWindows::create_with_end_of_stream_trigger())
        .process(All<GlobalWindow>{});
  });
  compare("continuous: the last firing", finals, [&](Stream in) {
    return by_key(in)
        .window(tumbling)
        .trigger(ContinuousEventTimeTrigger::of(70ms))
        .process(All<TimeWindow>{});
  });
  compare("continuous, late elements allowed: the last firing", finals, [&](Stream in) {
    return by_key(in)
        .window(EventTimeSessionWindows::with_gap(60ms))
        .trigger(ContinuousEventTimeTrigger::of(50ms))
        .allowed_lateness(100ms)
        .process(All<TimeWindow>{});
  });
  compare("state, element by element, and timers", sorted,
          [&](Stream in) { return by_key(in).process(Steps{}); });
  compare("asynchronous, in any order", sorted,
          [&](Stream in) { return AsyncDataStream::unordered_wait(in, Answer{}, 1s, 10); });
  compare(
      "asynchronous, in order", [](Texts texts) { return texts; },
      [&](Stream in) {
        return AsyncDataStream::ordered_wait(in, Answer{}, 1s, 10).set_parallelism(1);
      });
  const auto two = [&](const std::string& what, const auto& build) {
    CAPTURE(what);
    const auto parallel = [&](Stream a, Stream b) {
      return build(a, b).set_parallelism(parallelism).map([](const std::string& text) {
        return text;
      });
    };
    CHECK(sorted(play_two(stream, little_memory, parallel)) ==
          sorted(play_two(stream, {}, parallel)));
  };
  two("connect", [&](Stream a, Stream b) { return by_key(a).connect(by_key(b)).process(Sides{}); });
  two("union, then counted", [&](Stream a, Stream b) {
    return by_key(a.union_with(b)).count_window(size).process(All<GlobalWindow>{});
  });
}

}  // namespace

TEST_CASE("what goes by the elements is the same in both modes where they are in order") {
  for (int parallelism = 1; parallelism <= 4; ++parallelism) {
    for (std::uint64_t seed = 1; seed <= 4; ++seed) {
      CAPTURE(seed);
      CAPTURE(parallelism);
      compare(seed * 10 + static_cast<std::uint64_t>(parallelism), parallelism);
    }
  }
}
