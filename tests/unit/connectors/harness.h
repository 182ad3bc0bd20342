// SPDX-License-Identifier: Apache-2.0
// A job of one source or one sink without a cluster: the coordinator and its subtasks, events
// delivered in order, attempts that die when a test says so. Helpers run at once; time is a number.
#pragma once

#include <flink/endpoints/sink_runtime.h>
#include <flink/endpoints/source_runtime.h>
#include <flink/operators/watermark_driver.h>

#include <deque>
#include <map>

#include "base/clock.h"
#include "unit/memory_file_system.h"

namespace flink::test {

struct FakeClock final : base::Clock {
  base::TimePoint time{};
  base::TimePoint now() const override { return time; }
  std::int64_t wall_millis() const override {
    return std::chrono::duration_cast<std::chrono::milliseconds>(time.since_origin).count();
  }
};

struct FakeRuntime final : RuntimeContext {
  int subtask = 0, subtasks = 1, attempt = 0;
  std::map<std::string, Counter, std::less<>> counters;
  std::string job = "0123456789abcdef0123456789abcdef";
  std::string_view job_id() const override { return job; }
  std::string_view job_name() const override { return "job"; }
  std::string_view task_name() const override { return "operator"; }
  int subtask_index() const override { return subtask; }
  int parallelism() const override { return subtasks; }
  int max_parallelism() const override { return 128; }
  int attempt_number() const override { return attempt; }
  Counter& counter(std::string_view name) override { return counters[std::string{name}]; }
  void gauge(std::string_view, std::function<double()>) override {}
  void run_blocking(const std::function<void()>& function) override { function(); }
};

// Keeps what a source emits, copied.
template <class T, class Owned>
struct CollectOutput final : Output {
  std::vector<Owned> records;
  std::vector<std::int64_t> timestamps;
  void emit(BatchRef& batch) override {
    for (const T& record : static_cast<RecordBatch<T>&>(*batch).records())
      records.emplace_back(record);
    timestamps.insert(timestamps.end(), batch->timestamps().begin(), batch->timestamps().end());
    if (keep) {
      kept.push_back(batch);
      batch.reset();
    }
  }
  void emit_watermark(Timestamp) override {}
  void emit_idle(bool) override {}
  bool keep = false;  // as an exchange does that has not sent it yet
  std::vector<BatchRef> kept;
};

// A part's name, up to its suffix: "r1-0-0.csv" is its end.
inline std::string part(std::string_view end, int subtask = 0) {
  return "part-" + std::to_string(subtask) +
         "-0123456789abcdef0123456789abcdef-fedcba9876543210fedcba9876543210-" + std::string{end};
}

struct NoOutput final : Output {
  void emit(BatchRef&) override {}
  void emit_watermark(Timestamp) override {}
  void emit_idle(bool) override {}
};

// What all subtasks of a job share.
struct FakeJob {
  flink::detail::Turn* turn = &flink::detail::Turn::endless();
  std::string operator_id = "fedcba9876543210fedcba9876543210";
  MemoryFileSystem files;
  FakeClock clock;
  std::map<std::string, std::string, std::less<>> options;
  std::set<std::string, std::less<>> flags;
  std::deque<std::tuple<int, int, std::string>> to_coordinator;  // subtask, attempt, event
  std::vector<std::deque<std::string>> to_subtask;
  std::vector<std::string> warnings;
  std::set<std::string, std::less<>> claims;
  std::int64_t newest_savepoint = CoordinatorContext::savepoints_unknown;
  // Of all sources in one group, by source; those of other jobs here are others of the same job.
  std::map<const void*, std::int64_t>* watermarks = nullptr;
};

struct FakeOperatorContext final : OperatorContext {
  FakeOperatorContext(FakeJob& owner, Output& main, int subtask, int subtasks, int attempt)
      : job(owner), out(main) {
    task.subtask = subtask;
    task.subtasks = subtasks;
    task.attempt = attempt;
  }
  RuntimeContext& runtime() override { return task; }
  Output& output() override { return out; }
  SplitOutputs* split_outputs() override { return splits; }
  Output* side_output(std::string_view) override { return nullptr; }
  void send_to_coordinator(std::string event) override {
    job.to_coordinator.emplace_back(task.subtask, task.attempt, std::move(event));
  }
  std::function<void()> waker() override {
    return [] {};
  }
  void wake_after(std::chrono::nanoseconds delay) override { wake_at = job.clock.time + delay; }
  base::FileSystem& file_system() override { return job.files; }
  const base::Clock& clock() override { return job.clock; }
  base::Network* network() override { return sockets; }
  std::string option(std::string_view key) const override {
    const auto found = job.options.find(key);
    return found == job.options.end() ? std::string{} : found->second;
  }
  std::string_view operator_id() const override { return job.operator_id; }
  flink::detail::Turn& turn() override { return *job.turn; }
  const OperatorSnapshot& restored_state() const override { return restored; }
  std::optional<std::int64_t> restored_checkpoint_id() const override { return restored_id; }
  FakeJob& job;
  Output& out;
  OperatorSnapshot restored;
  std::optional<std::int64_t> restored_id;
  FakeRuntime task;
  base::Network* sockets = nullptr;
  SplitOutputs* splits = nullptr;
  base::TimePoint wake_at = base::TimePoint::never();
};

struct FakeCoordinatorContext final : CoordinatorContext {
  FakeCoordinatorContext(FakeJob& owner, int subtasks) : job(owner), count(subtasks) {
    job.to_subtask.resize(static_cast<std::size_t>(subtasks));
  }
  int parallelism() const override { return count; }
  std::string_view job_id() const override { return "0123456789abcdef0123456789abcdef"; }
  std::string_view operator_name() const override { return "operator"; }
  std::string_view operator_id() const override { return job.operator_id; }
  std::string claim(std::string_view thing) override {
    return job.claims.emplace(thing).second ? "" : "operator";
  }
  std::int64_t align_watermark(std::string_view, std::int64_t millis) override {
    if (job.watermarks == nullptr) return millis;
    (*job.watermarks)[this] = millis;
    for (const auto& [source, other] : *job.watermarks) millis = std::min(millis, other);
    return millis;
  }
  bool flag(std::string_view name) const override { return job.flags.contains(name); }
  void send_event(int subtask, std::string event) override {
    job.to_subtask[static_cast<std::size_t>(subtask)].push_back(std::move(event));
  }
  base::FileSystem& file_system() override { return job.files; }
  std::string option(std::string_view key) const override {
    const auto found = job.options.find(key);
    return found == job.options.end() ? std::string{} : found->second;
  }
  void warn(const std::string& text) const override { job.warnings.push_back(text); }
  std::int64_t newest_savepoint() const override { return job.newest_savepoint; }
  FakeJob& job;
  int count;
};

// Runs a source at a parallelism until it ends. Owned: what is kept of a T.
template <class T, class Owned = T>
class SourceJob {
 public:
  template <class S>
  SourceJob(FakeJob& job, S source, int parallelism,
            const std::optional<detail::WatermarkPlan>& plan = {})
      : job_(job), context_(job, parallelism) {
    detail::install_source(std::make_shared<const S>(std::move(source)), transformation);
    if (plan) detail::add_watermarks(transformation, *plan);
    coordinator = transformation.make_coordinator();
    coordinator->start(context_);
    for (int subtask = 0; subtask < parallelism; ++subtask) {
      tasks.push_back({});
      deploy(subtask);
    }
  }

  struct Task {
    int attempt = -1;
    std::unique_ptr<CollectOutput<T, Owned>> output;
    std::unique_ptr<FakeOperatorContext> context;
    std::unique_ptr<SourceOperator> source;
    InputStatus status = InputStatus::more_available;
    bool ended() const { return status == InputStatus::end_of_input; }
  };

  // One poll of that subtask, after the events that have arrived.
  void step(int subtask) {
    deliver();
    Task& task = tasks[static_cast<std::size_t>(subtask)];
    auto& events = job_.to_subtask[static_cast<std::size_t>(subtask)];
    while (!events.empty() && !task.ended()) {
      task.source->handle_coordinator_event(events.front());
      events.pop_front();
    }
    if (!task.ended()) task.status = task.source->poll();
    deliver();
  }
  void run() {
    for (bool all_ended = false; !all_ended;) {
      all_ended = true;
      for (int subtask = 0; subtask < context_.count; ++subtask) {
        step(subtask);
        all_ended = all_ended && tasks[static_cast<std::size_t>(subtask)].ended();
      }
    }
  }
  // The attempt dies and the next one starts.
  void restart(int subtask) {
    Task& task = tasks[static_cast<std::size_t>(subtask)];
    task.source->close();
    coordinator->subtask_reset(subtask, task.attempt, no_checkpoint);
    job_.to_subtask[static_cast<std::size_t>(subtask)].clear();
    deploy(subtask);
  }
  std::vector<Owned> records() const {
    std::vector<Owned> all;
    for (const Task& task : tasks) {
      all.insert(all.end(), task.output->records.begin(), task.output->records.end());
    }
    return all;
  }

  Transformation transformation;
  std::unique_ptr<OperatorCoordinator> coordinator;
  std::vector<Task> tasks;

 private:
  void deploy(int subtask) {
    Task& task = tasks[static_cast<std::size_t>(subtask)];
    ++task.attempt;
    task.source.reset();
    task.output = std::make_unique<CollectOutput<T, Owned>>();
    task.context = std::make_unique<FakeOperatorContext>(job_, *task.output, subtask,
                                                         context_.count, task.attempt);
    task.status = InputStatus::more_available;
    task.source = transformation.make_source();
    task.source->open(*task.context);
    coordinator->subtask_ready(subtask, task.attempt);
  }
  void deliver() {
    while (!job_.to_coordinator.empty()) {
      const auto [subtask, attempt, event] = job_.to_coordinator.front();
      job_.to_coordinator.pop_front();
      coordinator->handle_event(subtask, attempt, event);
    }
  }

  FakeJob& job_;
  FakeCoordinatorContext context_;
};

// The writers of a sink.
template <class T>
class SinkJob {
 public:
  template <class S>
  SinkJob(FakeJob& job, S sink, int parallelism) : job_(job), context_(job, parallelism) {
    detail::install_sink(std::make_shared<const S>(std::move(sink)), transformation);
    if (transformation.make_coordinator) coordinator = transformation.make_coordinator();
    if (coordinator) coordinator->start(context_);
    tasks.resize(static_cast<std::size_t>(parallelism));
    for (int subtask = 0; subtask < parallelism; ++subtask) deploy(subtask);
  }

  struct Task {
    int attempt = -1;
    std::unique_ptr<FakeOperatorContext> context;
    std::unique_ptr<Operator> sink;
  };
  void write(int subtask, const std::vector<T>& records) {
    auto batch = make_ref<RecordBatch<T>>();
    for (const T& record : records) batch->emplace(record);
    BatchRef erased{batch.release()};
    tasks[static_cast<std::size_t>(subtask)].sink->process(0, erased);
  }
  void finish(int subtask) {
    Task& task = tasks[static_cast<std::size_t>(subtask)];
    task.sink->finish();
    task.sink->close();
    deliver();
  }
  void restart(int subtask) {
    Task& task = tasks[static_cast<std::size_t>(subtask)];
    task.sink->close();
    coordinator->subtask_reset(subtask, task.attempt, no_checkpoint);
    deploy(subtask);
  }
  // As at the end of a job with this sink alone.
  void commit() {
    coordinator->commit();
    coordinator->all_committed();
  }
  void deliver() {
    while (!job_.to_coordinator.empty()) {
      const auto [subtask, attempt, event] = job_.to_coordinator.front();
      job_.to_coordinator.pop_front();
      coordinator->handle_event(subtask, attempt, event);
    }
  }

  Transformation transformation;
  std::unique_ptr<OperatorCoordinator> coordinator;
  std::vector<Task> tasks;
  NoOutput output;

 private:
  void deploy(int subtask) {
    Task& task = tasks[static_cast<std::size_t>(subtask)];
    ++task.attempt;
    task.context =
        std::make_unique<FakeOperatorContext>(job_, output, subtask, context_.count, task.attempt);
    task.sink = transformation.make_operator();
    task.sink->open(*task.context);
    if (coordinator) coordinator->subtask_ready(subtask, task.attempt);
  }

  FakeJob& job_;
  FakeCoordinatorContext context_;
};

// The message of the Error that `function` throws; empty when it throws none.
template <class F>
std::string error_of(F function, std::optional<ErrorKind> kind = {}) {
  try {
    function();
  } catch (const Error& error) {
    if (kind) CHECK(error.kind() == *kind);
    return error.message();
  }
  return {};
}
// Of all files there, one after the other.
inline std::string all_content(MemoryFileSystem& files, const std::string& directory) {
  std::string all;
  for (const auto& name : files.names(directory)) all += files.content(directory + "/" + name);
  return all;
}

inline bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace flink::test
