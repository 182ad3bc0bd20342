// SPDX-License-Identifier: Apache-2.0
// The operator: order and lateness, both times, streams without keys, what becomes of state.
#include <doctest/doctest.h>
#include <flink/cep/engine.h>

#include <map>
#include <variant>

#include "unit/cep/events.h"

using namespace flink;
using namespace flink::test;
using namespace std::chrono_literals;
using P = Pattern<Event>;
using Lines = std::vector<std::string>;

namespace {

auto is(const char* kind) {
  return [kind](const Event& e) { return e.kind == kind; };
}
Timestamp at(std::int64_t millis) { return timestamp_of_millis(millis); }
P a_then_b() { return P::begin("a").where(is("A")).followed_by("b").where(is("B")); }

Event event(std::int64_t seq, const char* kind, std::int64_t key = 1) {
  return {.seq = seq, .key = key, .kind = kind};
}

PatternHarness harness_of(const P& pattern) {
  return PatternHarness{[&](const DataStream<Event>& in) {
    return CEP::pattern(in.key_by(&Event::key), pattern)
        .side_output_late_data(late_tag)
        .process(TextOf{});
  }};
}

}  // namespace

TEST_CASE("events are matched in the order of their times, once the watermark has passed them") {
  auto harness = harness_of(a_then_b());
  const auto& late = harness.side_output(late_tag);
  harness.push(event(0, "B"), at(30));
  harness.push(event(1, "A"), at(20));
  harness.push(event(2, "B"), at(10));
  CHECK(harness.output().empty());
  harness.push_watermark(at(29));
  CHECK(harness.output().empty());
  harness.push_watermark(at(30));
  CHECK(harness.take() == Lines{"1,a=1;b=0"});
  harness.push(event(3, "A"), at(30));
  REQUIRE(late.size() == 1);
  CHECK(late[0].seq == 3);
}

TEST_CASE("late events are counted where nobody reads them") {
  PatternHarness harness{[&](const DataStream<Event>& in) {
    return CEP::pattern(in.key_by(&Event::key), a_then_b()).process(TextOf{});
  }};
  harness.push_watermark(at(10));
  harness.push(event(0, "A"), at(10));
  harness.push(event(1, "A"), at(11));
  CHECK(harness.counter("numLateRecordsDropped") == 1);
}

TEST_CASE("an event without a timestamp is an error that says what to do") {
  auto harness = harness_of(a_then_b());
  CHECK_THROWS_WITH_AS(harness.push(event(0, "A")), doctest::Contains("in_processing_time()"),
                       Error);
}

TEST_CASE("processing time: at once, timing out by the clock") {
  PatternHarness harness{[&](const DataStream<Event>& in) {
    return CEP::pattern(in.key_by(&Event::key), a_then_b().within(100ms))
        .in_processing_time()
        .process(TextOf{true});
  }};
  const auto& timed_out = harness.side_output(timed_out_tag);
  harness.set_processing_time(at(1000));
  harness.push(event(0, "A"));
  harness.set_processing_time(at(1050));
  harness.push(event(1, "B"));
  CHECK(harness.take() == Lines{"1,a=0;b=1,t=1050"});
  harness.push(event(2, "A"));
  harness.set_processing_time(at(1149));
  CHECK(timed_out.empty());
  harness.set_processing_time(at(1150));
  CHECK(timed_out == Lines{"1,a=2,t=1150"});
  harness.push(event(3, "B"));
  CHECK(harness.output().empty());
}

TEST_CASE("processing time with a comparator: ordered once the millisecond is over") {
  PatternHarness harness{[&](const DataStream<Event>& in) {
    return CEP::pattern(in.key_by(&Event::key), a_then_b(),
                        [](const Event& a, const Event& b) { return a.seq < b.seq; })
        .in_processing_time()
        .process(TextOf{});
  }};
  harness.set_processing_time(at(5));
  harness.push(event(2, "B"));
  harness.push(event(1, "A"));
  CHECK(harness.output().empty());
  harness.set_processing_time(at(6));
  CHECK(harness.output() == Lines{"1,a=1;b=2"});
}

TEST_CASE("without keys all events are one sequence") {
  PatternHarness harness{[&](const DataStream<Event>& in) {
    return CEP::pattern(in, a_then_b()).select([](const Match<Event>& match) {
      return text_of(match);
    });
  }};
  harness.push(event(0, "A", 1), at(1));
  harness.push(event(1, "B", 2), at(2));
  harness.finish();
  CHECK(harness.output() == Lines{"2,a=0;b=1"});
}

TEST_CASE("select and flat_select, with partial matches that time out") {
  const OutputTag<std::string> tag{"timed out"};
  const auto timeout = [](const Match<Event>& match, Timestamp when) {
    return text_of(match) + "@" + std::to_string(when.time_since_epoch().count());
  };
  const auto flat_timeout = [timeout](const Match<Event>& match, Timestamp when,
                                      Collector<std::string>& out) {
    out.collect(timeout(match, when));
    out.collect("again");
  };
  const auto flat = [](const std::map<std::string, std::vector<Event>>& match,
                       Collector<std::string>& out) {
    for (const auto& [name, events] : match) out.collect(name);
  };
  for (const bool is_flat : {false, true}) {
    CAPTURE(is_flat);
    PatternHarness harness{[&](const DataStream<Event>& in) {
      const auto found = CEP::pattern(in.key_by(&Event::key), a_then_b().within(10ms));
      return is_flat ? found.flat_select(tag, flat_timeout, flat)
                     : found.select(tag, timeout,
                                    [](const Match<Event>& match) { return text_of(match); });
    }};
    const auto& timed_out = harness.side_output(tag);
    harness.push(event(0, "A"), at(1));
    harness.push(event(1, "B"), at(2));
    harness.push(event(2, "A"), at(3));
    harness.push_watermark(at(20));
    CHECK(harness.output() == (is_flat ? Lines{"a", "b"} : Lines{"1,a=0;b=1"}));
    CHECK(timed_out == (is_flat ? Lines{"1,a=2@13", "again"} : Lines{"1,a=2@13"}));
  }
}

namespace {

// Numbers a key's matches.
struct Numbered {
  ValueState<int> count{"count"};
  std::string prefix{};
  void open(RuntimeContext&) { prefix = "opened "; }
  void process_match(const std::map<std::string, std::vector<Event>>& match, PatternContext&,
                     Collector<std::string>& out) {
    count.update(count.value_or(0) + 1);
    out.collect(prefix + std::to_string(match.at("a").front().key) + ":" +
                std::to_string(*count.value()));
  }
};

}  // namespace

TEST_CASE("a pattern's function has its hooks, and its state a key") {
  PatternHarness harness{[&](const DataStream<Event>& in) {
    return CEP::pattern(in.key_by(&Event::key), P::begin("a")).process(Numbered{});
  }};
  for (int i = 0; i < 3; ++i) harness.push(event(i, "A", i % 2), at(i));
  harness.finish();
  CHECK(harness.output() == Lines{"opened 0:1", "opened 0:2", "opened 1:1"});
}

TEST_CASE("a key with many events behind one watermark, ties among them, gets through in order") {
  const auto next = P::begin("a").next("b").where([](const Event& e, const auto& match) {
    return e.seq == match.events_for_pattern("a").front().seq + 1;
  });
  for (const bool compared : {false, true}) {
    CAPTURE(compared);
    PatternHarness harness{[&](const DataStream<Event>& in) {
      const auto keyed = in.key_by(&Event::key);
      const auto by_seq = [](const Event& a, const Event& b) { return a.seq < b.seq; };
      return (compared ? CEP::pattern(keyed, next, by_seq) : CEP::pattern(keyed, next))
          .process(TextOf{});
    }};
    // Equal times come in order, or, where they are compared, the other way round.
    for (int i = 0; i < 500; ++i) {
      const int in_tie = compared ? 99 - i % 100 : i % 100;
      harness.push(event(i / 100 * 100 + in_tie, "A"), at(i / 100));
    }
    harness.push_watermark(at(1000));
    REQUIRE(harness.output().size() == 499);
    CHECK(harness.output().back() == "1,a=498;b=499");
  }
}

namespace {
struct Opened {
  int door = 0;
};
struct Closed {
  int door = 0;
};
using Door = std::variant<Opened, Closed>;
}  // namespace

TEST_CASE("a step about one alternative of a variant") {
  testing::Harness<Door, int> harness{[](const DataStream<Door>& in) {
    const auto pattern = Pattern<Door>::begin("opened")
                             .subtype<Opened>()
                             .where([](const Opened& o) { return o.door > 1; })
                             .next("closed")
                             .subtype<Closed>();
    return CEP::pattern(in, pattern).select([](const Match<Door>& match) {
      return std::get<Opened>(match["opened"].front()).door;
    });
  }};
  const std::vector<Door> doors{Opened{1}, Closed{1}, Opened{2}, Closed{2}, Closed{3}};
  for (std::size_t i = 0; i < doors.size(); ++i) {
    harness.push(doors[i], at(static_cast<std::int64_t>(i)));
  }
  harness.finish();
  CHECK(harness.output() == std::vector<int>{2});
}

TEST_CASE("a pattern of optional steps is warned about, and finds matches of one event or more") {
  const auto pattern = P::begin("a").where(is("A")).optional().next("b").where(is("B")).optional();
  std::vector<std::string> warnings;
  PatternHarness harness{[&](const DataStream<Event>& in) {
    const auto found = CEP::pattern(in.key_by(&Event::key), pattern).process(TextOf{});
    warnings = found.stream_node().transformation("test").warnings;
    return found;
  }};
  REQUIRE(warnings.size() == 1);
  CHECK(warnings[0].find("every step of the pattern is optional") != std::string::npos);
  harness.push(event(0, "A"), at(0));
  harness.push(event(1, "B"), at(1));
  harness.push(event(2, "C"), at(2));
  harness.finish();
  CHECK(difference(harness.output(), {"1,a=0", "1,a=0;b=1", "1,b=1"}) == "");
}

TEST_CASE("what is restored under another pattern is refused") {
  auto harness = harness_of(a_then_b());
  harness.push(event(0, "A"), at(1));
  harness.push_watermark(at(1));
  const auto snapshot = harness.snapshot();
  auto other = harness_of(a_then_b().times(2));
  other.restore(snapshot);
  CHECK_THROWS_WITH_AS(other.push(event(1, "B"), at(2)), doctest::Contains("other steps"), Error);
}

namespace {

struct Store final : cep::BufferedEvents {
  std::map<std::uint64_t, Event> events;
  const void* event(std::uint64_t id) override { return &events.at(id); }
};

}  // namespace

TEST_CASE("state stays as small as what can still match") {
  const auto pattern = P::begin("a").where(is("A")).followed_by("b").one_or_more().within(50ms);
  cep::Engine engine{cep::compile(pattern.definition()), false};
  cep::NfaState state;
  Store store;
  std::size_t most_events = 0, most_nodes = 0, matches = 0;
  const auto hand_out = [&](std::vector<cep::Found>& found) {
    for (const cep::Found& each : found) engine.release(state, each);
    matches += found.size();
    found.clear();
    for (const auto id : engine.take_unused()) CHECK(store.events.erase(id) == 1);
  };
  std::vector<cep::Found> found;
  engine.open(state);
  for (std::uint64_t i = 0; i < 5000; ++i) {
    engine.compact(state);
    const auto now = static_cast<std::int64_t>(10 * i);
    engine.advance_time(state, now, found);
    hand_out(found);
    store.events[i] = event(static_cast<std::int64_t>(i), i % 3 == 0 ? "A" : "B");
    engine.process(state, {&store.events[i], i, now, now}, store, found);
    hand_out(found);
    most_events = std::max({most_events, store.events.size(), state.events.size()});
    most_nodes = std::max(most_nodes, state.nodes.size());
  }
  CHECK(matches > 5000);
  CHECK(most_events <= 12);  // five events at a time can still match
  CHECK(most_nodes <= 128);
  engine.advance_time(state, INT64_MAX, found);
  hand_out(found);
  CHECK(state.partial.empty());
  CHECK(state.live_nodes == 0);
  CHECK(store.events.empty());
}

TEST_CASE("a pattern that nothing matches gives nothing, and keeps nothing") {
  const P patterns[] = {
      P::begin("never").where([](const Event&) { return false; }),
      P::begin("a").where(is("A")).next("never").where([](const Event&) { return false; }),
      P::begin("a").where(is("A")).followed_by("never").where(is("no")).within(5ms)};
  for (const auto& pattern : patterns) {
    PatternHarness harness{[&](const DataStream<Event>& in) {
      return CEP::pattern(in.key_by(&Event::key), pattern).process(TextOf{});
    }};
    cep::Engine engine{cep::compile(pattern.definition()), false};
    cep::NfaState state;
    Store store;
    std::vector<cep::Found> found;
    engine.open(state);
    for (std::uint64_t i = 0; i < 1000; ++i) {
      const auto now = static_cast<std::int64_t>(10 * i);
      const auto next = event(static_cast<std::int64_t>(i), i % 3 == 0 ? "A" : "B");
      harness.push(next, at(now));
      if (i % 7 == 0) harness.push_watermark(at(now));
      engine.compact(state);
      engine.advance_time(state, now, found);
      store.events[i] = next;
      engine.process(state, {&store.events[i], i, now, now}, store, found);
      for (const auto id : engine.take_unused()) CHECK(store.events.erase(id) == 1);
      CHECK(store.events.size() <= 1);
    }
    harness.finish();
    CHECK(harness.output().empty());
    CHECK(found.empty());
  }
}
