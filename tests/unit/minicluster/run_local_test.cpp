// SPDX-License-Identifier: Apache-2.0
// Whole jobs in this process: real tasks, channels and files under the real control plane.
#include "minicluster/run_local.h"

#include <doctest/doctest.h>
#include <flink/error.h>
#include <flink/flink.h>
#include <flink/operators/basic_operator.h>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/temporary_directory.h"

using namespace flink;
using jobmanager::JobStatus;
using minicluster::LocalRun;
using minicluster::run_local;

namespace {

struct Tally {
  std::int64_t key = 0;
  std::int64_t count = 0;
};

constexpr std::int64_t keys = 7;

void count_keys(StreamExecutionEnvironment& env) {
  const auto records = env.args().get<std::int64_t>("records", 7000);
  const auto rate = env.args().get<double>("rate", 0);
  const auto cursed = env.args().get<std::int64_t>("cursed", -1);
  env.from_source(
         DataGeneratorSource(
             [cursed](std::int64_t i) {
               if (i == cursed) throw Error{ErrorKind::user, "cursed"};
               return Tally{i % keys, 1};
             },
             records,
             rate > 0 ? RateLimiterStrategy::per_second(rate) : RateLimiterStrategy::no_op()),
         WatermarkStrategy<Tally>::no_watermarks(), "numbers")
      .key_by(&Tally::key)
      .sum(&Tally::count)
      .sink_to(FileSink<Tally>::csv(env.args().require("output")));
}

// Hands each number to a thread of its own, which answers when it likes.
class AskThread final : public detail::BasicOperator {
 public:
  ~AskThread() override { stop(); }
  void open(OperatorContext& context) override {
    BasicOperator::open(context);
    answerer_ = std::thread{[this, wake = context.waker()] { answer(wake); }};
  }
  void process(int, BatchRef& batch) override {
    const auto& records = static_cast<RecordBatch<std::int64_t>&>(*batch).records();
    for (const auto record : records) {
      context().wait_until([this] { return asked_ < 100 || has_answers(); });
      emit();
      ++asked_;
      const std::lock_guard lock{mutex_};
      questions_.push_back(record);
      changed_.notify_one();
    }
  }
  void on_wake() override { emit(); }
  void finish() override {
    while (asked_ > 0) {
      context().wait_until([this] { return has_answers(); });
      emit();
    }
  }
  void close() noexcept override { stop(); }

 private:
  void answer(const std::function<void()>& wake) {
    std::unique_lock lock{mutex_};
    for (;;) {
      changed_.wait(lock, [this] { return ended_ || !questions_.empty(); });
      if (ended_) return;
      answers_.push_back(questions_.front() * 2);
      questions_.pop_front();
      lock.unlock();
      wake();
      lock.lock();
    }
  }
  bool has_answers() {
    const std::lock_guard lock{mutex_};
    return !answers_.empty();
  }
  void emit() {
    std::vector<std::int64_t> answers;
    {
      const std::lock_guard lock{mutex_};
      answers.swap(answers_);
    }
    if (answers.empty()) return;
    asked_ -= answers.size();
    BatchRef batch = make_ref<RecordBatch<std::int64_t>>(answers.size());
    for (const auto answer : answers) {
      static_cast<RecordBatch<std::int64_t>&>(*batch).emplace(answer);
    }
    context().output().emit(batch);
  }
  void stop() {
    if (!answerer_.joinable()) return;
    {
      const std::lock_guard lock{mutex_};
      ended_ = true;
      changed_.notify_one();
    }
    answerer_.join();
  }

  std::size_t asked_ = 0;  // and not answered
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::int64_t> questions_;
  std::vector<std::int64_t> answers_;
  bool ended_ = false;
  std::thread answerer_;
};

void ask_threads(StreamExecutionEnvironment& env) {
  auto numbers = env.from_source(DataGeneratorSource([](std::int64_t i) { return i; }, 20'000),
                                 WatermarkStrategy<std::int64_t>::no_watermarks(), "numbers");
  Transformation ask = detail::named("ask");
  ask.output_type = &record_type<std::int64_t>();
  ask.make_operator = [] { return std::make_unique<AskThread>(); };
  DataStream<std::int64_t>{numbers.stream_node().add(std::move(ask))}.sink_to(
      FileSink<std::int64_t>::text(env.args().require("output")));
}

// Quick, but that it now and then takes longer than the gap between two sessions.
struct SometimesSlow {
  std::int64_t calls = 0;
  void process(const std::int64_t& key, WindowContext<TimeWindow>&, Elements<std::int64_t> elements,
               Collector<std::int64_t>& out) {
    if (++calls % 1999 == 0) std::this_thread::sleep_for(std::chrono::milliseconds{8});
    for (std::size_t i = 0; i < elements.size(); ++i) out.collect(key);
  }
};
void slow_sessions(StreamExecutionEnvironment& env) {
  env.from_source(DataGeneratorSource([](std::int64_t i) { return i; }, 140'000),
                  WatermarkStrategy<std::int64_t>::no_watermarks(), "numbers")
      .key_by([](const std::int64_t& number) { return number % keys; })
      .window(ProcessingTimeSessionWindows::with_gap(std::chrono::milliseconds{5}))
      .trigger(PurgingTrigger::of(CountTrigger::of(1)))
      .process(SometimesSlow{})
      .sink_to(FileSink<std::int64_t>::text(env.args().require("output")));
}

// A directory of its own, removed at the end.
struct Scratch {
  base::TemporaryDirectory directory{"flinkc-minicluster-"};
  const std::filesystem::path& path = directory.path();
  std::string output() const { return path / "out"; }
};

// Every update of every key, counted.
std::map<std::string, int> lines_of(const std::string& directory) {
  std::map<std::string, int> lines;
  for (const auto& part : std::filesystem::directory_iterator{directory}) {
    std::ifstream file{part.path()};
    for (std::string line; std::getline(file, line);) ++lines[line];
  }
  return lines;
}

void check_exact(const std::string& directory, std::int64_t records) {
  const auto lines = lines_of(directory);
  CHECK(lines.size() == static_cast<std::size_t>(records));
  for (std::int64_t key = 0; key < keys; ++key) {
    for (std::int64_t count = 1; count <= records / keys; ++count) {
      const auto found = lines.find(std::to_string(key) + "," + std::to_string(count));
      REQUIRE(found != lines.end());
      REQUIRE(found->second == 1);
    }
  }
}

LocalRun run_of(const Scratch& scratch, std::vector<std::string> arguments = {}) {
  LocalRun run;
  run.define_job = count_keys;
  run.arguments = {"--output", scratch.output()};
  run.arguments.insert(run.arguments.end(), arguments.begin(), arguments.end());
  run.configuration.set_text("parallelism.default", "2", {config::Source::property, "test"});
  return run;
}

void restarts(LocalRun& run) {
  for (const auto& [key, value] :
       std::map<std::string, std::string>{{"restart-strategy.type", "fixed-delay"},
                                          {"restart-strategy.fixed-delay.attempts", "5"},
                                          {"restart-strategy.fixed-delay.delay", "1ms"}}) {
    run.configuration.set_text(key, value, {config::Source::property, "test"});
  }
}

}  // namespace

TEST_CASE("minicluster: exact counts, one TaskManager and two") {
  for (const int taskmanagers : {1, 2}) {
    CAPTURE(taskmanagers);
    Scratch scratch;
    auto run = run_of(scratch);
    run.taskmanagers = taskmanagers;
    const auto result = run_local(run);
    CHECK(result.failure == "");
    CHECK(result.status == JobStatus::finished);
    check_exact(scratch.output(), 7000);
  }
}

TEST_CASE("minicluster: counts stay exact when TaskManagers crash") {
  Scratch scratch;
  auto run = run_of(scratch, {"--rate", "20000"});
  run.taskmanagers = 2;
  restarts(run);
  int crashes = 0;
  run.all_tasks_running = [&](minicluster::LocalCluster& cluster) {
    if (crashes < 3) cluster.crash_taskmanager(crashes++ % 2);
  };
  const auto result = run_local(run);
  CHECK(result.failure == "");
  CHECK(result.status == JobStatus::finished);
  CHECK(result.restarts >= 1);
  check_exact(scratch.output(), 7000);
}

TEST_CASE(
    "minicluster: every update once, with checkpoints of each kind while TaskManagers crash") {
  for (const std::string kind : {"aligned", "unaligned", "with timeout"}) {
    CAPTURE(kind);
    Scratch scratch;
    auto run = run_of(scratch, {"--rate", "7000"});
    run.taskmanagers = 2;
    restarts(run);
    std::map<std::string, std::string> settings{
        {"execution.checkpointing.interval", "10 ms"},
        {"execution.checkpointing.dir", (scratch.path / "checkpoints").string()},
        {"execution.checkpointing.tolerable-failed-checkpoints", "1000"}};
    if (kind != "aligned") settings["execution.checkpointing.unaligned.enabled"] = "true";
    if (kind == "with timeout") {
      settings["execution.checkpointing.aligned-checkpoint-timeout"] = "5 ms";
    }
    for (const auto& [key, value] : settings) {
      run.configuration.set_text(key, value, {config::Source::property, "test"});
    }
    int crashes = 0;
    run.all_tasks_running = [&](minicluster::LocalCluster& cluster) {
      if (crashes < 3) cluster.crash_taskmanager(crashes++ % 2);
    };
    const auto result = run_local(run);
    CHECK(result.failure == "");
    CHECK(result.status == JobStatus::finished);
    check_exact(scratch.output(), 7000);
  }
}

TEST_CASE("minicluster: a user's exception fails the job, with operator and cause") {
  Scratch scratch;
  const auto result = run_local(run_of(scratch, {"--cursed", "100"}));
  CHECK(result.status == JobStatus::failed);
  CHECK(result.failure.find("cursed") != std::string::npos);
  CHECK(result.failure.find("numbers") != std::string::npos);
}

TEST_CASE("minicluster: cancel leaves no output") {
  Scratch scratch;
  auto run = run_of(scratch, {"--rate", "1000", "--records", "70000000"});
  run.status_changed = [](minicluster::LocalCluster& cluster, JobStatus status) {
    if (status == JobStatus::running) cluster.jobmanager().cancel();
  };
  const auto result = run_local(run);
  CHECK(result.status == JobStatus::canceled);
  CHECK(lines_of(scratch.output()).empty());
}

TEST_CASE("minicluster: fewer slots than needed fail with the numbers") {
  Scratch scratch;
  auto run = run_of(scratch);
  run.slots = 1;
  const auto result = run_local(run);
  CHECK(result.status == JobStatus::failed);
  CHECK(result.failure.find("needs 2 slots") != std::string::npos);
}

TEST_CASE("minicluster: a missing argument is told before anything starts") {
  LocalRun run;
  run.define_job = count_keys;
  CHECK_THROWS_WITH_AS(run_local(run), doctest::Contains("output"), Error);
}

TEST_CASE("operators are answered by other threads, and emit on their own") {
  const Scratch scratch;
  LocalRun run;
  run.define_job = ask_threads;
  run.arguments = {"--output", scratch.output()};
  run.configuration.set_text("parallelism.default", "3", {});
  const auto result = run_local(run);
  REQUIRE_MESSAGE(result.status == JobStatus::finished, result.failure);
  const auto lines = lines_of(scratch.output());
  CHECK(lines.size() == 20'000);
  for (std::int64_t i = 0; i < 20'000; ++i) {
    const auto found = lines.find(std::to_string(2 * i));
    REQUIRE(found != lines.end());
    CHECK(found->second == 1);
  }
}

TEST_CASE("minicluster: sessions of processing time whose function takes longer than their gap") {
  Scratch scratch;
  auto run = run_of(scratch);
  run.define_job = slow_sessions;
  const auto result = run_local(run);
  CHECK(result.failure == "");
  CHECK(result.status == JobStatus::finished);
  const auto lines = lines_of(scratch.output());
  CHECK(lines.size() == keys);
  for (const auto& [line, times] : lines) CHECK(times == 140'000 / keys);
}
