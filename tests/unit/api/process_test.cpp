// SPDX-License-Identifier: Apache-2.0
// Process functions with keyed state and timers, through the harness that users have too.
#include <doctest/doctest.h>
#include <flink/environment.h>
#include <flink/error.h>
#include <flink/state.h>
#include <flink/testing.h>

#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

using namespace flink;
using namespace std::chrono_literals;
using flink::testing::Harness;
using flink::testing::TwoInputHarness;

namespace {

struct Event {
  std::string user;
  std::int64_t amount = 0;
  friend bool operator==(const Event&, const Event&) = default;
};
struct Result {
  std::string user;
  std::int64_t value = 0;
  std::int64_t at = 0;  // what ctx.timestamp() says; -1: nothing
  friend bool operator==(const Result&, const Result&) = default;
  friend auto operator<=>(const Result&, const Result&) = default;
};
using Results = std::vector<Result>;

Timestamp ms(std::int64_t millis) { return timestamp_of_millis(millis); }
std::int64_t at_of(const ProcessContext& ctx) {
  return ctx.timestamp() ? ctx.timestamp()->time_since_epoch().count() : -1;
}

// The sum a user; 100 ms of event time after the last event it is emitted and forgotten.
struct Sessions {
  ValueState<std::int64_t> sum{"sum"};
  ValueState<std::int64_t> ends{"ends"};

  void process_element(const Event& in, KeyedContext<std::string>& ctx, Collector<Result>&) {
    sum.update(sum.value_or(0) + in.amount);
    if (const auto* at = ends.value()) ctx.timer_service().delete_event_time_timer(ms(*at));
    const auto end = *ctx.timestamp() + 100ms;
    ends.update(end.time_since_epoch().count());
    ctx.timer_service().register_event_time_timer(end);
  }
  void on_timer(Timestamp at, OnTimerContext<std::string>& ctx, Collector<Result>& out) {
    CHECK(ctx.time_domain() == TimeDomain::event_time);
    CHECK(*ctx.timestamp() == at);
    CHECK(ctx.current_watermark() >= at);
    out.collect({ctx.current_key(), *sum.value(), at_of(ctx)});
    sum.clear();
    ends.clear();
  }
};

struct Alarm {
  void process_element(const Event& in, KeyedContext<std::string>& ctx, Collector<Result>&) {
    auto& timers = ctx.timer_service();
    timers.register_processing_time_timer(timers.current_processing_time() +
                                          std::chrono::milliseconds{in.amount});
  }
  void on_timer(Timestamp at, OnTimerContext<std::string>& ctx, Collector<Result>& out) {
    CHECK(ctx.time_domain() == TimeDomain::processing_time);
    out.collect({ctx.current_key(), at.time_since_epoch().count(), at_of(ctx)});
    if (at < ms(1000)) ctx.timer_service().register_processing_time_timer(at + 500ms);
  }
};

}  // namespace

TEST_CASE("timers of event time: against a model, random events and watermarks") {
  const unsigned seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937_64 random{seed};
  Harness<Event, Result> harness{
      [](DataStream<Event> in) { return in.key_by(&Event::user).process(Sessions{}); }};
  struct Session {
    std::int64_t sum = 0, end = 0;
  };
  std::map<std::string, Session> open;
  Results expected;
  std::int64_t now = 0;
  const auto watermark = [&](std::int64_t at) {
    std::set<std::pair<std::int64_t, std::string>> due;
    for (const auto& [user, session] : open) {
      if (session.end <= at) due.emplace(session.end, user);
    }
    Results fired;
    for (const auto& [end, user] : due) {
      fired.push_back({user, open.at(user).sum, end});
      open.erase(user);
    }
    harness.push_watermark(ms(at));
    Results got = harness.take();
    // In order of time; keys of one time in any order.
    CHECK(std::is_sorted(got.begin(), got.end(),
                         [](const Result& a, const Result& b) { return a.at < b.at; }));
    std::sort(got.begin(), got.end());
    std::sort(fired.begin(), fired.end());
    CHECK(got == fired);
  };
  for (int i = 0; i < 5000; ++i) {
    now += static_cast<std::int64_t>(random() % 5);
    const Event event{"user " + std::to_string(random() % 200),
                      static_cast<std::int64_t>(random() % 100)};
    harness.push(event, ms(now));
    auto& session = open[event.user];
    session.sum += event.amount;
    session.end = now + 100;
    if (random() % 20 == 0) watermark(now - static_cast<std::int64_t>(random() % 30));
  }
  watermark(INT64_MAX);
  CHECK(open.empty());
}

TEST_CASE("timers of processing time fire when it comes, and set others") {
  Harness<Event, Result> harness{
      [](DataStream<Event> in) { return in.key_by(&Event::user).process(Alarm{}); }};
  harness.set_processing_time(ms(100));
  harness.push({"a", 50});
  harness.push({"b", 30});
  harness.push({"a", 50});  // the same timer
  harness.set_processing_time(ms(129));
  CHECK(harness.output().empty());
  harness.set_processing_time(ms(200));
  CHECK(harness.take() == Results{{"b", 130, 130}, {"a", 150, 150}});
  harness.set_processing_time(ms(5000));
  CHECK(harness.take() ==
        Results{{"b", 630, 630}, {"a", 650, 650}, {"b", 1130, 1130}, {"a", 1150, 1150}});
}

TEST_CASE("snapshots hold keyed state and timers: a restored harness goes on as the first does") {
  const unsigned seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937_64 random{seed};
  const auto build = [](DataStream<Event> in) {
    return in.key_by(&Event::user).process(Sessions{});
  };
  Harness<Event, Result> first{build};
  std::int64_t now = 0;
  const auto push = [&](auto&... harness) {
    now += static_cast<std::int64_t>(random() % 5);
    const Event event{"user " + std::to_string(random() % 50),
                      static_cast<std::int64_t>(random() % 100)};
    (harness.push(event, ms(now)), ...);
    if (random() % 20 == 0) (harness.push_watermark(ms(now)), ...);
  };
  for (int i = 0; i < 500; ++i) push(first);
  const auto snapshot = first.snapshot();
  Harness<Event, Result> second{build};
  second.restore(snapshot);
  first.take();
  for (int i = 0; i < 500; ++i) push(first, second);
  first.finish();
  second.finish();
  const auto sorted = [](Results results) {
    std::sort(results.begin(), results.end());
    return results;
  };
  CHECK(first.output().size() > 50);
  CHECK(sorted(first.output()) == sorted(second.output()));
}

TEST_CASE("overdue timers of processing time fire right after a restore") {
  const auto build = [](DataStream<Event> in) { return in.key_by(&Event::user).process(Alarm{}); };
  Harness<Event, Result> first{build};
  first.push({"a", 2000});
  Harness<Event, Result> second{build};
  second.restore(first.snapshot());
  second.set_processing_time(ms(5000));
  CHECK(second.output() == Results{{"a", 2000, 2000}});
}

namespace {

// Joins the last event of each side.
struct Join {
  ValueState<Event> left{"left"};
  ValueState<Event> right{"right"};
  void process_element1(const Event& in, KeyedContext<std::string>& ctx, Collector<Result>& out) {
    left.update(in);
    emit(ctx, out);
  }
  void process_element2(const Event& in, KeyedContext<std::string>& ctx, Collector<Result>& out) {
    right.update(in);
    ctx.timer_service().register_event_time_timer(*ctx.timestamp() + 10ms);
    emit(ctx, out);
  }
  void on_timer(Timestamp at, KeyedContext<std::string>& ctx, Collector<Result>& out) {
    out.collect({ctx.current_key(), -1, at.time_since_epoch().count()});
    left.clear();
    right.clear();
  }

 private:
  void emit(KeyedContext<std::string>& ctx, Collector<Result>& out) {
    if (left.value() != nullptr && right.value() != nullptr) {
      out.collect({ctx.current_key(), left.value()->amount * right.value()->amount, at_of(ctx)});
    }
  }
};

}  // namespace

TEST_CASE("keyed co-process: both inputs share state and timers, the watermark is the lesser") {
  for (const bool keyed_first : {false, true}) {
    TwoInputHarness<Event, Event, Result> harness{[keyed_first](DataStream<Event> a,
                                                                DataStream<Event> b) {
      return keyed_first ? a.key_by(&Event::user).connect(b.key_by(&Event::user)).process(Join{})
                         : a.connect(b).key_by(&Event::user, &Event::user).process(Join{});
    }};
    harness.push1({"a", 3}, ms(1));
    harness.push2({"b", 5}, ms(2));
    harness.push2({"a", 7}, ms(5));
    CHECK(harness.take() == Results{{"a", 21, 5}});
    harness.push_watermark1(ms(100));
    CHECK(harness.take().empty());
    harness.push_watermark2(ms(14));
    CHECK(harness.take() == Results{{"b", -1, 12}});
    harness.push_watermark2(ms(15));
    CHECK(harness.take() == Results{{"a", -1, 15}});
    harness.push1({"a", 3}, ms(120));
    CHECK(harness.take().empty());
  }
}

namespace {
struct Tagged {
  ReducingState<std::int64_t> sum{
      "sum", [](const std::int64_t& a, const std::int64_t& b) { return a + b; }};
  OutputTag<std::string> late{"late"};
  void process_element(const Event& in, KeyedContext<std::string>& ctx, Collector<Result>& out) {
    if (ctx.timestamp() && *ctx.timestamp() <= ctx.timer_service().current_watermark()) {
      ctx.output(late, in.user + " is late");
      return;
    }
    sum.add(in.amount);
    out.collect({in.user, *sum.get(), at_of(ctx)});
  }
};
}  // namespace

namespace {
const OutputTag<std::string_view> copies_tag{"copies"};
// Many views of one copy to the main output, whose batches come and go, and one to the side.
struct CopiesToSide {
  void process_element(const Event& e, ProcessContext& ctx, Collector<std::string_view>& out) {
    const auto copy = out.arena().copy(std::string(50'000, e.user[0]));
    ctx.output(copies_tag, copy);
    for (int i = 0; i < 700; ++i) out.collect(copy);
  }
};
}  // namespace

TEST_CASE("a view in a side output's record may point into the arena") {
  Harness<Event, std::int64_t> harness{[](DataStream<Event> in) {
    return in.process(CopiesToSide{}).get_side_output(copies_tag).map([](std::string_view view) {
      return static_cast<std::int64_t>(view == std::string(50'000, view[0]) ? view[0] : '!');
    });
  }};
  std::vector<Event> events;
  std::vector<std::int64_t> expected;
  for (int i = 0; i < 200; ++i) {
    events.push_back({std::string(1, static_cast<char>('a' + i % 26)), i});
    expected.push_back('a' + i % 26);
  }
  harness.push_all(events);
  CHECK(harness.output() == expected);
}

TEST_CASE("late records to a side output, without any timer") {
  Harness<Event, Result> harness{
      [](DataStream<Event> in) { return in.key_by(&Event::user).process(Tagged{}); }};
  const auto& late = harness.side_output(OutputTag<std::string>{"late"});
  harness.push({"a", 1}, ms(10));
  harness.push_watermark(ms(10));
  harness.push({"a", 2}, ms(10));
  harness.push({"a", 3}, ms(11));
  CHECK(harness.output() == Results{{"a", 1, 10}, {"a", 4, 11}});
  CHECK(late == std::vector<std::string>{"a is late"});
}

namespace {
struct Sets {
  void process_element(const Event&, ProcessContext& ctx, Collector<Result>&) {
    ctx.timer_service().register_event_time_timer(ms(1));
  }
};
struct MapWithState {
  ValueState<std::int64_t> last{"last"};
  ValueState<std::int64_t> count{"count"};
  Result operator()(const Event& in) const {
    count.update(count.value_or(0) + 1);
    return {in.user, *count.value(), 0};
  }
};
struct FlatMapWithState {
  ListState<std::int64_t> amounts{"amounts"};
  void operator()(const Event& in, Collector<Result>& out) const {
    amounts.add(in.amount);
    for (const auto amount : amounts.get()) out.collect({in.user, amount, 0});
  }
};
struct FirstOnly {
  ValueState<bool> seen{"seen"};
  bool operator()(const Event&) const {
    const bool first = seen.value() == nullptr;
    seen.update(true);
    return first;
  }
};
}  // namespace

TEST_CASE("map, flat_map and filter of a keyed stream hold state as well") {
  Harness<Event, Result> map{
      [](DataStream<Event> in) { return in.key_by(&Event::user).map(MapWithState{}); }};
  Harness<Event, Result> flat_map{
      [](DataStream<Event> in) { return in.key_by(&Event::user).flat_map(FlatMapWithState{}); }};
  Harness<Event, Event> filter{
      [](DataStream<Event> in) { return in.key_by(&Event::user).filter(FirstOnly{}); }};
  const std::vector<Event> input{{"a", 1}, {"b", 2}, {"a", 3}};
  map.push_all(input);
  flat_map.push_all(input);
  filter.push_all(input);
  CHECK(map.output() == Results{{"a", 1, 0}, {"b", 1, 0}, {"a", 2, 0}});
  CHECK(flat_map.output() == Results{{"a", 1, 0}, {"b", 2, 0}, {"a", 1, 0}, {"a", 3, 0}});
  CHECK(filter.output() == std::vector<Event>{{"a", 1}, {"b", 2}});
}

TEST_CASE("timers without keys or without on_timer are refused by name") {
  Harness<Event, Result> unkeyed{[](DataStream<Event> in) { return in.process(Sets{}); }};
  CHECK_THROWS_WITH_AS(
      unkeyed.push({"a", 1}),
      "\"Process\" sets or deletes a timer on a stream without keys; timers belong "
      "to keys: call key_by before process",
      Error);
  Harness<Event, Result> keyed{
      [](DataStream<Event> in) { return in.key_by(&Event::user).process(Sets{}); }};
  CHECK_THROWS_WITH_AS(
      keyed.push({"a", 1}),
      "\"KeyedProcess\" sets or deletes a timer, but its function has no on_timer: add void "
      "on_timer(Timestamp at, KeyedContext<Key>& ctx, Collector<Out>& out)",
      Error);
}

namespace {
struct Opens {
  ValueState<int> count{"count"};
  void open(RuntimeContext&) { count.update(1); }
  void process_element(const Event&, KeyedContext<std::string>&, Collector<Result>&) {}
};
struct Twice {
  ValueState<int> a{"count"}, b{"count"};
  void process_element(const Event&, KeyedContext<std::string>&, Collector<Result>&) {}
};
struct Unkeyed {
  ValueState<int> count{"count"};
  void process_element(const Event&, ProcessContext&, Collector<Result>&) {}
};
}  // namespace

TEST_CASE("state in the wrong place: where the graph is built, or where it is used") {
  Harness<Event, Result> opens{
      [](DataStream<Event> in) { return in.key_by(&Event::user).process(Opens{}); }};
  CHECK_THROWS_AS(opens.push({"a", 1}), Error);

  StreamExecutionEnvironment env{{}};
  const auto events = env.from_data(Event{"a", 1});
  CHECK_THROWS_WITH_AS(events.key_by(&Event::user).process(Twice{}),
                       "two states of one function are named \"count\" (or their names have the "
                       "same hash); rename one",
                       Error);
  CHECK_THROWS_WITH_AS(
      events.process(Unkeyed{}),
      "state \"count\" is scoped to a key, but the stream of \"Process\" has none; call key_by "
      "before it, or use OperatorList for what belongs to no key",
      Error);
  events.key_by(&Event::user).process(Sessions{});
  const auto& states = env.graph()->transformations.back().states;
  REQUIRE(states.size() == 4);
  CHECK(states[0].name == "sum");
  CHECK(states[0].kind == "value");
  CHECK(states[0].key_schema == "string");
  CHECK(states[0].value_schema == "i64");
  CHECK(states[2].name == "_timer_state/event_user-timers");
}
