// SPDX-License-Identifier: Apache-2.0
// A job of a source chained to a sink, with checkpoints, without a cluster: what JobManager and
// tasks owe to coordinators and operators (coordinator.h, operator.h), in any order that they allow
// and with everything that may die in between. One thread; all choices come from the seed.
#pragma once

#include <flink/endpoints/sink_runtime.h>
#include <flink/endpoints/source_runtime.h>

#include <deque>
#include <optional>

#include "base/random.h"
#include "unit/connectors/harness.h"

namespace flink::test {

// The machines' file systems. Process -1 is the JobManager, the others are subtasks.
struct Disks {
  virtual ~Disks() = default;
  virtual base::FileSystem& of(int process) = 0;
  // The process is gone; its successor asks again. `machine`: with what it had not synced.
  virtual void lost(int /*process*/, bool /*machine*/) {}
  // No more faults.
  virtual void heal() {}
};

class RecoveringJob {
 public:
  using Define = std::function<void(Transformation& source, Transformation& sink)>;
  struct Chances {  // one in so many turns; 0: never
    int task_failure = 60, global_failure = 150, jobmanager_failure = 150, checkpoint = 10;
    int failures_max = 10;
    bool new_job_ids = true;
    int parallelism_max = 4;
  };

  RecoveringJob(Disks& disks, base::Random& random, Define define, Chances chances)
      : disks_(disks), random_(random), define_(std::move(define)), chances_(chances) {
    parallelism_ = random_parallelism();
    start();
  }

  // Until it has finished. False: not within that many turns.
  bool run(int turns) {
    while (!done_ && turns-- > 0) turn();
    return done_;
  }
  int failures() const { return failures_; }
  int checkpoints() const { return checkpoints_; }
  int job_ids() const { return job_number_ + 1; }
  int jobmanagers() const { return jobmanagers_; }
  bool savepoints() const { return newest_savepoint_ > 0; }

 private:
  static constexpr std::string_view operator_digits = "fedcba9876543210fedcba9876543210";
  struct Up {  // to the JobManager
    enum Kind { ready, source_event, sink_event, ack, finished } kind;
    int attempt = 0;
    std::string event{};
    std::int64_t checkpoint = 0;
    OperatorSnapshot source{}, sink{};
  };
  struct Down {  // to a task
    enum Kind { source_event, sink_event, barrier, stop, complete, aborted } kind;
    std::int64_t checkpoint = 0;
    std::string event{};
  };
  struct Snapshots {
    OperatorSnapshot source, sink;
  };
  struct Checkpoint {
    std::int64_t id = no_checkpoint;
    std::string source, sink;  // of the coordinators
    std::map<int, Snapshots> tasks;
    std::set<int> waiting;  // for their acknowledgement
    bool all_finished = false;
    bool stop = false;  // the job ends with it, to be continued by another
  };

  // What a task's two operators see.
  struct TaskContext final : OperatorContext {
    TaskContext(RecoveringJob& owner, int subtask, int attempt, Up::Kind sender, Output& output)
        : job(owner), kind(sender), out(output) {
      task.subtask = subtask;
      task.subtasks = owner.parallelism_;
      task.attempt = attempt;
      task.job = owner.job_id();
    }
    RuntimeContext& runtime() override { return task; }
    Output& output() override { return out; }
    Output* side_output(std::string_view) override { return nullptr; }
    void send_to_coordinator(std::string event) override {
      job.tasks_[static_cast<std::size_t>(task.subtask)].up.push_back(
          {kind, task.attempt, std::move(event)});
    }
    std::function<void()> waker() override {
      return [] {};
    }
    void wake_after(std::chrono::nanoseconds) override {}
    base::FileSystem& file_system() override { return job.disks_.of(task.subtask); }
    const base::Clock& clock() override { return job.clock_; }
    std::string_view operator_id() const override { return operator_digits; }
    const OperatorSnapshot& restored_state() const override { return restored; }
    std::optional<std::int64_t> restored_checkpoint_id() const override { return restored_id; }
    RecoveringJob& job;
    Up::Kind kind;
    Output& out;
    FakeRuntime task;
    OperatorSnapshot restored;
    std::optional<std::int64_t> restored_id;
  };
  struct Chained final : Output {
    Operator* next = nullptr;
    void emit(BatchRef& batch) override { next->process(0, batch); }
    void emit_watermark(Timestamp) override {}
    void emit_idle(bool) override {}
  };
  struct Task {
    int attempt = -1;
    bool failed = false;
    bool finished = false;                 // it said so
    bool finished_known = false;           // and the JobManager heard
    std::optional<std::int64_t> stopping;  // the savepoint after which it ends
    std::deque<Up> up;
    std::deque<Down> down;
    std::deque<Down> held;  // events that must not overtake the barrier
    bool holding = false;
    std::unique_ptr<Chained> chained;
    NoOutput nowhere;
    std::unique_ptr<TaskContext> source_context, sink_context;
    std::unique_ptr<SourceOperator> source;
    std::unique_ptr<Operator> sink;
  };
  struct Coordination final : CoordinatorContext {
    Coordination(RecoveringJob& owner, Down::Kind kind)
        : job(owner), to(kind), id(owner.job_id()) {}
    int parallelism() const override { return job.parallelism_; }
    std::string_view job_id() const override { return id; }
    std::string_view operator_name() const override { return "operator"; }
    std::string_view operator_id() const override { return operator_digits; }
    bool flag(std::string_view) const override { return false; }
    void send_event(int subtask, std::string event) override { job.to_task(subtask, to, event); }
    void send_unordered_event(int subtask, std::string event) override {
      job.tasks_[static_cast<std::size_t>(subtask)].down.push_back({to, 0, std::move(event)});
    }
    base::FileSystem& file_system() override { return job.disks_.of(-1); }
    std::int64_t newest_savepoint() const override { return job.newest_savepoint_; }
    RecoveringJob& job;
    Down::Kind to;
    std::string id;
  };
  // Each look moves it, so that a poll ends after few records.
  struct TickingClock final : base::Clock {
    mutable base::TimePoint time{};
    base::TimePoint now() const override {
      time = time + std::chrono::microseconds{400};
      return time;
    }
    std::int64_t wall_millis() const override {
      return std::chrono::duration_cast<std::chrono::milliseconds>(time.since_origin).count() *
             1000;
    }
  };

  bool chance(int one_in) {
    return one_in > 0 && random_.below(static_cast<std::uint64_t>(one_in)) == 0;
  }
  bool may_fail(int one_in) { return failures_ < chances_.failures_max && chance(one_in); }
  int random_parallelism() {
    return 1 +
           static_cast<int>(random_.below(static_cast<std::uint64_t>(chances_.parallelism_max)));
  }
  std::string job_id() const {
    std::string id = std::to_string(job_number_);
    return std::string(12 - id.size(), 'a') + id + std::string(20, '0');
  }

  // ---- the JobManager
  void start() {
    for (;;) {
      try {
        start_once();
        return;
      } catch (const Error&) {
        ++failures_;
        disks_.lost(-1, false);
      }
    }
  }
  void start_once() {
    tasks_.clear();
    pending_.reset();
    source_context_ = std::make_unique<Coordination>(*this, Down::source_event);
    sink_context_ = std::make_unique<Coordination>(*this, Down::sink_event);
    source_ = {};
    sink_ = {};
    define_(source_, sink_);
    source_coordinator_ = source_.make_coordinator();
    sink_coordinator_ = sink_.make_coordinator();
    if (complete_) {
      source_coordinator_->restore(complete_->id, complete_->source);
      sink_coordinator_->restore(complete_->id, complete_->sink);
    }
    if (complete_) complete_->stop = false;
    tasks_.resize(static_cast<std::size_t>(parallelism_));
    source_coordinator_->start(*source_context_);
    sink_coordinator_->start(*sink_context_);
    if (complete_ && complete_->all_finished) {
      for (Task& task : tasks_) task.finished = task.finished_known = true;
      return;
    }
    for (int subtask = 0; subtask < parallelism_; ++subtask) deploy(subtask, 0);
  }

  void jobmanager_fails() {
    ++failures_;
    ++jobmanagers_;
    ++life_;
    for (int subtask = 0; subtask < parallelism_; ++subtask) kill(subtask);
    source_coordinator_.reset();
    sink_coordinator_.reset();
    disks_.lost(-1, chance(2));
    if (complete_ && chance(2)) rescale();
    if (complete_ && chances_.new_job_ids && chance(4)) {
      ++job_number_;
      newest_savepoint_ = 0;
    }
    start();
  }

  // Split lists are dealt out anew.
  void rescale() {
    parallelism_ = random_parallelism();
    std::map<int, Snapshots> dealt;
    int next = 0;
    const auto deal = [&](OperatorSnapshot Snapshots::*half) {
      for (auto& [_, task] : complete_->tasks) {
        for (auto& [name, list] : task.*half) {
          for (auto& item : list.items) {
            auto& to = (dealt[next++ % parallelism_].*half)[name];
            to.schema = list.schema;
            to.items.push_back(item);
          }
        }
      }
    };
    deal(&Snapshots::source);
    deal(&Snapshots::sink);
    complete_->tasks = std::move(dealt);
  }

  void to_task(int subtask, Down::Kind kind, const std::string& event) {
    Task& task = tasks_[static_cast<std::size_t>(subtask)];
    if (task.holding) {
      task.held.push_back({kind, 0, event});
    } else {
      task.down.push_back({kind, 0, event});
    }
  }

  void trigger(bool stop = false) {
    if (pending_ || (complete_ && complete_->stop)) return;
    Checkpoint checkpoint;
    checkpoint.stop = stop;
    checkpoint.id = ++last_id_;
    if (stop) newest_savepoint_ = checkpoint.id;
    checkpoint.source = source_coordinator_->checkpoint(checkpoint.id);
    checkpoint.sink = sink_coordinator_->checkpoint(checkpoint.id);
    checkpoint.all_finished = true;
    for (int subtask = 0; subtask < parallelism_; ++subtask) {
      Task& task = tasks_[static_cast<std::size_t>(subtask)];
      if (task.finished_known) continue;
      checkpoint.all_finished = false;
      checkpoint.waiting.insert(subtask);
      task.holding = true;
      task.down.push_back({stop ? Down::stop : Down::barrier, checkpoint.id});
    }
    pending_ = std::move(checkpoint);
    complete_if_acknowledged();
  }
  void release(int subtask) {
    Task& task = tasks_[static_cast<std::size_t>(subtask)];
    task.holding = false;
    for (auto& event : std::exchange(task.held, {})) {
      task.down.push_back(std::move(event));
    }
  }
  void abort_pending() {
    if (!pending_) return;
    const std::int64_t id = pending_->id;
    pending_.reset();
    for (int subtask = 0; subtask < parallelism_; ++subtask) {
      tasks_[static_cast<std::size_t>(subtask)].down.push_back({Down::aborted, id});
      release(subtask);
    }
    source_coordinator_->checkpoint_aborted(id);
    sink_coordinator_->checkpoint_aborted(id);
  }
  void complete_if_acknowledged() {
    if (!pending_ || !pending_->waiting.empty()) return;
    complete_ = std::move(pending_);
    pending_.reset();
    ++checkpoints_;
    if (may_fail(15)) return jobmanager_fails();  // durable, but nobody has been told
    if (complete_->all_finished) return;
    source_coordinator_->checkpoint_complete(complete_->id);
    sink_coordinator_->checkpoint_complete(complete_->id);
    if (may_fail(15)) return jobmanager_fails();
    for (Task& task : tasks_) task.down.push_back({Down::complete, complete_->id});
  }

  void hear(int subtask, const Up& up) {
    Task& task = tasks_[static_cast<std::size_t>(subtask)];
    switch (up.kind) {
      case Up::ready:
        source_coordinator_->subtask_ready(subtask, up.attempt);
        sink_coordinator_->subtask_ready(subtask, up.attempt);
        break;
      case Up::source_event:
        source_coordinator_->handle_event(subtask, up.attempt, up.event);
        break;
      case Up::sink_event:
        sink_coordinator_->handle_event(subtask, up.attempt, up.event);
        break;
      case Up::ack:
        if (!pending_ || pending_->id != up.checkpoint) break;
        pending_->tasks[subtask] = {up.source, up.sink};
        pending_->waiting.erase(subtask);
        release(subtask);
        complete_if_acknowledged();
        break;
      case Up::finished:
        task.finished_known = true;
        if (pending_ && pending_->waiting.contains(subtask)) abort_pending();
        break;
    }
  }
  bool hear_next(int subtask) {
    const int life = life_;
    auto& up = tasks_[static_cast<std::size_t>(subtask)].up;
    if (up.empty()) return false;
    const Up next = std::move(up.front());
    up.pop_front();
    hear(subtask, next);
    return life == life_;
  }

  // ---- tasks
  void deploy(int subtask, int attempt) {
    Task& task = tasks_[static_cast<std::size_t>(subtask)];
    task.attempt = attempt;
    task.failed = task.finished = task.finished_known = false;
    task.stopping.reset();
    task.chained = std::make_unique<Chained>();
    task.source_context =
        std::make_unique<TaskContext>(*this, subtask, attempt, Up::source_event, *task.chained);
    task.sink_context =
        std::make_unique<TaskContext>(*this, subtask, attempt, Up::sink_event, task.nowhere);
    if (complete_) {
      const auto state = complete_->tasks.find(subtask);
      if (state != complete_->tasks.end()) {
        task.source_context->restored = state->second.source;
        task.sink_context->restored = state->second.sink;
      }
      task.source_context->restored_id = task.sink_context->restored_id = complete_->id;
    }
    task.source = source_.make_source();
    task.sink = sink_.make_operator();
    task.chained->next = task.sink.get();
    guarded(task, [&] {
      task.sink->open(*task.sink_context);
      task.source->open(*task.source_context);
      task.up.push_back({Up::ready, attempt});
    });
  }
  template <class F>
  void guarded(Task& task, const F& f) {
    try {
      f();
    } catch (const Error&) {
      task.failed = true;
    }
  }
  void kill(int subtask) {
    Task& task = tasks_[static_cast<std::size_t>(subtask)];
    disks_.lost(subtask, chance(2));
    if (task.source) task.source->close();
    if (task.sink) task.sink->close();
    task.source.reset();
    task.sink.reset();
    task.failed = true;
  }
  // Kills and starts again, from the newest complete checkpoint, all of these.
  void restart(std::vector<int> subtasks) {
    ++failures_;
    const int life = ++life_;
    std::map<int, std::deque<Up>> late;
    for (const int subtask : subtasks) {
      kill(subtask);
      auto& up = tasks_[static_cast<std::size_t>(subtask)].up;
      for (auto arrives = random_.below(up.size() + 1); arrives > 0; --arrives) {
        if (!hear_next(subtask) || life != life_) return;  // the JobManager died over it
      }
      late[subtask] = std::exchange(up, {});
    }
    if (complete_ && complete_->stop) return jobmanager_fails();  // nobody goes on behind it
    abort_pending();
    for (const int subtask : subtasks) {
      Task& task = tasks_[static_cast<std::size_t>(subtask)];
      const std::int64_t from = complete_ ? complete_->id : no_checkpoint;
      source_coordinator_->subtask_reset(subtask, task.attempt, from);
      sink_coordinator_->subtask_reset(subtask, task.attempt, from);
      task.down.clear();
      task.held.clear();
      for (const Up& up : late[subtask]) {
        if (up.kind != Up::ack && up.kind != Up::finished && chance(2)) hear(subtask, up);
      }
      deploy(subtask, task.attempt + 1);
    }
  }

  void work(int subtask) {
    Task& task = tasks_[static_cast<std::size_t>(subtask)];
    if (task.finished || task.failed) return;
    guarded(task, [&] {
      if (!task.down.empty() && chance(2)) {
        const Down down = std::move(task.down.front());
        task.down.pop_front();
        take(task, down);
        return;
      }
      if (task.stopping || task.source->poll() != InputStatus::end_of_input) return;
      task.sink->end_input(0);
      task.sink->finish();
      // A barrier under way may still be answered.
      while (!task.down.empty() && !chance(3)) {
        const Down down = std::move(task.down.front());
        task.down.pop_front();
        if (down.kind != Down::source_event) take(task, down);
      }
      finished(task);
    });
  }
  void finished(Task& task) {
    if (task.finished) return;
    task.finished = true;
    task.up.push_back({Up::finished, task.attempt});
  }
  void take(Task& task, const Down& down) {
    if (down.kind == Down::source_event) {
      task.source->handle_coordinator_event(down.event);
    } else if (down.kind == Down::sink_event) {
      task.sink->handle_coordinator_event(down.event);
    } else if (down.kind == Down::complete) {
      task.source->notify_checkpoint_complete(down.checkpoint);
      task.sink->notify_checkpoint_complete(down.checkpoint);
      if (task.stopping == down.checkpoint) finished(task);
    } else if (down.kind == Down::aborted) {
      if (task.stopping == down.checkpoint) task.stopping.reset();
    } else {
      if (down.kind == Down::stop) task.stopping = down.checkpoint;
      task.sink->prepare_snapshot(down.checkpoint);
      Up ack{Up::ack, task.attempt, {}, down.checkpoint};
      ack.source = task.source->snapshot(down.checkpoint);
      ack.sink = task.sink->snapshot(down.checkpoint);
      task.up.push_back(std::move(ack));
    }
  }

  // ---- what happens next
  void turn() {
    try {
      turn_once();
    } catch (const Error&) {  // of a coordinator: the JobManager ends the job, somebody restarts it
      jobmanager_fails();
    }
  }
  void turn_once() {
    if (std::all_of(tasks_.begin(), tasks_.end(), [](auto& task) { return task.finished_known; })) {
      return finish();
    }
    const int subtask = static_cast<int>(random_.below(static_cast<std::uint64_t>(parallelism_)));
    if (tasks_[static_cast<std::size_t>(subtask)].failed || may_fail(chances_.task_failure)) {
      return restart({subtask});
    }
    if (may_fail(chances_.global_failure)) {
      std::vector<int> all;
      for (int each = 0; each < parallelism_; ++each) all.push_back(each);
      return restart(all);
    }
    if (may_fail(chances_.jobmanager_failure)) return jobmanager_fails();
    if (chance(chances_.checkpoint)) return trigger(may_fail(20));
    if (chance(2)) {
      hear_next(subtask);
    } else {
      work(subtask);
    }
  }
  void commit() {
    for (auto* each : {sink_coordinator_.get(), source_coordinator_.get()}) each->commit();
    for (auto* each : {sink_coordinator_.get(), source_coordinator_.get()}) each->all_committed();
  }
  void finish() {
    const int failures = failures_;
    if (complete_ && complete_->stop) {
      commit();
      return jobmanager_fails();  // for the test's purposes: the next job starts from it
    }
    if (!complete_ || !complete_->all_finished) {
      abort_pending();
      trigger();
      if (failures != failures_) return;
    }
    commit();
    if (may_fail(3)) return jobmanager_fails();  // committed, but the job's end is not recorded
    done_ = true;
  }

  Disks& disks_;
  base::Random& random_;
  Define define_;
  Chances chances_;
  TickingClock clock_;
  int parallelism_ = 1;
  int job_number_ = 0;
  Transformation source_, sink_;
  std::unique_ptr<Coordination> source_context_, sink_context_;
  std::unique_ptr<OperatorCoordinator> source_coordinator_, sink_coordinator_;
  std::vector<Task> tasks_;
  std::optional<Checkpoint> pending_, complete_;
  std::int64_t newest_savepoint_ = 0;
  std::int64_t last_id_ = 0;
  int life_ = 0;
  int jobmanagers_ = 1;
  int failures_ = 0, checkpoints_ = 0;
  bool done_ = false;
};

}  // namespace flink::test
