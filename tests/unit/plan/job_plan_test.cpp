// SPDX-License-Identifier: Apache-2.0
// What is said of a job before it runs: warnings, and refusals of what cannot run.
#include "plan/job_plan.h"

#include <doctest/doctest.h>
#include <flink/error.h>
#include <flink/flink.h>

#include <algorithm>
#include <string>
#include <vector>

#include "config/options.h"

using namespace flink;
using namespace std::chrono_literals;

namespace {

plan::JobPlan plan_of(api::DefineJob define_job, config::Configuration configuration = {}) {
  plan::JobPlanRequest request;
  request.define_job = define_job;
  request.configuration = std::move(configuration);
  return plan::plan_job(request);
}

int twice(int number) { return 2 * number; }

SingleOutputStreamOperator<int> doubled(StreamExecutionEnvironment& env) {
  return env.from_data(1, 2, 3).map(twice);
}

SingleOutputStreamOperator<int> lengths(StreamExecutionEnvironment& env) {
  return env.socket_text_stream("localhost", 1).map([](std::string_view line) {
    return static_cast<int>(line.size());
  });
}

// With watermarks.
SingleOutputStreamOperator<int> timed(const DataStream<int>& in) {
  return in.assign_timestamps_and_watermarks(
      WatermarkStrategy<int>::for_monotonous_timestamps().with_timestamp_assigner(
          [](const int& at) { return static_cast<std::int64_t>(at); }));
}

template <class Stream>
void sum_windows(const Stream& in) {
  in.key_by([](const int& n) { return n; })
      .window(TumblingEventTimeWindows::of(1s))
      .reduce([](const int& a, const int&) { return a; })
      .print();
}

struct EvensAside {
  OutputTag<int> evens{"evens"};
  void process_element(const int& in, ProcessContext& ctx, Collector<int>&) {
    ctx.output(evens, in);
  }
};

// The one operator of `doubled`, changed as no call of the api does it yet.
Transformation& last_of(const DataStream<int>& stream) {
  return stream.stream_node().transformation("test");
}

}  // namespace

TEST_CASE("results that nobody reads are warned of, by name") {
  struct Row {
    api::DefineJob define_job;
    std::vector<std::string> unread;
  };
  const Row rows[] = {
      {[](StreamExecutionEnvironment& env) { doubled(env).print(); }, {}},
      {[](StreamExecutionEnvironment& env) { doubled(env).name("lost"); }, {"lost"}},
      {[](StreamExecutionEnvironment& env) {
         auto numbers = doubled(env);
         numbers.print();
         numbers.map(twice).name("lost");
         numbers.filter([](const int&) { return true; }).name("also lost");
       },
       {"lost", "also lost"}},
      // Who puts out on the side only is read all the same.
      {[](StreamExecutionEnvironment& env) {
         const EvensAside function;
         doubled(env).process(function).get_side_output(function.evens).print();
       },
       {}},
      {[](StreamExecutionEnvironment& env) {
         doubled(env).print();
         env.from_data(1).name("idle");
       },
       {"Source: idle"}},
  };
  for (const Row& row : rows) {
    const auto warnings = plan_of(row.define_job).warnings;
    CHECK(warnings.size() == row.unread.size());
    for (const auto& name : row.unread) {
      const auto text = "nothing reads the results of '" + name + "'";
      CHECK(std::any_of(warnings.begin(), warnings.end(),
                        [&](auto& warning) { return warning.starts_with(text); }));
    }
  }
}

namespace {

// What its base never does.
struct PurgesAtThree : CountTrigger {
  PurgesAtThree() : CountTrigger(CountTrigger::of(3)) {}
  template <class T, class W>
  TriggerResult on_element(const T& element, Timestamp at, const W& window,
                           TriggerContext& ctx) const {
    const TriggerResult result = CountTrigger::on_element(element, at, window, ctx);
    return is_fire(result) ? TriggerResult::FIRE_AND_PURGE : result;
  }
};
struct First {
  template <class W>
  void process(const int&, WindowContext<W>&, Elements<int> elements, Collector<int>& out) const {
    out.collect(elements.front());
  }
};
int itself(const int& in) { return in; }

}  // namespace

TEST_CASE("windows that are odd are warned of") {
  struct Row {
    api::DefineJob define_job;
    std::string warning;
  };
  const Row rows[] = {
      {[](StreamExecutionEnvironment& env) {
         timed(doubled(env))
             .key_by(itself)
             .window(TumblingEventTimeWindows::of(1s))
             .reduce([](const int& a, const int&) { return a; })
             .print();
       },
       ""},
      {[](StreamExecutionEnvironment& env) {
         timed(doubled(env))
             .key_by(itself)
             .window(SlidingEventTimeWindows::of(1s, 2s))
             .process<int>(First{})
             .print();
       },
       "its slide of 2000 ms is greater than its size of 1000 ms"},
      {[](StreamExecutionEnvironment& env) {
         doubled(env)
             .key_by(itself)
             .window(TumblingProcessingTimeWindows::of(1s))
             .allowed_lateness(1s)
             .process<int>(First{})
             .print();
       },
       "allowed_lateness has no effect"},
      {[](StreamExecutionEnvironment& env) {
         doubled(env).key_by(itself).window(GlobalWindows::create()).process<int>(First{}).print();
       },
       "global windows never fire of themselves"},
      {[](StreamExecutionEnvironment& env) {
         doubled(env)
             .key_by(itself)
             .window(GlobalWindows::create())
             .trigger(CountTrigger::of(3))
             .process<int>(First{})
             .print();
       },
       "its state grows without bound"},
      {[](StreamExecutionEnvironment& env) {
         doubled(env)
             .key_by(itself)
             .window(GlobalWindows::create())
             .trigger(PurgesAtThree{})
             .process<int>(First{})
             .print();
       },
       ""},
      {[](StreamExecutionEnvironment& env) {
         doubled(env).key_by(itself).count_window(3).process<int>(First{}).print();
       },
       ""},
  };
  for (const Row& row : rows) {
    const auto warnings = plan_of(row.define_job).warnings;
    CHECK(warnings.size() == (row.warning.empty() ? 0U : 1U));
    for (const auto& warning : warnings) {
      CHECK(warning.starts_with("'Window("));
      CHECK(warning.find(row.warning) != std::string::npos);
    }
  }
  CHECK_THROWS_WITH_AS(plan_of([](StreamExecutionEnvironment& env) {
                         doubled(env)
                             .count_window_all(2)
                             .reduce([](const int& a, const int&) { return a; })
                             .set_parallelism(2)
                             .print();
                       }),
                       doctest::Contains("windows over a stream without keys are in one subtask"),
                       Error);
}

TEST_CASE("windows of event time whose input has no watermarks are warned of, with the source") {
  struct Row {
    api::DefineJob define_job;
    std::string warning;  // empty: none
  };
  const Row rows[] = {
      {[](StreamExecutionEnvironment& env) { sum_windows(timed(doubled(env))); }, ""},
      {[](StreamExecutionEnvironment& env) { sum_windows(timed(doubled(env)).map(twice)); }, ""},
      {[](StreamExecutionEnvironment& env) { sum_windows(doubled(env)); },
       "waits for watermarks, and 'Source: Collection Source' makes none: all its results come at "
       "the end"},
      {[](StreamExecutionEnvironment& env) {
         sum_windows(timed(doubled(env)).union_with(doubled(env)));
       },
       "and 'Source: Collection Source' makes none"},
      {[](StreamExecutionEnvironment& env) { sum_windows(doubled(env).union_with(doubled(env))); },
       "and 'Source: Collection Source' (2 of that name) make none"},
      {[](StreamExecutionEnvironment& env) { sum_windows(doubled(env).union_with(lengths(env))); },
       "and 'Source: Collection Source', 'Source: Socket Stream' make none: nothing ever comes out "
       "of it"},
      {[](StreamExecutionEnvironment& env) { sum_windows(lengths(env)); },
       "waits for watermarks, and 'Source: Socket Stream' makes none: nothing ever comes out"},
      {[](StreamExecutionEnvironment& env) {
         doubled(env)
             .key_by([](const int& n) { return n; })
             .window(TumblingEventTimeWindows::of(1s))
             .trigger(CountTrigger::of(2))
             .reduce([](const int& a, const int&) { return a; })
             .print();
       },
       ""},
      {[](StreamExecutionEnvironment& env) {
         doubled(env)
             .key_by([](const int& n) { return n; })
             .window(TumblingProcessingTimeWindows::of(1s))
             .reduce([](const int& a, const int&) { return a; })
             .print();
       },
       ""},
      {[](StreamExecutionEnvironment& env) {
         env.set_runtime_mode(RuntimeExecutionMode::batch);
         sum_windows(doubled(env));
       },
       ""},
  };
  for (const Row& row : rows) {
    std::vector<std::string> about_time;
    for (auto& warning : plan_of(row.define_job).warnings) {
      if (warning.find("watermarks") != std::string::npos) about_time.push_back(warning);
    }
    CAPTURE(row.warning);
    REQUIRE(about_time.size() == (row.warning.empty() ? 0U : 1U));
    if (!row.warning.empty()) CHECK(about_time[0].find(row.warning) != std::string::npos);
  }
}

TEST_CASE("a job that does nothing with what it reads is refused") {
  CHECK_THROWS_WITH_AS(plan_of([](StreamExecutionEnvironment& env) { env.from_data(1, 2); }),
                       doctest::Contains("no operators are defined"), Error);
}

TEST_CASE("what the graph can say and the runtime cannot do is refused by name") {
  const api::DefineJob selects = [](StreamExecutionEnvironment& env) {
    const auto numbers = doubled(env).name("chooser");
    last_of(numbers).selects_inputs = true;
    numbers.print();
  };
  CHECK_NOTHROW(plan_of(selects));
  config::Configuration configuration;
  configuration.set_text("execution.checkpointing.interval", "1 s", {});
  CHECK_THROWS_WITH_AS(plan_of(selects, configuration),
                       doctest::Contains("operator 'chooser' selects which input"), Error);
  const api::DefineJob blocking = [](StreamExecutionEnvironment& env) {
    const auto numbers = doubled(env).name("sorter");
    last_of(numbers).inputs[0].exchange = ExchangeType::blocking;
    numbers.print();
  };
  CHECK_THROWS_WITH_AS(plan_of(blocking), doctest::Contains("reads a blocking exchange"), Error);
}

TEST_CASE("what BATCH comes to is in the configuration; it takes no checkpoints and no savepoint") {
  const auto job = [](StreamExecutionEnvironment& env) {
    env.set_runtime_mode(RuntimeExecutionMode::automatic).enable_checkpointing(1s);
    doubled(env).print();
  };
  const auto plan = plan_of(job);
  CHECK(plan.graph->batch);
  CHECK(plan.configuration.get(config::options::runtime_mode) == "BATCH");
  CHECK(!plan.configuration.is_set(config::options::checkpointing_interval));
  REQUIRE(plan.warnings.size() == 1);
  CHECK(plan.warnings[0].find("takes no checkpoints") != std::string::npos);
  config::Configuration restored;
  restored.set(config::options::recovery_path, std::string{"savepoint-1"});
  CHECK_THROWS_WITH_AS(plan_of(job, restored), doctest::Contains("no state to go on from"), Error);
}
