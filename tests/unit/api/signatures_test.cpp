// SPDX-License-Identifier: Apache-2.0
// Every function signature that docs/functions.md lists, one line each: if it compiles, it is
// accepted.
#include <doctest/doctest.h>
#include <flink/broadcast_connected_stream.h>
#include <flink/connected_streams.h>
#include <flink/connectors/blackhole_sink.h>
#include <flink/environment.h>
#include <flink/state.h>

#include <memory>
#include <span>

using namespace flink;

namespace {

struct Event {
  std::string user;
  std::int64_t amount = 0;
};
struct Total {
  std::string user;
  std::int64_t sum = 0;
};

Event double_it(const Event& e) { return {e.user, 2 * e.amount}; }
Event add(const Event& a, const Event& b) { return {a.user, a.amount + b.amount}; }

struct Enrich {
  void open(RuntimeContext&) {}
  Total operator()(const Event& e) const { return {e.user, e.amount}; }
  void close() {}
};
struct Pass {
  void process_element(const Event& e, ProcessContext&, Collector<Event>& out) { out.collect(e); }
};
struct PassKeyed {
  void process_element(const Event& e, KeyedContext<std::string>&, Collector<Event>& out) {
    out.collect(e);
  }
};
struct PassTuple {
  void process_element(const Event& e, KeyedContext<std::tuple<std::string, std::int64_t>>&,
                       Collector<Event>& out) {
    out.collect(e);
  }
};
struct Uncopyable {
  std::unique_ptr<int> held = std::make_unique<int>(1);
  void process_element(const Event& e, ProcessContext&, Collector<Event>& out) { out.collect(e); }
};
struct AnyRecord {
  template <class T>
  void process_element(const T& e, ProcessContext&, Collector<T>& out) {
    out.collect(e);
  }
};
struct CoMap {
  std::string map1(const Event& e) { return e.user; }
  std::string map2(const Total& t) { return t.user; }
};
struct CoFlatMap {
  void flat_map1(const Event& e, Collector<std::string>& out) { out.collect(e.user); }
  void flat_map2(const Total& t, Collector<std::string>& out) { out.collect(t.user); }
};
struct CoProcess {
  void process_element1(const Event& e, ProcessContext&, Collector<std::string>& out) {
    out.collect(e.user);
  }
  void process_element2(const Total& t, ProcessContext&, Collector<std::string>& out) {
    out.collect(t.user);
  }
};
struct KeyedCoProcess {
  void process_element1(const Event&, KeyedContext<std::string>& ctx, Collector<std::string>& out) {
    out.collect(ctx.current_key());
  }
  void process_element2(const Total&, KeyedContext<std::string>& ctx, Collector<std::string>& out) {
    out.collect(ctx.current_key());
  }
};

struct WithTimer : PassKeyed {
  void on_timer(Timestamp, KeyedContext<std::string>&, Collector<Event>&) {}
};
struct WithTimerContext : PassKeyed {
  void on_timer(Timestamp, OnTimerContext<std::string>&, Collector<Event>&) {}
};
struct AllHooks : Pass {
  void open(RuntimeContext&) {}
  void close() {}
  void initialize_state(FunctionInitializationContext&) {}
  void snapshot_state(FunctionSnapshotContext&) {}
  void notify_checkpoint_complete(std::int64_t) {}
  void notify_checkpoint_aborted(std::int64_t) {}
};
struct CoTimer : KeyedCoProcess {
  void on_timer(Timestamp, KeyedContext<std::string>&, Collector<std::string>&) {}
};
struct Broadcast {
  void process_element(const Event& e, ReadOnlyContext&, Collector<Event>& out) { out.collect(e); }
  void process_broadcast_element(const Total&, BroadcastContext&, Collector<Event>&) {}
};
struct KeyedBroadcast {
  void process_element(const Event& e, KeyedReadOnlyContext<std::string>&, Collector<Event>& out) {
    out.collect(e);
  }
  void process_broadcast_element(const Total&, KeyedBroadcastContext<std::string>&,
                                 Collector<Event>&) {}
  void on_timer(Timestamp, KeyedReadOnlyContext<std::string>&, Collector<Event>&) {}
};
struct KeyedMap {
  ValueState<std::int64_t> count{"count"};
  std::int64_t operator()(const Event&) const { return count.value_or(0); }
};
struct KeyedFlatMap {
  ValueState<std::int64_t> count{"count"};
  void operator()(const Event& e, Collector<Event>& out) const { out.collect(e); }
};
struct KeyedFilter {
  ValueState<std::int64_t> count{"count"};
  bool operator()(const Event&) const { return count.value() == nullptr; }
};
struct Generator {
  void on_event(const Event&, Timestamp at, WatermarkOutput& out) { out.emit_watermark(at); }
  void on_periodic_emit(WatermarkOutput&) {}
};

void stateful(DataStream<Event> events, DataStream<Total> totals) {
  const auto keyed = events.key_by(&Event::user);
  keyed.process(WithTimer{});
  keyed.process(WithTimerContext{});
  events.process(AllHooks{});
  keyed.connect(totals.key_by(&Total::user)).process(CoTimer{});
  const BroadcastState<std::string, Total> state{"state"};
  const BroadcastState<std::int64_t, Event> other{"other"};
  events.connect(totals.broadcast(state)).process(Broadcast{});
  keyed.connect(totals.broadcast(state, other)).process(KeyedBroadcast{});
  keyed.map(KeyedMap{});
  keyed.flat_map(KeyedFlatMap{});
  keyed.filter(KeyedFilter{});
}

void watermarks(DataStream<Event> events) {
  using Strategy = WatermarkStrategy<Event>;
  const auto monotonous = Strategy::for_monotonous_timestamps();
  for (const auto& strategy :
       {monotonous.with_timestamp_assigner(&Event::amount),
        monotonous.with_timestamp_assigner(
            [](const Event& e) { return Timestamp{} + std::chrono::seconds{e.amount}; }),
        monotonous.with_timestamp_assigner([](const Event&, Timestamp before) { return before; }),
        Strategy::for_generator(Generator{}), Strategy::for_generator([] { return Generator{}; }),
        Strategy::for_generator(factory([] { return Generator{}; }))}) {
    events.assign_timestamps_and_watermarks(strategy);
  }
}

void one_to_one(DataStream<Event> events) {
  events.map([](const Event& e) { return Total{e.user, e.amount}; });
  events.map([](Event e) { return e; });
  events.map([](Event&& e) { return std::move(e); });
  events.map([](const auto& e) { return e.amount; });
  events.map<double>([](const Event& e) { return static_cast<double>(e.amount); });
  events.map(double_it);
  events.map(&Event::user);
  events.map(Enrich{});
  events.filter([](const Event& e) { return e.amount > 0; });
  events.as<Event>();
}

void one_to_many(DataStream<Event> events) {
  events.flat_map([](const Event& e, Collector<std::string>& out) { out.collect(e.user); });
  events.flat_map([](Event e, Collector<Event>& out) { out.collect(std::move(e)); });
  events.flat_map<Total>([](const auto& e, auto& out) { out.collect({.user = e.user, .sum = 1}); });
  events.flat_map([](std::span<const Event> batch, Collector<Event>& out) {
    for (const auto& e : batch) out.collect(e);
  });
  events.process(Pass{});
  events.process(factory([] { return Uncopyable{}; }));
  events.process<Event>(AnyRecord{});
}

void keyed(DataStream<Event> events) {
  events.key_by(&Event::user).reduce(add);
  events.key_by([](const Event& e) { return e.amount % 10; })
      .reduce([](const Event& a, const Event&) { return a; });
  events.key_by([](const Event& e) { return std::string_view{e.user}; }).sum("amount");
  events.key_by(&Event::user, &Event::amount).process(PassTuple{});
  events.key_by(&Event::user).process(PassKeyed{});
  events.key_by(&Event::user).process(Pass{});
  events.key_by(&Event::user).sum(&Event::amount);
  events.key_by(&Event::user).min("amount");
  events.key_by(&Event::user).max(&Event::amount);
  events.key_by(&Event::user).min_by("amount");
  events.key_by(&Event::user).max_by(&Event::amount);
}

void two_streams(DataStream<Event> events, DataStream<Total> totals) {
  events.union_with(events, events).map(&Event::user);
  events.connect(totals).map(CoMap{});
  events.connect(totals).flat_map(CoFlatMap{});
  events.connect(totals).process(CoProcess{});
  events.connect(totals).key_by(&Event::user, &Total::user).process(KeyedCoProcess{});
}

void exchanges(DataStream<Event> events) {
  for (const auto& stream : {events.forward(), events.rebalance(), events.rescale(),
                             events.shuffle(), events.broadcast(), events.global()}) {
    stream.sink_to(BlackholeSink<Event>{});
  }
  events.partition_custom([](const std::string& user,
                             int channels) { return static_cast<int>(user.size()) % channels; },
                          &Event::user);
  events.map(double_it)
      .name("double")
      .uid("double-1")
      .set_parallelism(2)
      .set_max_parallelism(256)
      .slot_sharing_group("heavy")
      .disable_chaining()
      .start_new_chain();
}

}  // namespace

TEST_CASE("every listed signature builds a graph") {
  StreamExecutionEnvironment env{{}};
  const auto events = env.from_data(Event{"a", 1}, Event{"b", 2});
  const auto totals = env.from_collection(std::vector<Total>{});
  one_to_one(events);
  one_to_many(events);
  keyed(events);
  two_streams(events, totals);
  exchanges(events);
  stateful(events, totals);
  watermarks(events);
  const auto words = env.from_data("to", "be");
  static_assert(std::is_same_v<decltype(words)::value_type, std::string>);
  env.execute("signatures");
  CHECK(env.graph()->transformations.size() > 30);
  CHECK(env.graph()->job_name == "signatures");
}
