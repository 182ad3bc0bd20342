// SPDX-License-Identifier: Apache-2.0
// The JobManager's checkpoints: carries out what the sans-io CheckpointCoordinator decides, by its
// files and its host, and knows what a restart goes back to. Whoever calls what is named an event
// lets the pump follow. Control loop's thread only.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "checkpoint/coordinator.h"
#include "jobmanager/checkpoint_files.h"
#include "jobmanager/checkpoint_operations.h"
#include "jobmanager/job_context.h"

namespace flink::jobmanager {

// What the JobManager does for it.
class CheckpointHost {
 public:
  virtual ~CheckpointHost() = default;
  // The job may start; or has ended before, or must not start.
  virtual void job_opened(const checkpoint::Opened& opened) = 0;
  virtual void job_not_opened(ErrorKind kind, const std::string& message) = 0;
  virtual void snapshot_coordinators(std::int64_t checkpoint_id) = 0;
  virtual void trigger(const base::AttemptId& root, const channels::Barrier& barrier) = 0;
  // To every task that runs, and the coordinators.
  virtual void checkpoint_complete(std::int64_t checkpoint_id) = 0;
  // `triggered`: tasks know of it; else only the coordinators.
  virtual void checkpoint_aborted(std::int64_t checkpoint_id, bool triggered) = 0;
  virtual void checkpoints_failed(const std::string& message) = 0;
};

class CheckpointService final : public RestoreSource {
 public:
  // `post`: to the control loop, for as long as the JobManager is there.
  CheckpointService(const JobContext& context, ha::HaServices& ha,
                    const checkpoint::TaskTable& tasks, CheckpointHost& host,
                    std::function<void(std::function<void()>)> post);

  // Looks up what the job starts from; answers through the host.
  void open();
  bool enabled() const { return coordinator_.settings().interval.has_value(); }
  // Whether one is taken when all tasks have finished, before anything of the end is committed.
  // Where the job can be recovered always, though it takes no others: its record is what tells the
  // next JobManager that commits may have begun, and has all of them, of every sink.
  bool takes_last() const {
    return files_.recoverable() || (enabled() && coordinator_.settings().after_tasks_finish);
  }
  std::string job_directory() const;
  std::shared_ptr<const checkpoint::RestorePoint> restore_point() override;

  // Events; see CheckpointCoordinator.
  // At each restart: one that was replaced may never complete a checkpoint again, and so learn of
  // it, since its successor removes what it restarts from.
  void check_fence() { files_.check_fence(); }
  void tasks_running(bool running, const std::string& why);
  void task_finished(const base::AttemptId& id) { coordinator_.task_finished(id, now()); }
  void coordinators_snapshot(std::int64_t id, std::map<base::OperatorId, std::string> states) {
    coordinator_.coordinators_snapshot(id, std::move(states), {}, now());
  }
  void acknowledged(protocol::CheckpointAck ack) {
    coordinator_.acknowledged(std::move(ack), now());
  }
  void declined(const protocol::CheckpointDecline& decline) {
    coordinator_.declined(decline, now());
  }
  void request_last() { coordinator_.request_last(now()); }
  void tick() { coordinator_.tick(now()); }
  base::TimePoint next_timer() const { return coordinator_.next_timer(); }
  // The job has ended: its checkpoints go or stay as configured. idle() when that is done.
  void job_ended(JobStatus status, const std::string& detail);
  // Results of the job that ends could not be committed: the newest checkpoint, which names them,
  // is kept whatever is configured. Says so, for people.
  std::string keep_uncommitted();

  // The pump's part: what was decided since.
  bool decided() const { return coordinator_.has_actions(); }
  void carry_out();

  // The request by which the job was stopped (empty: an earlier JobManager's), and its savepoint.
  struct Stop {
    std::string trigger, savepoint;
  };
  std::optional<Stop> stopped() const;

  const checkpoint::CheckpointCoordinator& coordinator() const { return coordinator_; }
  const CheckpointFiles& files() const { return files_; }
  CheckpointOperations& operations() { return operations_; }
  const CheckpointOperations& operations() const { return operations_; }
  bool idle() const { return files_.idle(); }

 private:
  void opened(const checkpoint::Opened& opened);
  void carry_out(checkpoint::CheckpointAction& action);
  void aborted(const checkpoint::action::Aborted& aborted);
  std::set<std::string> in_use();
  Instant now() const { return context_.now(); }

  const JobContext& context_;
  CheckpointHost& host_;
  checkpoint::OpenOptions open_options_;
  checkpoint::CheckpointCoordinator coordinator_;
  CheckpointFiles files_;
  CheckpointOperations operations_;
  bool keep_newest_ = false;
  std::optional<std::string> interrupted_;  // why tasks do not all run; nothing: they do
  std::shared_ptr<const checkpoint::RestorePoint> base_;    // what the job started from
  std::shared_ptr<const checkpoint::RestorePoint> cached_;  // of the newest checkpoint
};

}  // namespace flink::jobmanager
