// SPDX-License-Identifier: Apache-2.0
// What windows refuse, and in which words.
#include <flink/error.h>
#include <flink/state.h>

#include "unit/windows/script.h"

using namespace flink;
using namespace flink::test;
using namespace std::chrono_literals;

namespace {

const auto tumbling = TumblingEventTimeWindows::of(10ms);
const auto sessions = EventTimeSessionWindows::with_gap(10ms);

struct Refused {
  const char* what;
  std::function<void()> does;
  const char* message;
};

// Uses its state as told.
struct Uses {
  bool window_first = false, key_first = false;
  ValueState<std::int64_t> state{"seen"};
  ValueState<std::int64_t> other{"other"};
  void process(const std::string&, WindowContext<TimeWindow>& ctx, Elements<Element>,
               Collector<std::string>&) {
    if (window_first) ctx.window_state(state).update(1);
    if (key_first) ctx.global_state(state).update(1);
    if (window_first) ctx.global_state(state).update(1);
    ctx.window_state(state).update(1);
  }
};

struct NoMember {
  void process(const std::string&, WindowContext<TimeWindow>& ctx, Elements<Element>,
               Collector<std::string>&) const {
    static const ValueState<std::int64_t> elsewhere{"elsewhere"};
    ctx.global_state(elsewhere).update(1);
  }
};

struct Unmergeable {
  TriggerResult on_element(const Element&, Timestamp, const TimeWindow&, TriggerContext&) {
    return TriggerResult::CONTINUE;
  }
  TriggerResult on_event_time(Timestamp, const TimeWindow&, TriggerContext&) {
    return TriggerResult::CONTINUE;
  }
  TriggerResult on_processing_time(Timestamp, const TimeWindow&, TriggerContext&) {
    return TriggerResult::CONTINUE;
  }
  void clear(const TimeWindow&, TriggerContext&) {}
  bool can_merge() const { return false; }
  void on_merge(const TimeWindow&, OnMergeContext&) {}
};

template <class Windows>
std::function<void()> run(Windows windows, const char* script = "a@1") {
  return [windows, script] {
    run_script([&windows](Keyed in) { return in.window(windows).process(Show<>{}); }, script);
  };
}

}  // namespace

TEST_CASE("windows that cannot be") {
  const std::vector<Refused> all{
      {"no size", [] { TumblingEventTimeWindows::of(0ms); },
       "TumblingEventTimeWindows::of: the size is 0 ms; a window is at least 1 ms long"},
      {"a negative size", [] { TumblingProcessingTimeWindows::of(-5ms); }, "the size is -5 ms"},
      {"an offset as large as the size", [] { TumblingEventTimeWindows::of(10ms, 10ms); },
       "the offset is 10 ms and the size 10 ms; an offset is less than the size"},
      {"to the other side", [] { TumblingEventTimeWindows::of(10ms, -10ms); }, "-10 ms"},
      {"no slide", [] { SlidingEventTimeWindows::of(10ms, 0ms); },
       "the size is 10 ms and the slide 0 ms; each is at least 1 ms"},
      {"no size", [] { SlidingProcessingTimeWindows::of(0ms, 5ms); }, "each is at least 1 ms"},
      {"an offset as large as the slide", [] { SlidingEventTimeWindows::of(10ms, 5ms, 5ms); },
       "the offset is 5 ms and the slide 5 ms; an offset is less than the slide"},
      {"to the other side", [] { SlidingEventTimeWindows::of(10ms, 5ms, -7ms); },
       "the offset is -7 ms and the slide 5 ms"},
      {"an offset as large as the size", [] { TumblingProcessingTimeWindows::of(10ms, 10ms); },
       "TumblingProcessingTimeWindows::of: the offset is 10 ms"},
      {"a negative slide", [] { SlidingProcessingTimeWindows::of(5ms, -5ms); }, "the slide -5 ms"},
      {"no gap", [] { EventTimeSessionWindows::with_gap(0ms); },
       "EventTimeSessionWindows::with_gap: the gap is 0 ms"},
      {"no gap", [] { ProcessingTimeSessionWindows::with_gap(-1ms); },
       "ProcessingTimeSessionWindows::with_gap: the gap is -1 ms"},
      {"a count of none", [] { CountTrigger::of(0); }, "CountTrigger::of(0)"},
      {"no interval", [] { ContinuousEventTimeTrigger::of(0ms); },
       "ContinuousEventTimeTrigger::of: the interval is 0 ms"},
      {"no interval", [] { ContinuousProcessingTimeTrigger::of(0ms); },
       "ContinuousProcessingTimeTrigger::of: the interval is 0 ms"},
      {"no time-out", [] { ProcessingTimeoutTrigger::of(NeverTrigger{}, 0ms); },
       "ProcessingTimeoutTrigger::of: the timeout is 0 ms"},
      {"negative lateness",
       [] {
         run_script(
             [](Keyed in) { return in.window(tumbling).allowed_lateness(-1ms).process(Show<>{}); },
             "");
       },
       "allowed_lateness: it is -1 ms; it is not negative"},
      {"a trigger that cannot merge",
       [] {
         run_script(
             [](Keyed in) { return in.window(sessions).trigger(Unmergeable{}).process(Show<>{}); },
             "");
       },
       "these windows merge (sessions do), and the trigger says by can_merge() that it does not"},
      {"no timestamp", run(tumbling, "a"),
       "\"Window(TumblingEventTimeWindows(10), Process)\" puts records into windows of event time, "
       "but a record has no timestamp"},
      {"no timestamp", run(sessions, "a"), "with_timestamp_assigner(&Record::field)"},
      {"a gap that is none",
       run(EventTimeSessionWindows::with_dynamic_gap(
           [](const Element& element) { return element.value; })),
       "EventTimeSessionWindows::with_dynamic_gap: its function gave a gap of 0 ms"},
      {"a gap that is less",
       run(EventTimeSessionWindows::with_dynamic_gap(
               [](const Element& element) { return element.value; }),
           "a@1/-3"),
       "EventTimeSessionWindows::with_dynamic_gap: its function gave a gap of -3 ms"},
      {"a gap that is none, of the clock",
       run(ProcessingTimeSessionWindows::with_dynamic_gap(
               [](const Element& element) { return element.value; }),
           "p1 a"),
       "ProcessingTimeSessionWindows::with_dynamic_gap: its function gave a gap of 0 ms"},
      {"a count window of none",
       [] {
         run_script([](Keyed in) { return in.count_window(0).process(Show<GlobalWindow>{}); }, "");
       },
       "CountTrigger::of(0)"},
      {"one that slides by none",
       [] {
         run_script([](Keyed in) { return in.count_window(3, 0).process(Show<GlobalWindow>{}); },
                    "");
       },
       "CountTrigger::of(0)"},
      {"state that is no member",
       [] {
         run_script([](Keyed in) { return in.window(tumbling).process(NoMember{}); }, "a@1 end");
       },
       "state \"elsewhere\" is given to window_state or global_state, but is no member"},
      {"state of one session",
       [] { run_script([](Keyed in) { return in.window(sessions).process(Uses{}); }, "a@1 end"); },
       "window_state(\"seen\") in windows that merge (sessions do)"},
      {"state of the window, then of the key",
       [] {
         run_script([](Keyed in) { return in.window(tumbling).process(Uses{true}); }, "a@1 end");
       },
       "state \"seen\" is used by window_state and by global_state: give each its own handle"},
      {"state of the key, then of the window",
       [] {
         run_script(
             [](Keyed in) {
               return in.window(tumbling).process(Uses{false, true});
             },
             "a@1 end");
       },
       "state \"seen\" is used by global_state and by window_state: give each its own handle"},
  };
  for (const Refused& row : all) {
    CAPTURE(row.what);
    CHECK_THROWS_WITH_AS(row.does(), doctest::Contains(row.message), Error);
  }
}

TEST_CASE("windows that are legal, if odd") {
  CHECK(TumblingEventTimeWindows::of(10ms, 9ms).to_string() == "TumblingEventTimeWindows(10)");
  CHECK(SlidingEventTimeWindows::of(10ms, 5ms).warning().empty());
  CHECK(SlidingEventTimeWindows::of(10ms, 5ms, -4ms).to_string() ==
        "SlidingEventTimeWindows(10, 5)");
  CHECK(SlidingEventTimeWindows::of(5ms, 10ms).warning() ==
        "its slide of 10 ms is greater than its size of 5 ms: what comes between two windows is in "
        "none, and is left out");
}
