// SPDX-License-Identifier: Apache-2.0
// The rules of windows, one row each: assigning, firing, lateness, merging (Flink, "Windows").
#include <flink/error.h>
#include <flink/types/schema.h>
#include <flink/types/serializer.h>
#include <flink/windows/slices.h>

#include "types/value_json.h"
#include "unit/windows/script.h"

using namespace flink;
using namespace flink::test;
using namespace std::chrono_literals;

namespace {

template <class Assigner>
std::function<Texts(Keyed)> shown(Assigner assigner, std::chrono::milliseconds lateness = {}) {
  return [assigner, lateness](Keyed in) {
    return in.window(assigner).allowed_lateness(lateness).process(Show<>{});
  };
}
// Late elements are shown, too.
template <class Assigner>
std::function<Texts(Keyed)> with_late(Assigner assigner, std::chrono::milliseconds lateness = {}) {
  return [assigner, lateness](Keyed in) -> Texts {
    const auto shown =
        in.window(assigner).allowed_lateness(lateness).side_output_late_data(late_tag).process(
            Show<>{});
    return shown.union_with(shown.get_side_output(late_tag).map(late_as_text));
  };
}

const auto tumbling = TumblingEventTimeWindows::of(10ms);
const auto sessions = EventTimeSessionWindows::with_gap(10ms);
constexpr const char* none = "";

}  // namespace

TEST_CASE("which windows an element is in") {
  check_rows({
      {"tumbling: [start, end), from the epoch on", shown(tumbling), "a@0 a@9 a@10 end",
       "a[0,10)=1,2 a[10,20)=3"},
      {"before the epoch as well", shown(tumbling), "a@-1 a@-10 a@-11 end",
       "a[-20,-10)=3 a[-10,0)=1,2"},
      {"an offset moves where windows start", shown(TumblingEventTimeWindows::of(10ms, 3ms)),
       "a@2 a@3 a@12 a@13 end", "a[-7,3)=1 a[3,13)=2,3 a[13,23)=4"},
      {"a negative offset, too", shown(TumblingEventTimeWindows::of(10ms, -8ms)), "a@1 a@2 end",
       "a[-8,2)=1 a[2,12)=2"},
      {"sliding: size / slide windows", shown(SlidingEventTimeWindows::of(10ms, 5ms)),
       "a@7 a@12 end", "a[0,10)=1 a[5,15)=1,2 a[10,20)=2"},
      {"sliding: size is no multiple of the slide", shown(SlidingEventTimeWindows::of(10ms, 4ms)),
       "a@8 end", "a[0,10)=1 a[4,14)=1 a[8,18)=1"},
      {"sliding: with an offset", shown(SlidingEventTimeWindows::of(10ms, 5ms, 1ms)), "a@6 end",
       "a[1,11)=1 a[6,16)=1"},
      {"sliding: before the epoch", shown(SlidingEventTimeWindows::of(10ms, 5ms)), "a@-3 end",
       "a[-10,0)=1 a[-5,5)=1"},
      {"a slide over the size leaves out, and that is not late",
       with_late(SlidingEventTimeWindows::of(5ms, 10ms)), "a@4 a@5 a@9 a@10 end",
       "a[0,5)=1 a[10,15)=4"},
      {"each key has its own windows", shown(tumbling), "a@1 b@2 a@3 w9", "a[0,10)=1,3 b[0,10)=2"},
      {"times near the end of time: the window is cut short", shown(tumbling),
       "a@9223372036854775806 end", "a[9223372036854775800,9223372036854775807)=1"},
      {"times near its beginning", shown(tumbling), "a@-9223372036854775807 w0",
       "a[-9223372036854775808,-9223372036854775798)=1"},
      {"sliding windows near both ends", shown(SlidingEventTimeWindows::of(10ms, 5ms)),
       "a@9223372036854775806 end",
       "a[9223372036854775805,9223372036854775807)=1 a[9223372036854775800,9223372036854775807)=1"},
  });
}

TEST_CASE("when a window fires") {
  check_rows({
      {"not before the watermark is its last millisecond", shown(tumbling), "a@1 w8", none},
      {"then at once", shown(tumbling), "a@1 w9", "a[0,10)=1"},
      {"once", shown(tumbling), "a@1 w9 w15 w30 end", "a[0,10)=1"},
      {"in order of end, whatever came first", shown(tumbling), "a@25 b@5 a@15 w100",
       "b[0,10)=2 a[10,20)=3 a[20,30)=1"},
      {"elements of the next window do not fire this one", shown(tumbling), "a@1 a@11", none},
      {"the end of the input is the greatest watermark", shown(tumbling), "a@1 a@99 end",
       "a[0,10)=1 a[90,100)=2"},
      {"elements are in order of arrival, not of time", shown(tumbling), "a@7 a@3 a@5 w9",
       "a[0,10)=1,2,3"},
  });
}

TEST_CASE("what is late") {
  const auto late3 = with_late(tumbling, 3ms);
  check_rows({
      {"a window whose last millisecond the watermark has reached takes no more", shown(tumbling),
       "a@1 w9 a@2", "a[0,10)=1 dropped:1"},
      {"late is what no window takes; the next window's are in time", shown(tumbling),
       "w9 a@9 a@10 w19", "a[10,20)=2 dropped:1"},
      {"an element behind the watermark is not late while its window is open", shown(tumbling),
       "w8 a@1 w9", "a[0,10)=1"},
      {"to the side output instead", with_late(tumbling), "a@1 w9 a@2 b@3 a@12 end",
       "a[0,10)=1 late:2 late:3 a[10,20)=4"},
      {"allowed lateness: an element that comes after the window fired fires it again", late3,
       "a@1 w9 a@2 a@3", "a[0,10)=1 a[0,10)=1,2 a[0,10)=1,2,3"},
      {"a window that has not fired fires at once, too", late3, "w9 a@2", "a[0,10)=1"},
      {"until max_timestamp + lateness, when its state goes", late3, "a@1 w11 a@2 w12 a@3",
       "a[0,10)=1 a[0,10)=1,2 late:3"},
      {"its state going is no firing", late3, "a@1 w9 w12 w50", "a[0,10)=1"},
      {"late: every window over and ts + lateness <= watermark",
       with_late(SlidingEventTimeWindows::of(10ms, 5ms), 3ms), "w17 a@7 a@8 a@12 w19",
       "late:1 late:2 a[10,20)=3"},
      {"sliding: those windows that are open take it",
       with_late(SlidingEventTimeWindows::of(10ms, 5ms)), "a@7 w9 a@8 w14",
       "a[0,10)=1 a[5,15)=1,2"},
      {"allowed lateness without end", shown(tumbling, std::chrono::milliseconds::max()),
       "a@1 w9 w1000000 a@2", "a[0,10)=1 a[0,10)=1,2"},
  });
}

TEST_CASE("sessions") {
  check_rows({
      {"a gap ends a session", shown(sessions), "a@0 a@11 end", "a[0,10)=1 a[11,21)=2"},
      {"windows that touch are one", shown(sessions), "a@0 a@10 end", "a[0,20)=1,2"},
      {"from before, too", shown(sessions), "a@10 a@0 end", "a[0,20)=1,2"},
      {"within, nothing changes", shown(sessions), "a@0 a@10 a@5 end", "a[0,20)=1,2,3"},
      {"an element between two makes them one, in Flink's order (a HashSet's)", shown(sessions),
       "a@0 a@20 a@10 end", "a[0,30)=2,1,3"},
      {"each key for itself", shown(sessions), "a@0 b@5 a@9 end", "b[5,15)=2 a[0,19)=1,3"},
      {"fires when the whole of it is over, once", shown(sessions), "a@0 w5 a@5 w9 w13 w14 w30",
       "a[0,15)=1,2"},
      {"behind the watermark, but joined to one that is open", with_late(sessions),
       "a@10 w15 a@1 w25", "a[1,20)=1,2"},
      {"late if it is alone", with_late(sessions), "a@30 w25 a@10 end", "late:2 a[30,40)=1"},
      {"allowed lateness: fires again, as far as it reaches now", shown(sessions, 10ms),
       "a@0 w10 a@8 w17", "a[0,10)=1 a[0,18)=1,2"},
      {"allowed lateness: what is added within fires at once", shown(sessions, 10ms),
       "a@0 a@9 w18 a@5", "a[0,19)=1,2 a[0,19)=1,2,3"},
      {"two that fired become one, which fires at once", shown(sessions, 30ms), "a@0 a@20 w29 a@10",
       "a[0,10)=1 a[20,30)=2 a[0,30)=2,1,3"},
      {"a gap of its own for each element",
       shown(EventTimeSessionWindows::with_dynamic_gap(
           [](const Element& element) { return std::chrono::milliseconds{element.value}; })),
       "a@0/5 a@5/20 a@30/5 b@0/1 end", "b[0,1)=4 a[0,25)=1,2 a[30,35)=3"},
      {"a gap as a number of milliseconds",
       shown(EventTimeSessionWindows::with_dynamic_gap(
           [](const Element& element) { return element.value; })),
       "a@0/5 a@4/1 end", "a[0,5)=1,2"},
      {"one longer window over several: all become one",
       shown(EventTimeSessionWindows::with_dynamic_gap(
           [](const Element& element) { return element.value; })),
       "a@10/2 a@20/2 a@30/2 a@5/40 end", "a[5,45)=2,3,1,4"},
      {"a window equal to a session that was merged keeps what that has",
       shown(EventTimeSessionWindows::with_dynamic_gap(
           [](const Element& element) { return element.value; })),
       "a@0/10 a@5/10 a@0/15 end", "a[0,15)=1,2,3"},
      {"aggregates are merged",
       [](Keyed in) {
         return in.window(sessions).sum(&Element::value).map([](const Element& sum) {
           return sum.key + std::to_string(sum.value);
         });
       },
       "a@0/1 a@20/2 a@10/4 a@50/8 end", "a7 a8"},
      {"near the end of time: cut short", shown(sessions), "a@9223372036854775800 end",
       "a[9223372036854775800,9223372036854775807)=1"},
      {"near its beginning", shown(sessions), "a@-9223372036854775807 a@-9223372036854775800 w0",
       "a[-9223372036854775807,-9223372036854775790)=1,2"},
      {"a gap without end: one session, until the end of the input",
       shown(EventTimeSessionWindows::with_gap(std::chrono::milliseconds::max())),
       "a@5 w100 a@1000 w9999 end", "a[5,9223372036854775807)=1,2"},
  });
}

TEST_CASE("processing time") {
  check_rows({
      {"tumbling", shown(TumblingProcessingTimeWindows::of(10ms)), "p1 a p8 a p9 p10 a p30",
       "a[0,10)=1,2 a[10,20)=3"},
      {"sliding", shown(SlidingProcessingTimeWindows::of(10ms, 5ms)), "p7 a p30",
       "a[0,10)=1 a[5,15)=1"},
      {"sessions", shown(ProcessingTimeSessionWindows::with_gap(10ms)), "p1 a p5 a p14 p20 a p50",
       "a[1,15)=1,2 a[20,30)=3"},
      {"nothing is late, and the watermark fires nothing",
       with_late(TumblingProcessingTimeWindows::of(10ms)), "w100 p1 a@5 w200 p30", "a[0,10)=1"},
      {"allowed lateness has no effect", with_late(TumblingProcessingTimeWindows::of(10ms), 5ms),
       "p1 a p9 p12 a p30", "a[0,10)=1 a[10,20)=2"},
      {"natural stagger: windows start with the first element",
       shown(TumblingProcessingTimeWindows::of(10ms, {}, WindowStagger::NATURAL)),
       "p3 a p11 a p13 p20", "a[3,13)=1,2"},
      {"aligned, with an offset", shown(TumblingProcessingTimeWindows::of(10ms, 4ms)),
       "p3 a p4 a p20", "a[-6,4)=1 a[4,14)=2"},
  });
}

TEST_CASE("random stagger is less than the size, and the same for a subtask") {
  for (const std::int64_t size : {1, 2, 10, 1000}) {
    for (int subtask = 0; subtask < 50; ++subtask) {
      const auto offset = flink::detail::stagger_offset(WindowStagger::RANDOM, subtask, 5, size);
      CHECK(offset >= 0);
      CHECK(offset < size);
      CHECK(offset == flink::detail::stagger_offset(WindowStagger::RANDOM, subtask, 77, size));
    }
  }
}

TEST_CASE("results carry the window's last millisecond: windows of one size line up") {
  const auto twice = [](Keyed in) {
    return in.window(tumbling)
        .max_by(&Element::value)
        .window_all(tumbling)
        .max_by(&Element::value)
        .map([](const Element& best) { return best.key + std::to_string(best.value); });
  };
  check_rows({
      {"the best of each key, then of all", twice, "a@1/5 a@2/7 b@3/6 a@11/1 b@12/2 w9 w19",
       "a7 b2"},
  });
}

TEST_CASE("timers of windows fire before the watermark goes on") {
  testing::Harness<Element, std::string> harness{[](DataStream<Element> in) {
    return shown(tumbling)(in.key_by(&Element::key)).map([](const std::string& line) {
      return line;
    });
  }};
  harness.push({"a", 1}, ms(3));
  harness.push_watermark(ms(9));
  CHECK(harness.output().size() == 1);
  REQUIRE(harness.watermarks().size() == 1);
  CHECK(harness.watermarks()[0] == ms(9));
}

namespace {

// Ends earlier once merged: not allowed.
struct Shrinking {
  std::vector<TimeWindow> assign_windows(const Element&, Timestamp at,
                                         WindowAssignerContext&) const {
    return {TimeWindow{at, at + 10ms}};
  }
  EventTimeTrigger get_default_trigger() const { return EventTimeTrigger::create(); }
  bool is_event_time() const { return true; }
  void merge_windows(const std::vector<TimeWindow>& windows,
                     MergeCallback<TimeWindow>& callback) const {
    if (windows.size() > 1) callback.merge(windows, TimeWindow{ms(0), ms(4)});
  }
};
struct Day {
  std::int64_t number = 0;
  Timestamp max_timestamp() const { return ms(number * 100 + 99); }
  friend bool operator==(const Day&, const Day&) = default;
};
struct Days {
  std::vector<Day> assign_windows(const Element&, Timestamp at, WindowAssignerContext&) const {
    return {Day{at.time_since_epoch().count() / 100}};
  }
  EventTimeTrigger get_default_trigger() const { return EventTimeTrigger::create(); }
  bool is_event_time() const { return true; }
};

}  // namespace

TEST_CASE("assigners of users") {
  check_rows({
      {"windows of their own",
       [](Keyed in) {
         return in.window(Days{}).process([](const std::string& key, WindowContext<Day>& ctx,
                                             Elements<Element> elements,
                                             Collector<std::string>& out) {
           out.collect(key + std::to_string(ctx.window().number) + "=" + test::text(elements));
         });
       },
       "a@5 a@105 a@99 w99 end", "a0=1,3 a1=2"},
  });
  const auto shrinking = [] { run_script(shown(Shrinking{}), "a@0 w5 a@1"); };
  CHECK_THROWS_WITH_AS(shrinking(), doctest::Contains("the watermark is 5 already"), Error);
}

TEST_CASE("what sliced windows store is read by its schema, and without its last byte too") {
  using Held = detail::Slices<std::int64_t>;
  Held held;
  held.width = 500;
  held.slices = {{1000, 7}, {1500, 9}};
  held.sums.front = 16;  // no part of it
  ByteWriter out;
  detail::write_value(out, held);
  const std::string bytes{out.view()};
  CHECK(types::value_to_json(schema_of<Held>(), bytes).find("\"value\":9}],\"sums\":[]") !=
        std::string::npos);
  for (const std::size_t size : {bytes.size(), bytes.size() - 1}) {  // as of the first slices
    Held again;
    ByteReader in{std::string_view{bytes}.substr(0, size)};
    detail::read_value(in, again);
    CHECK(in.at_end());
    CHECK(again.slices.size() == 2);
    CHECK_FALSE(again.sums.front);
  }
}
