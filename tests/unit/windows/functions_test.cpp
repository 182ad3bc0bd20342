// SPDX-License-Identifier: Apache-2.0
// What window functions get and give, on keyed streams and on others, and through a restore.
#include <flink/error.h>
#include <flink/state.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <utility>

#include "unit/windows/script.h"

using namespace flink;
using namespace flink::test;
using namespace std::chrono_literals;

namespace {

const auto tumbling = TumblingEventTimeWindows::of(10ms);

// "a:1+2=3": the key, the values in order, their sum.
struct Mean {
  struct Accumulator {
    std::string values;
    std::int64_t sum = 0;
  };
  Accumulator create_accumulator() const { return {}; }
  void add(const Element& element, Accumulator& to) const {
    to.values += (to.values.empty() ? "" : "+") + std::to_string(element.value);
    to.sum += element.value;
  }
  std::string get_result(const Accumulator& of) const {
    return of.values + "=" + std::to_string(of.sum);
  }
  void merge(const Accumulator& from, Accumulator& into) const {
    into.values += "|" + from.values;
    into.sum += from.sum;
  }
};

Element plus(const Element& a, const Element& b) { return {a.key, a.n, a.value + b.value}; }

// Windows fired so far: of this one, and of the key; and what the hooks saw.
struct Firings {
  ValueState<std::int64_t> of_window{"of-window"};
  ValueState<std::int64_t> of_key{"of-key"};
  ListState<std::int64_t> cleared{"cleared"};
  std::int64_t opened = 0;

  void open(RuntimeContext&) { opened = 1; }
  void process(const std::string& key, WindowContext<TimeWindow>& ctx, Elements<Element> elements,
               Collector<std::string>& out) {
    CHECK(opened == 1);
    CHECK(elements.size() > 0);
    CHECK(elements.front().key == key);
    const auto& mine = ctx.window_state(of_window);
    mine.update(mine.value_or(0) + 1);
    ctx.global_state(of_key).update(ctx.global_state(of_key).value_or(0) + 1);
    std::string times;
    for (const std::int64_t time : ctx.global_state(cleared).get()) {
      times += "c" + std::to_string(time);
    }
    ctx.output(OutputTag<std::string>{"side"}, key + test::text(ctx.current_watermark()));
    out.collect(key + std::to_string(*mine.value()) + "/" + std::to_string(*of_key.value()) +
                times);
  }
  void clear(WindowContext<TimeWindow>& ctx) {
    CHECK(ctx.window_state(of_window).value() != nullptr);
    ctx.global_state(cleared).add(ctx.window().end().time_since_epoch().count());
  }
};

Texts as_text(const DataStream<Element>& elements) {
  return elements.map([](const Element& element) {
    return element.key + std::to_string(element.n) + ":" + std::to_string(element.value);
  });
}

}  // namespace

TEST_CASE("reduce, aggregate and the shorthand aggregates") {
  check_rows({
      {"reduce", [](Keyed in) { return as_text(in.window(tumbling).reduce(plus)); },
       "a@1/5 b@2/9 a@3/7 w9", "a1:12 b2:9"},
      {"reduce, then a window function",
       [](Keyed in) {
         return in.window(tumbling).reduce(
             plus, [](const std::string& key, WindowContext<TimeWindow>& ctx, const Element& sum,
                      Collector<std::string>& out) {
               out.collect(key + test::text(ctx.window()) + std::to_string(sum.value));
             });
       },
       "a@1/5 a@3/7 w9", "a[0,10)12"},
      {"aggregate", [](Keyed in) { return in.window(tumbling).aggregate(Mean{}); },
       "a@1/5 a@3/7 b@2/1 w9", "5+7=12 1=1"},
      {"aggregate, then a window function, which may give nothing or much",
       [](Keyed in) {
         return in.window(tumbling).aggregate(
             Mean{}, [](const std::string& key, WindowContext<TimeWindow>&, const std::string& mean,
                        Collector<std::string>& out) {
               if (key == "b") return;
               out.collect(key);
               out.collect(mean);
             });
       },
       "a@1/5 b@2/1 w9", "a 5=5"},
      {"aggregate merges sessions",
       [](Keyed in) {
         return in.window(EventTimeSessionWindows::with_gap(10ms)).aggregate(Mean{});
       },
       "a@0/1 a@20/2 a@10/3 end", "2|1+3=6"},
      {"sum changes one field of the first element",
       [](Keyed in) { return as_text(in.window(tumbling).sum(&Element::value)); }, "a@1/5 a@2/7 w9",
       "a1:12"},
      {"by name", [](Keyed in) { return as_text(in.window(tumbling).sum("value")); },
       "a@1/5 a@2/7 w9", "a1:12"},
      {"min", [](Keyed in) { return as_text(in.window(tumbling).min(&Element::value)); },
       "a@1/5 a@2/3 w9", "a1:3"},
      {"max", [](Keyed in) { return as_text(in.window(tumbling).max("value")); }, "a@1/5 a@2/7 w9",
       "a1:7"},
      {"min_by gives the whole element, the earlier one of equals",
       [](Keyed in) { return as_text(in.window(tumbling).min_by(&Element::value)); },
       "a@1/5 a@2/3 a@3/3 w9", "a2:3"},
      {"max_by", [](Keyed in) { return as_text(in.window(tumbling).max_by("value")); },
       "a@1/5 a@2/7 a@3/7 w9", "a2:7"},
  });
}

TEST_CASE("windows over a stream without keys") {
  const auto all = [](Keyed in) {
    return in.window_all(tumbling).process([](WindowContext<TimeWindow>& ctx,
                                              Elements<Element> elements,
                                              Collector<std::string>& out) {
      out.collect(test::text(ctx.window()) + test::text(elements));
    });
  };
  check_rows({
      {"process", all, "a@1 b@2 a@12 w9 end", "[0,10)1,2 [10,20)3"},
      {"reduce", [](Keyed in) { return as_text(in.window_all(tumbling).sum(&Element::value)); },
       "a@1/5 b@2/7 w9", "a1:12"},
      {"count windows", [](Keyed in) { return as_text(in.count_window_all(2).sum("value")); },
       "a/1 b/2 a/4 b/8 a/16", "a1:3 a3:12"},
      {"count windows that slide",
       [](Keyed in) { return as_text(in.count_window_all(2, 1).sum("value")); }, "a/1 b/2 a/4",
       "a1:1 a1:3 b2:6"},
  });
}

TEST_CASE("the context: state of the window and of the key, side outputs, the hooks") {
  check_rows({
      {"state of a window goes with it; what is the key's stays",
       [](Keyed in) { return in.window(tumbling).allowed_lateness(5ms).process(Firings{}); },
       "a@1 w9 a@2 b@3 w14 a@11 w19", "a1/1 a2/2 b1/1 a1/3c10"},
      {"side outputs",
       [](Keyed in) -> Texts {
         return in.window(tumbling).process(Firings{}).get_side_output(
             OutputTag<std::string>{"side"});
       },
       "a@1 w11 b@12 end", "a11 b9223372036854775807"},
      {"what is not copied is made",
       [](Keyed in) { return in.window(tumbling).process(factory([] { return Firings{}; })); },
       "a@1 w9", "a1/1"},
  });
}

namespace {

struct Overloaded {
  void process(const std::string& key, WindowContext<TimeWindow>&, Elements<Element>,
               Collector<std::string>& out) const {
    out.collect(key);
  }
  void process(int) const {}
};

}  // namespace

TEST_CASE("what a function gives may be named") {
  check_rows({
      {"overloaded",
       [](Keyed in) { return in.window(tumbling).process<std::string>(Overloaded{}); }, "a@1 w9",
       "a"},
      {"generic",
       [](Keyed in) {
         return in.window(tumbling).process<std::string>(
             [](const auto& key, auto&, auto, auto& out) { out.collect(key); });
       },
       "a@1 w9", "a"},
  });
}

TEST_CASE("elements are a range that can be walked again") {
  check_rows({
      {"more than a chunk of them",
       [](Keyed in) {
         return in.count_window(1000).process([](const std::string&, WindowContext<GlobalWindow>&,
                                                 Elements<Element> elements,
                                                 Collector<std::string>& out) {
           CHECK(!elements.empty());
           CHECK(std::distance(elements.begin(), elements.end()) == 1000);
           std::int64_t expected = 0;
           for (const Element& element : elements) CHECK(element.n == ++expected);
           auto second = elements.begin();
           CHECK(second++->n == 1);
           CHECK(second->n == 2);
           out.collect(std::to_string(elements.size()));
         });
       },
       [] {
         static std::string script;
         for (int i = 0; i < 1000; ++i) script += "a ";
         return script.c_str();
       }(),
       "1000"},
  });
}

TEST_CASE("a restored job goes on where it was") {
  const auto build = [](DataStream<Element> in) {
    const auto keyed = in.key_by(&Element::key);
    return keyed.window(EventTimeSessionWindows::with_gap(10ms))
        .trigger(PurgingTrigger::of(CountTrigger::of(3)))
        .process(Show<>{})
        .union_with(keyed.window(SlidingEventTimeWindows::of(10ms, 5ms))
                        .allowed_lateness(21ms)  // no cleaning at a firing's time
                        .process(Firings{}),
                    keyed.window(GlobalWindows::create())
                        .trigger(ProcessingTimeoutTrigger::of(CountTrigger::of(100), 50ms))
                        .evictor(CountEvictor::of(4))
                        .process(Show<GlobalWindow>{}))
        .map([](const std::string& line) { return line; });
  };
  using Harness = testing::Harness<Element, std::string>;
  const std::vector<std::string> steps{"a@1 b@3",  "w5 a@8 p10", "a@16 b@2 w14", "a@25 p60 b@9",
                                       "w31 a@30", "a@26 p200",  "b@50 w60",     "end"};
  Harness whole{build};
  std::int64_t n = 0;
  for (const auto& step : steps) push_script(whole, step, n);
  REQUIRE(whole.output().size() > 10);

  auto harness = std::make_unique<Harness>(build);
  std::vector<std::string> output;
  std::string watermark;
  n = 0;
  for (const auto& step : steps) {
    push_script(*harness, step, n);
    const auto part = harness->take();
    output.insert(output.end(), part.begin(), part.end());
    if (step == "end") break;
    const auto snapshot = harness->snapshot();
    const auto now = harness->processing_time();
    auto restored = std::make_unique<Harness>(build);
    restored->restore(snapshot);
    restored->set_processing_time(now);
    if (const auto at = step.find('w'); at != std::string::npos) watermark = step.substr(at);
    // Watermarks are not state: the next one comes from the sources.
    if (!watermark.empty()) push_script(*restored, watermark.substr(0, watermark.find(' ')), n);
    harness = std::move(restored);
  }
  // What is due at one time comes in any order.
  const auto joined = [](std::vector<std::string> lines) {
    std::sort(lines.begin(), lines.end());
    std::string all;
    for (const auto& line : lines) all += line + ' ';
    return all;
  };
  CHECK(joined(output) == joined(whole.output()));
}

namespace {

struct CountFirings {
  ValueState<std::int64_t> fired{"fired"};
  void process(const std::string& key, WindowContext<TimeWindow>& ctx, Elements<Element>,
               Collector<std::string>& out) {
    const auto& mine = ctx.window_state(fired);
    mine.update(mine.value_or(0) + 1);
    out.collect(key + std::to_string(*mine.value()));
  }
};

}  // namespace

// Its last millisecond is not over when a window of processing time is: it may come once more.
TEST_CASE("window state goes with its window, though it was not used since a restore") {
  using Harness = testing::Harness<Element, std::string>;
  const auto build = [](DataStream<Element> in) {
    return in.key_by(&Element::key)
        .window(TumblingProcessingTimeWindows::of(10ms))
        .trigger(CountTrigger::of(1))
        .process(CountFirings{});
  };
  for (const bool restored : {false, true}) {
    CAPTURE(restored);
    auto harness = std::make_unique<Harness>(build);
    std::int64_t n = 0;
    push_script(*harness, "a a", n);
    CHECK(harness->take() == std::vector<std::string>{"a1", "a2"});
    if (restored) {
      const auto snapshot = harness->snapshot();
      harness = std::make_unique<Harness>(build);
      harness->restore(snapshot);
    }
    push_script(*harness, "p9 a", n);
    CHECK(harness->take() == std::vector<std::string>{"a1"});
  }
}

namespace {

// Says when its window is over.
struct CountsClears {
  std::shared_ptr<int> clears;
  void process(const std::string& key, WindowContext<TimeWindow>&, Elements<Element> elements,
               Collector<std::string>& out) {
    out.collect(key + "=" + text(elements));
  }
  void clear(WindowContext<TimeWindow>&) { ++*clears; }
};

}  // namespace

TEST_CASE("windows that a job restores with more lateness are over when that is") {
  using Harness = testing::Harness<Element, std::string>;
  const auto clears = std::make_shared<int>(0);
  const auto harness_of = [&](std::chrono::milliseconds lateness) {
    return std::make_unique<Harness>([&](DataStream<Element> in) {
      return in.key_by(&Element::key)
          .window(tumbling)
          .allowed_lateness(lateness)
          .process(CountsClears{clears});
    });
  };
  auto harness = harness_of(0ms);
  std::int64_t n = 0;
  push_script(*harness, "a@1 w5", n);
  const auto snapshot = harness->snapshot();
  harness = harness_of(20ms);
  harness->restore(snapshot);
  push_script(*harness, "w9", n);
  CHECK(harness->take() == std::vector<std::string>{"a=1"});
  CHECK(*clears == 0);
  push_script(*harness, "a@2 w28", n);
  CHECK(harness->take() == std::vector<std::string>{"a=1,2"});
  CHECK(*clears == 0);
  push_script(*harness, "b@40 w29", n);
  CHECK(*clears == 1);

  // Though no late element comes.
  harness = harness_of(20ms);
  harness->restore(snapshot);
  push_script(*harness, "w9 w29", n);
  CHECK(*clears == 2);
}

namespace {

struct CallsBack {
  std::shared_ptr<std::function<void()>> called;
  void process(const std::string& key, WindowContext<TimeWindow>& ctx, Elements<Element> elements,
               Collector<std::string>& out) {
    if (*called) std::exchange(*called, nullptr)();
    out.collect(key + text(ctx.window()) + "=" + std::to_string(elements.size()));
  }
};

}  // namespace

// The snapshot is of the midst of a watermark's work: one session fires, one is due.
TEST_CASE("no element joins a restored session that is due") {
  using Harness = testing::Harness<Element, std::string>;
  const auto called = std::make_shared<std::function<void()>>();
  const auto make = [&] {
    return std::make_unique<Harness>([&](DataStream<Element> in) {
      return in.key_by(&Element::key)
          .window(EventTimeSessionWindows::with_dynamic_gap(
              [](const Element& element) { return std::chrono::milliseconds{10 + element.value}; }))
          .process(CallsBack{called});
    });
  };
  auto harness = make();
  std::int64_t n = 0;
  decltype(harness->snapshot()) snapshot;
  struct Failure {};
  *called = [&] {
    snapshot = harness->snapshot();
    throw Failure{};
  };
  CHECK_THROWS_AS(push_script(*harness, "a@0 b@1 b@7 w30", n), Failure);

  for (const std::string late : {"b@3", "b@9", "b@17"}) {
    CAPTURE(late);  // within it, at its end, touching it
    harness = make();
    harness->restore(snapshot);
    push_script(*harness, late + " w31", n);
    CHECK(harness->take() == std::vector<std::string>{"b[1,17)=2"});
    CHECK(harness->counter("numLateRecordsDropped") == 1);
  }
  // In time: it would have made another session before, too.
  harness = make();
  harness->restore(snapshot);
  push_script(*harness, "b@16/20 w40 w50", n);
  CHECK(harness->take() == std::vector<std::string>{"b[1,17)=2", "b[16,46)=1"});
}
