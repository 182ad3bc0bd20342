// SPDX-License-Identifier: Apache-2.0
// When a job's checkpoints are taken, what each waits for, and what becomes of them: sans-io,
// (event, now) in, actions out. The JobManager feeds it and carries out what take_actions() gives,
// in order.
//
// A checkpoint's life: Prepare -> prepared() -> SnapshotCoordinators -> coordinators_snapshot() ->
// Trigger -> acknowledged() of every task -> Write -> written() -> Complete. Until Write it can be
// aborted at any time; from Write to written() it cannot, its outcome is being decided:
// finalizing() says so, and nobody may choose a checkpoint to restart from meanwhile.
//
// Invariants: ids strictly increase; Complete and Aborted are told at most once an id, to tasks
// only after Trigger; Complete comes after the record of checkpoints that count holds the id; a
// savepoint counts for nobody but its user, so only the one that stops the job is told Complete.
// Files of earlier checkpoints that somebody has removed make the next one write everything again,
// and fail the job only when that does not help.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "channels/element.h"
#include "checkpoint/completed.h"
#include "checkpoint/pending.h"
#include "checkpoint/restore_point.h"
#include "checkpoint/settings.h"
#include "checkpoint/statistics.h"
#include "graph/job_graph.h"
#include "protocol/checkpoint.h"

namespace flink::checkpoint {

namespace action {
// Make its directory and make sure the id is never given out again; answer: prepared().
struct Prepare {
  std::int64_t id = 0;
  std::string savepoint_target;  // empty: the job's own chk-<n>
};
struct SnapshotCoordinators {  // answer: coordinators_snapshot()
  std::int64_t id = 0;
};
struct Trigger {
  channels::Barrier barrier;
  std::vector<base::AttemptId> roots;
};
// Look whether all its files are there, write _metadata, then, unless it is a savepoint, the
// record; answer: written().
struct Write {
  std::shared_ptr<const Metadata> metadata;
  std::string directory;
  bool counts = true;
  std::vector<std::string> record;  // directories of all that count then
};
struct Complete {
  std::int64_t id = 0;
};
struct Aborted {
  std::int64_t id = 0;
  bool coordinators = false;  // may have taken their state for it
  bool triggered = false;     // tasks may know of it
  std::string why;
};
struct Collect {
  Garbage garbage;
};
struct Answer {
  std::uint64_t token = 0;
  std::int64_t id = 0;
  std::string location;  // of what was taken
  std::string failure;   // empty: it was
};
// The job's directory may go, with all that is left in it.
struct CollectJob {};
// More checkpoints failed than is tolerated: the job restarts.
struct FailJob {
  std::string message;
};
// The job's directory may be holding an outcome nobody knows: end without touching anything.
struct Suspend {
  std::string message;
};
}  // namespace action
using CheckpointAction =
    std::variant<action::Prepare, action::SnapshotCoordinators, action::Trigger, action::Write,
                 action::Complete, action::Aborted, action::Collect, action::CollectJob,
                 action::Answer, action::FailJob, action::Suspend>;

// How Write ended. `incomplete`: nothing was written, since a file that it builds on is gone.
enum class WriteOutcome : std::uint8_t { durable, failed, incomplete, unknown };

// The tasks as they are now.
class TaskTable {
 public:
  virtual ~TaskTable() = default;
  virtual std::vector<TaskInfo> checkpoint_tasks() const = 0;
};

class CheckpointCoordinator {
 public:
  CheckpointCoordinator(std::shared_ptr<const graph::JobGraph> graph, Settings settings,
                        const base::JobId& job, const TaskTable& tasks);

  // Before the first task runs. `restored`: what the job starts from; `counts`: it is the job's own
  // to keep and delete. `full_first`: it is somebody else's, so nothing of it is built on.
  void start(std::int64_t first_id, std::uint64_t epoch);
  void restored(const Completed& from, bool counts, bool full_first, const base::Instant& now);

  // Every task runs or has finished; or not any more (aborts what is not being written).
  void tasks_running(const base::Instant& now);
  void interrupted(const std::string& why, const base::Instant& now);
  void task_finished(const base::AttemptId& id, const base::Instant& now);
  void request(Request request, const base::Instant& now);
  // Every task has finished: one more checkpoint, of what the coordinators still have to commit.
  // Ends in last_done() or FailJob.
  void request_last(const base::Instant& now);
  void prepared(std::int64_t id, const std::string& directory, const std::string& failure,
                const base::Instant& now);
  void coordinators_snapshot(std::int64_t id, std::map<base::OperatorId, std::string> states,
                             const std::string& failure, const base::Instant& now);
  void acknowledged(protocol::CheckpointAck ack, const base::Instant& now);
  void declined(const protocol::CheckpointDecline& decline, const base::Instant& now);
  void written(std::int64_t id, WriteOutcome outcome, const std::string& failure,
               const base::Instant& now);
  void tick(const base::Instant& now);
  // The job is ending: no more checkpoints; aborts what is not being written.
  void stop(const std::string& why, const base::Instant& now);
  // It has ended ("FINISHED", "CANCELED", "FAILED"): what its retention says may go.
  // `keep_newest`: whatever is configured, unless the directory goes with this process.
  void job_ended(std::string_view status, bool keep_newest = false);

  base::TimePoint next_timer() const;
  bool has_actions() const { return !actions_.empty(); }
  std::vector<CheckpointAction> take_actions();

  bool finalizing() const;
  bool last_done() const { return last_done_; }
  // The attempt has yet to acknowledge a checkpoint that is not newer than `up_to`, the newest
  // whose coordinators' state is taken: what coordinators sent it since waits.
  bool holds_back(const base::AttemptId& id, std::int64_t up_to) const;
  const std::deque<Completed>& kept() const { return completed_.kept(); }
  const Completed* latest() const { return completed_.latest(); }
  const std::optional<std::string>& stopped_with() const { return stopped_with_; }
  const Settings& settings() const { return settings_; }
  rest::CheckpointsView statistics() const { return statistics_.view(); }
  rest::CheckpointConfigView config_view() const;

 private:
  using Stage = PendingCheckpoint::Stage;

  void pump(const base::Instant& now);
  void begin(Request request, const base::Instant& now);
  bool may_begin(const Request& request, const base::Instant& now) const;
  PendingCheckpoint* find(std::int64_t id);
  void check_complete(PendingCheckpoint& pending, const base::Instant& now);
  void complete(PendingCheckpoint& pending, const base::Instant& now);
  void incomplete(const PendingCheckpoint& pending, const std::string& why,
                  const base::Instant& now);
  // `counts`: against the failures that are tolerated.
  void abort(std::int64_t id, const std::string& why, bool counts, const base::Instant& now);
  void abort_older(std::int64_t id, const base::Instant& now);
  void count_failure(const PendingCheckpoint& pending, const std::string& why);
  void answer(const Request& request, std::int64_t id, const std::string& location,
              const std::string& failure);
  channels::Barrier barrier_of(const PendingCheckpoint& pending) const;
  rest::CheckpointView view_of(const PendingCheckpoint& pending) const;
  std::set<std::string> files_in_use() const;
  bool stopping() const;
  std::set<std::string> shared_of(const std::set<std::string>& files) const;

  std::shared_ptr<const graph::JobGraph> graph_;
  Settings settings_;
  base::JobId job_;
  const TaskTable& tasks_;
  std::uint64_t epoch_ = 0;
  std::int64_t next_id_ = 1;
  bool running_ = false;  // every task runs or has finished
  bool stopped_ = false;
  bool full_first_ = false;  // until one that counts is complete
  bool last_done_ = false;
  int failures_in_row_ = 0;
  base::TimePoint next_periodic_ = base::TimePoint::never();
  base::TimePoint pause_until_;  // min-pause after the last one
  std::deque<Request> requests_;
  std::map<std::int64_t, PendingCheckpoint> pending_;
  CompletedCheckpoints completed_;
  std::optional<std::string> stopped_with_;
  Statistics statistics_;
  std::vector<CheckpointAction> actions_;
};

}  // namespace flink::checkpoint
