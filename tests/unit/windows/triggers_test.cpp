// SPDX-License-Identifier: Apache-2.0
// Triggers and evictors, one row a rule (Flink, "Triggers", "Evictors").
#include <flink/error.h>

#include "unit/windows/script.h"

using namespace flink;
using namespace flink::test;
using namespace std::chrono_literals;

namespace {

const auto tumbling = TumblingEventTimeWindows::of(10ms);
const auto sessions = EventTimeSessionWindows::with_gap(10ms);
const auto global = GlobalWindows::create();
constexpr auto forever = std::chrono::milliseconds::max();

template <class Assigner, class Trigger>
std::function<Texts(Keyed)> triggered(Assigner assigner, Trigger trigger,
                                      std::chrono::milliseconds lateness = {}) {
  return [assigner, trigger, lateness](Keyed in) {
    return in.window(assigner).trigger(trigger).allowed_lateness(lateness).process(Show<>{});
  };
}
template <class Trigger>
std::function<Texts(Keyed)> globally(Trigger trigger) {
  return [trigger](Keyed in) {
    return in.window(global).trigger(trigger).process(Show<GlobalWindow>{});
  };
}
template <class Evictor>
std::function<Texts(Keyed)> evicted(Evictor evictor, int every = 1) {
  return [evictor, every](Keyed in) {
    return in.window(global)
        .trigger(CountTrigger::of(every))
        .evictor(evictor)
        .process(Show<GlobalWindow>{});
  };
}
double far(const Element& a, const Element& b) {
  return static_cast<double>(b.value < a.value ? a.value - b.value : b.value - a.value);
}

// Fires at elements with a value; keeps what `purge` says; writes down when it is cleared.
struct AtValues {
  TriggerResult at_value = TriggerResult::FIRE;
  ValueState<std::int64_t> seen{"seen"};

  TriggerResult on_element(const Element& element, Timestamp at, const TimeWindow& window,
                           TriggerContext& ctx) {
    CHECK(window.start() <= at);
    CHECK(ctx.current_watermark() == ctx.get_current_watermark());
    const auto& count = ctx.get_partitioned_state(seen);
    count.update(count.value_or(0) + 1);
    return element.value != 0 && count.value_or(0) > 1 ? at_value : TriggerResult::CONTINUE;
  }
  TriggerResult on_event_time(Timestamp, const TimeWindow&, TriggerContext&) {
    return TriggerResult::CONTINUE;
  }
  TriggerResult on_processing_time(Timestamp, const TimeWindow&, TriggerContext&) {
    return TriggerResult::CONTINUE;
  }
  void clear(const TimeWindow&, TriggerContext&) { seen.clear(); }
};

// As the window's own, and fires at each element.
struct AtEach : EventTimeTrigger {
  TriggerResult on_element(const Element& element, Timestamp at, const TimeWindow& window,
                           TriggerContext& ctx) const {
    (void)EventTimeTrigger::on_element(element, at, window, ctx);
    return TriggerResult::FIRE;
  }
};

// Sets a timer behind the watermark at each element.
struct Behind {
  TriggerResult on_element(const Element&, Timestamp at, const TimeWindow&, TriggerContext& ctx) {
    ctx.register_event_time_timer(at - 100ms);
    return TriggerResult::CONTINUE;
  }
  TriggerResult on_event_time(Timestamp, const TimeWindow&, TriggerContext&) {
    return TriggerResult::FIRE;
  }
  TriggerResult on_processing_time(Timestamp, const TimeWindow&, TriggerContext&) {
    return TriggerResult::CONTINUE;
  }
  void clear(const TimeWindow&, TriggerContext&) {}
};

}  // namespace

TEST_CASE("triggers") {
  check_rows({
      {"a trigger replaces the window's own: nothing fires at the end",
       triggered(tumbling, CountTrigger::of(2)), "a@1 a@2 a@3 end", "a[0,10)=1,2"},
      {"count: at every n-th; what fired stays", triggered(tumbling, CountTrigger::of(2)),
       "a@1 a@2 a@3 a@4", "a[0,10)=1,2 a[0,10)=1,2,3,4"},
      {"count: a window that is over is forgotten, count and all",
       triggered(tumbling, CountTrigger::of(2)), "a@1 w9 a@11 a@12", "a[10,20)=2,3"},
      {"count: sessions that become one count together", triggered(sessions, CountTrigger::of(3)),
       "a@0 a@20 a@10", "a[0,30)=2,1,3"},
      {"purging: what fired is gone", triggered(tumbling, PurgingTrigger::of(CountTrigger::of(2))),
       "a@1 a@2 a@3 a@4", "a[0,10)=1,2 a[0,10)=3,4"},
      {"purging at the end: late elements fire alone",
       triggered(tumbling, PurgingTrigger::of(EventTimeTrigger::create()), 5ms),
       "a@1 w9 a@2 a@3 w50", "a[0,10)=1 a[0,10)=2 a[0,10)=3"},
      {"an empty window fires nothing",
       triggered(tumbling, PurgingTrigger::of(ContinuousEventTimeTrigger::of(3ms))), "a@1 w3 w9",
       "a[0,10)=1"},
      {"count window", [](Keyed in) { return in.count_window(2).process(Show<GlobalWindow>{}); },
       "a b a a b a end", "a=1,3 b=2,5 a=4,6"},
      {"count window that slides: the last n at every m",
       [](Keyed in) { return in.count_window(3, 2).process(Show<GlobalWindow>{}); },
       "a a a a a a a end", "a=1,2 a=2,3,4 a=4,5,6"},
      {"global windows fire never of themselves",
       [](Keyed in) { return in.window(GlobalWindows::create()).process(Show<GlobalWindow>{}); },
       "a@1 w5 end", ""},
      {"or at the end of the input",
       [](Keyed in) {
         return in.window(GlobalWindows::create_with_end_of_stream_trigger())
             .process(Show<GlobalWindow>{});
       },
       "a@1 a w5 end", "a=1,2"},
      {"never", triggered(tumbling, NeverTrigger{}), "a@1 w9 end", ""},
      {"continuous: at every multiple, and at the end",
       triggered(tumbling, ContinuousEventTimeTrigger::of(4ms)), "a@1 w3 w4 a@6 w8 w9 w30",
       "a[0,10)=1 a[0,10)=1,2 a[0,10)=1,2"},
      {"continuous: one watermark over all of it",
       triggered(tumbling, ContinuousEventTimeTrigger::of(4ms)), "a@1 w30",
       "a[0,10)=1 a[0,10)=1 a[0,10)=1"},
      {"continuous: late elements fire at once",
       triggered(tumbling, ContinuousEventTimeTrigger::of(4ms), 5ms), "a@1 w9 a@2",
       "a[0,10)=1 a[0,10)=1 a[0,10)=1 a[0,10)=1,2"},
      {"continuous, of the clock", globally(ContinuousProcessingTimeTrigger::of(10ms)),
       "p1 a p9 p10 a p20 p30", "a=1 a=1,2 a=1,2"},
      {"continuous, of the clock: not past the window",
       [](Keyed in) {
         return in.window(TumblingProcessingTimeWindows::of(10ms))
             .trigger(ContinuousProcessingTimeTrigger::of(4ms))
             .process(Show<>{});
       },
       "p1 a p4 p8 p9 p50", "a[0,10)=1 a[0,10)=1 a[0,10)=1"},
      {"delta: far from where it fired last", globally(DeltaTrigger<Element>::of(10, far)),
       "a/0 a/10 a/11 a/15 a/22 a/0", "a=1,2,3 a=1,2,3,4,5 a=1,2,3,4,5,6"},
      {"time-out: as the nested one",
       globally(ProcessingTimeoutTrigger::of(CountTrigger::of(2), 5ms)), "p1 a a p10", "a=1,2"},
      {"time-out: or that long after the first",
       globally(ProcessingTimeoutTrigger::of(CountTrigger::of(3), 5ms)), "p1 a p4 a p5 p6 a p30",
       "a=1,2 a=1,2,3"},
      {"time-out: after the newest",
       globally(ProcessingTimeoutTrigger::of(CountTrigger::of(9), 5ms, true)),
       "p1 a p4 a p6 p8 p9 p30", "a=1,2"},
      {"time-out, purging",
       globally(PurgingTrigger::of(ProcessingTimeoutTrigger::of(CountTrigger::of(3), 5ms))),
       "p1 a p4 a p6 a p30", "a=1,2 a=3"},
      {"a user's own", triggered(tumbling, AtValues{}), "a@1/1 a@2 a@3/1 a@4/1 end",
       "a[0,10)=1,2,3 a[0,10)=1,2,3,4"},
      {"one that derives from the window's own is asked for each element",
       triggered(tumbling, AtEach{}), "a@1 a@2 w20", "a[0,10)=1 a[0,10)=1,2 a[0,10)=1,2"},
      {"in sessions, too", triggered(sessions, AtEach{}), "a@1 a@2 w40",
       "a[1,11)=1 a[1,12)=1,2 a[1,12)=1,2"},
      {"PURGE alone", triggered(tumbling, AtValues{TriggerResult::PURGE}), "a@1 a@2/1 a@3 end", ""},
      {"FIRE_AND_PURGE", triggered(tumbling, AtValues{TriggerResult::FIRE_AND_PURGE}),
       "a@1 a@2/1 a@3 a@4/1", "a[0,10)=1,2 a[0,10)=3,4"},
      {"its state is the window's", triggered(tumbling, AtValues{}), "a@1/1 a@11/1 a@12/1",
       "a[10,20)=2,3"},
      {"a timer behind the watermark waits", triggered(tumbling, Behind{}), "w5 a@7", ""},
      {"for the next one", triggered(tumbling, Behind{}), "w5 a@7 a@8 w6",
       "a[0,10)=1,2 a[0,10)=1,2"},
      {"continuous, near the end of time", triggered(tumbling, ContinuousEventTimeTrigger::of(4ms)),
       "a@9223372036854775806 end", "a[9223372036854775800,9223372036854775807)=1"},
      {"continuous, near its beginning, an interval longer than all before",
       triggered(TumblingEventTimeWindows::of(2ms), ContinuousEventTimeTrigger::of(100ms)),
       "a@-9223372036854775807 w0", "a[-9223372036854775808,-9223372036854775806)=1"},
      {"an interval without end", triggered(tumbling, ContinuousEventTimeTrigger::of(forever)),
       "a@1 w9 a@11 end", "a[0,10)=1 a[10,20)=2"},
      {"a time-out without end",
       globally(ProcessingTimeoutTrigger::of(CountTrigger::of(2), forever)), "p1 a p9999 a p99999",
       "a=1,2"},
  });
}

// Whether contents are a list or one value, which has a way of its own through the operator.
Texts summed(Keyed in, const auto& assigner, const auto& trigger) {
  return in.window(assigner).trigger(trigger).sum(&Element::value).map([](const Element& sum) {
    return sum.key + "=" + std::to_string(sum.value);
  });
}

TEST_CASE("a time trigger of the other clock fires for elements that come after it has fired") {
  const auto by_clock = [](const auto& assigner) {
    return [assigner](Keyed in) { return summed(in, assigner, ProcessingTimeTrigger::create()); };
  };
  const auto by_event_time = [](const auto& assigner) {
    return [assigner](Keyed in) { return summed(in, assigner, EventTimeTrigger::create()); };
  };
  check_rows({
      {"event-time windows, the clock", by_clock(TumblingEventTimeWindows::of(10ms)),
       "p1 a@1/1 p9 a@8/2 p11 a@8/4 p12 w20", "a=1 a=3 a=7"},
      {"sliding ones", by_clock(SlidingEventTimeWindows::of(10ms, 10ms)),
       "p1 a@1/1 p9 a@8/2 p11 a@8/4 p12 w20", "a=1 a=3 a=7"},
      {"sessions", by_clock(EventTimeSessionWindows::with_gap(10ms)),
       "p1 a@1/1 p10 a@1/2 p11 a@1/4 p12 w20", "a=1 a=3 a=7"},
      {"windows of the clock, event time", by_event_time(TumblingProcessingTimeWindows::of(10ms)),
       "p1 w1000 a@1/1 a@1/2 a@1/4", "a=1 a=3 a=7"},
      {"sessions of the clock", by_event_time(ProcessingTimeSessionWindows::with_gap(10ms)),
       "p1 w1000 a@1/1 a@1/2 a@1/4", "a=1 a=3 a=7"},
      {"a list, the clock",
       triggered(TumblingEventTimeWindows::of(10ms), ProcessingTimeTrigger::create()),
       "p1 a@1 p9 a@8 p11 w20", "a[0,10)=1 a[0,10)=1,2"},
  });
}

TEST_CASE("evictors") {
  check_rows({
      {"count: the last n, and the others are gone", evicted(CountEvictor::of(2)), "a a a a",
       "a=1 a=1,2 a=2,3 a=3,4"},
      {"count, after the function", evicted(CountEvictor::of(1, true)), "a a a", "a=1 a=1,2 a=2,3"},
      {"count of nothing: the function is called all the same", evicted(CountEvictor::of(0)), "a a",
       "a= a="},
      {"time: back from the newest timestamp, that very time not", evicted(TimeEvictor::of(5ms)),
       "a@1 a@6 a@3 a@20", "a=1 a=2 a=2,3 a=4"},
      {"time: without timestamps nothing goes", evicted(TimeEvictor::of(5ms)), "a a", "a=1 a=1,2"},
      {"time: without end", evicted(TimeEvictor::of(forever)), "a@5 a@-9000 a@1",
       "a=1 a=1,2 a=1,2,3"},
      {"time: at the beginning of time nothing is older", evicted(TimeEvictor::of(5ms)),
       "a@-9223372036854775807 a@-9223372036854775806 a@-9223372036854775800 a@0",
       "a=1 a=1,2 a=3 a=4"},
      {"time: at its end", evicted(TimeEvictor::of(5ms)),
       "a@9223372036854775800 a@9223372036854775806 a@9223372036854775803", "a=1 a=2 a=2,3"},
      {"time: less than nothing", evicted(TimeEvictor::of(std::chrono::milliseconds::min())), "a@5",
       "a="},
      {"delta: as far as that from the last", evicted(DeltaEvictor<Element>::of(10, far)),
       "a/0 a/9 a/10 a/20", "a=1 a=1,2 a=2,3 a=4"},
      {"with reduce: over those that are left",
       [](Keyed in) {
         return in.window(global)
             .trigger(CountTrigger::of(1))
             .evictor(CountEvictor::of(2))
             .sum(&Element::value)
             .map([](const Element& sum) { return std::to_string(sum.value); });
       },
       "a/1 a/2 a/4", "1 3 6"},
      {"in windows that merge",
       [](Keyed in) { return in.window(sessions).evictor(CountEvictor::of(2)).process(Show<>{}); },
       "a@0 a@20 a@10 end", "a[0,30)=1,3"},
      {"in windows of time, at the end",
       [](Keyed in) {
         return in.window(tumbling)
             .allowed_lateness(9ms)
             .evictor(CountEvictor::of(2))
             .process(Show<>{});
       },
       "a@1 a@2 a@3 w9 a@4 w18 a@5", "a[0,10)=2,3 a[0,10)=3,4 dropped:1"},
  });
}

namespace {

// A user's: takes out every element with a value of 0.
struct NoZeros {
  void evict_before(std::vector<TimestampedValue<Element>>& elements, std::size_t size,
                    const TimeWindow& window, EvictorContext& ctx) const {
    CHECK(size == elements.size());
    CHECK(ctx.current_watermark() >= window.max_timestamp());
    std::erase_if(elements, [](const auto& element) { return element.value.value == 0; });
  }
  void evict_after(std::vector<TimestampedValue<Element>>& elements, std::size_t,
                   const TimeWindow& window, EvictorContext&) const {
    for (const auto& element : elements) CHECK(*element.timestamp >= window.start());
  }
};

}  // namespace

TEST_CASE("evictors of users") {
  check_rows({
      {"before and after",
       [](Keyed in) { return in.window(tumbling).evictor(NoZeros{}).process(Show<>{}); },
       "a@1/1 a@2 a@3/2 w9", "a[0,10)=1,3"},
  });
}
