// SPDX-License-Identifier: Apache-2.0
// The life of one job, sans-io: (event, now) in, actions out. Decides what is deployed where, what
// restarts after a failure and when, and how the job ends. It never waits, asks no clock and knows
// neither RPC nor threads; the JobManager feeds it and carries out what take_actions() gives, in
// order.
//
// Invariants: a region is deployed only when all partitions that it reads are there, each of its
// subtasks has a slot and each earlier attempt has ended; a restart gives every member of the
// region a new attempt number; SubtaskReset follows the end of an attempt and precedes the next
// Deploy of that subtask; after a terminal status no action comes any more. What a region starts
// from is chosen when its last attempts have ended, never while a checkpoint is being made durable
// (hold_restarts).
#pragma once

#include <flink/error.h>

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "checkpoint/restore_point.h"
#include "jobmanager/execution_graph.h"
#include "jobmanager/restart_backoff.h"
#include "jobmanager/slot_pool.h"

namespace flink::jobmanager {

namespace action {
struct StartCoordinators {};
struct Deploy {
  std::string taskmanager;
  protocol::TaskDeployment deployment;
};
struct CancelTask {
  std::string taskmanager;
  base::AttemptId id;
};
// Nobody reads what that attempt has written any more.
struct ReleasePartition {
  std::string taskmanager;
  base::AttemptId id;
};
struct SubtaskReady {
  base::AttemptId id;
};
struct SubtaskReset {
  base::AttemptId id;
  std::int64_t checkpoint_id = no_checkpoint;  // its successor starts from there
};
struct LastCheckpoint {};  // answer: last_checkpoint_done(), or fail_over()
struct Commit {};          // answer: committed() or commit_failed()
struct EndRetries {};      // of the commit that is under way
struct Abort {};           // answer: aborted()
struct StatusChanged {
  JobStatus status;
};
}  // namespace action
using Action = std::variant<action::StartCoordinators, action::Deploy, action::CancelTask,
                            action::ReleasePartition, action::SubtaskReady, action::SubtaskReset,
                            action::LastCheckpoint, action::Commit, action::EndRetries,
                            action::Abort, action::StatusChanged>;

// Something that went wrong, for people.
struct FailureRecord {
  ErrorKind kind = ErrorKind::internal;
  std::string message;  // whole, once
  std::string task;     // "Source: lines (1/2) - execution #0"; empty: the job as a whole
  std::string taskmanager;
  std::int64_t wall_millis = 0;
  bool restarts = false;  // the job goes on
  bool noted = false;     // it goes on as it is: nothing restarts
  bool taskmanager_lost = false;
};

// What is told of a job's life and stays when it goes on in another JobManager.
struct JobHistory {
  std::int64_t started = 0;             // wall milliseconds
  std::uint64_t failures_recorded = 0;  // ever
  std::vector<FailureRecord> failures;  // those that are remembered, oldest first
};

// What a restart goes back to: the newest checkpoint that counts; null: the beginning.
class RestoreSource {
 public:
  virtual ~RestoreSource() = default;
  virtual std::shared_ptr<const checkpoint::RestorePoint> restore_point() = 0;
};

struct JobMasterOptions {
  config::RestartStrategy restart;
  bool full_failover = false;  // restart everything, not the region
  base::Duration slot_request_timeout{};
  // Slots there can ever be; nothing: TaskManagers come by themselves, nobody knows.
  std::optional<int> slots_max;
  std::size_t failures_remembered = 16;
  std::string checkpoint_directory;  // of the job; for the tasks
  bool last_checkpoint = false;      // before the commit, when all tasks have finished
  RestoreSource* restores = nullptr;
};

class JobMaster {
 public:
  JobMaster(std::shared_ptr<const graph::JobGraph> graph, JobMasterOptions options,
            base::Random& random, const Instant& now);

  // Attempts count up from first_attempt: those of an earlier JobManager of the job may still write
  // files, whose names hold the attempt.
  void start(const Instant& now, int first_attempt = 0);
  void coordinators_started(const Instant& now);
  void taskmanager_joined(const std::string& id, int slots, const base::Address& data_address,
                          const Instant& now);
  // Its process is gone or out of reach; what ran there has ended or no longer matters. `hint`:
  // where to read more.
  void taskmanager_lost(const std::string& id, const std::string& reason, const std::string& hint,
                        const Instant& now);
  void task_state(const std::string& taskmanager, const protocol::TaskStateUpdate& update,
                  const Instant& now);
  void cancel(const Instant& now);
  // Fails the job without a restart.
  void fail(ErrorKind kind, const std::string& message, const Instant& now);
  // Tells people of something that the job gets over by itself.
  void note(FailureRecord failure, const Instant& now);
  // Restarts everything that runs, as if all of it had failed.
  void fail_over(ErrorKind kind, const std::string& message, const Instant& now);
  // While a checkpoint is being made durable it is not known what to restart from.
  void hold_restarts(bool hold, const Instant& now);
  // The job was stopped with that savepoint: whatever fails now ends it, nothing restarts.
  void stopped_with(const std::string& savepoint, const Instant& now);
  // Ends without undoing anything, so that another JobManager may take the job up.
  void suspend(ErrorKind kind, const std::string& message, const Instant& now);
  // Instead of start(): an earlier JobManager has brought it to its end.
  void ended_before(JobStatus status, const Instant& now);
  void last_checkpoint_done(const Instant& now);
  void committed(const Instant& now);
  void commit_failed(ErrorKind kind, const std::string& message, const Instant& now);
  // Coordinators cannot go on. Unless the fault is the user's, everything restarts, they too
  // (StartCoordinators again). `committing`: only their commit failed; it is asked for again.
  void coordinator_failed(ErrorKind kind, const std::string& message, bool committing,
                          const Instant& now);
  // `left`: what could not be committed, for people; empty: nothing.
  void aborted(const Instant& now, const std::string& left = {});
  void tick(const Instant& now);  // at next_timer() or later

  base::TimePoint next_timer() const;
  bool has_actions() const { return !actions_.empty(); }
  std::vector<Action> take_actions();

  JobStatus status() const { return status_; }
  bool committing() const { return committing_; }
  // Every task that is not FINISHED is RUNNING, and nothing is about to restart.
  bool all_running() const;
  std::int64_t entered(JobStatus status) const {
    return entered_[static_cast<std::size_t>(status)];
  }
  std::int64_t started() const { return started_; }  // wall milliseconds; before every rescaling
  JobHistory history() const { return {started_, failures_recorded_, failures_}; }
  void go_on_from(JobHistory history);                                      // before start()
  const std::vector<FailureRecord>& failures() const { return failures_; }  // oldest first
  std::size_t failures_recorded() const { return failures_recorded_; }      // ever
  // Why it FAILED or is FAILING: the cause rather than its echoes; null when it has not.
  const FailureRecord* root_failure() const;
  const ExecutionGraph& executions() const { return graph_; }
  ExecutionGraph& executions() { return graph_; }  // for metrics only
  const SlotPool& slots() const { return pool_; }
  int restarts() const { return restarts_; }
  // "Source: lines (1/2), sink (2/2)": what runs there now; empty: nothing.
  std::string running_on(const std::string& taskmanager) const;

 private:
  struct Region {
    enum class Phase : unsigned char {
      waiting_for_inputs,
      waiting_for_slots,
      deployed,
      restarting
    };
    Phase phase = Phase::waiting_for_inputs;
    base::TimePoint restart_at;
    base::TimePoint waiting_since;                         // for slots
    std::shared_ptr<const checkpoint::RestorePoint> from;  // null: the beginning
  };

  void enter(JobStatus status, const Instant& now);
  void schedule(const Instant& now);
  void deploy(int region, const Instant& now);
  protocol::TaskDeployment deployment_of(const Subtask& subtask) const;
  void skip_finished(int region, const Instant& now);
  void fail_for_good(FailureRecord failure, const Instant& now);
  void commit();
  void task_failed(Subtask& subtask, const Instant& now);
  void restart_regions(const std::set<int>& regions, base::Duration delay, const Instant& now);
  void finish_restarts(const Instant& now);
  void restart_coordinators(const Instant& now);
  void end_subtask(Subtask& subtask, const Instant& now);
  void cancel_region(int region, const Instant& now);
  void cancel_all(const Instant& now);
  void check_end(const Instant& now);
  void check_slot_timeout(const Instant& now);
  bool slots_may_come(int region) const;
  // Batch: job_master_batch.cpp.
  bool partition_there(const Subtask& producer) const;
  bool partition_lost(const Subtask& producer) const;
  bool inputs_there(int region) const;
  void look_at_inputs(const Instant& now);
  void region_finished(int region, const Instant& now);
  void release_partition(Subtask& producer);
  std::set<int> with_what_is_lost(const std::set<int>& regions) const;
  bool region_ended(int region) const;
  bool all_ended() const;
  void record(FailureRecord failure);
  bool ending() const {
    return status_ == JobStatus::failing || status_ == JobStatus::cancelling ||
           is_terminal(status_);
  }
  Region& region(int index) { return regions_[static_cast<std::size_t>(index)]; }
  const Region& region(int index) const { return regions_[static_cast<std::size_t>(index)]; }

  ExecutionGraph graph_;
  JobMasterOptions options_;
  RestartBackoff backoff_;
  SlotPool pool_;
  std::map<std::string, base::Address> data_addresses_;  // by TaskManager
  std::vector<Region> regions_;
  JobStatus status_ = JobStatus::initializing;
  std::array<std::int64_t, job_status_count> entered_{};
  bool scheduling_ = false;         // coordinators run
  bool coordinators_used_ = false;  // StartCoordinators was asked for
  bool closing_ = false;            // the last checkpoint is being taken
  bool committing_ = false;
  bool cancel_wanted_ = false;                      // if the commit that is under way fails
  std::optional<base::TimePoint> coordinators_at_;  // they failed and start again then
  std::optional<base::TimePoint> commit_at_;        // committing failed, it is tried again then
  bool held_ = false;
  std::string stopped_with_;
  bool aborting_ = false;
  int restarts_ = 0;
  std::int64_t started_ = 0;
  std::vector<FailureRecord> failures_;
  std::size_t failures_recorded_ = 0;
  std::vector<Action> actions_;
};

}  // namespace flink::jobmanager
