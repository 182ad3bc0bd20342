// SPDX-License-Identifier: Apache-2.0
// The JobManager's checkpoints: the sans-io CheckpointCoordinator with its files. Carries out what
// that decides: directories, _metadata and the HA record on helpers, one after the other; barriers
// and notes through its host; and knows what a restart goes back to.
//
// Control loop's thread only; helpers get copies. What a helper answers after this is gone is
// dropped.
#pragma once

#include <flink/graph/coordinator.h>

#include <atomic>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/effects.h"
#include "base/log.h"
#include "checkpoint/coordinator.h"
#include "checkpoint/ha_store.h"
#include "checkpoint/open_job.h"
#include "config/configuration.h"
#include "graph/job_graph.h"
#include "jobmanager/job_master.h"
#include "rest/cluster_view.h"

namespace flink::jobmanager {

// What the JobManager does for it. Any call may come from within one made to the service.
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
  virtual void cancel_job() = 0;
  virtual void suspend_job(const std::string& message) = 0;
  // Something changed that the JobMaster or held-back events wait for.
  virtual void checkpoints_changed() = 0;
};

struct CheckpointEnvironment {
  base::Effects effects;
  base::Log& log;
  bool new_job_id = false;  // made up for this run
  // To the control loop, while the job manager is; a helper may call it after that.
  std::function<void(std::function<void()>)> post;
};

using Operation = rest::OperationView;

class CheckpointService final : public RestoreSource {
 public:
  CheckpointService(CheckpointEnvironment environment, std::shared_ptr<const graph::JobGraph> graph,
                    const config::Configuration& configuration, const base::JobId& job,
                    bool recover, const checkpoint::TaskTable& tasks, CheckpointHost& host);

  // Looks up what the job starts from; answers through the host.
  void open();
  bool enabled() const { return coordinator_.settings().interval.has_value(); }
  std::string job_directory() const;
  std::shared_ptr<const checkpoint::RestorePoint> restore_point() override;

  // Events; see CheckpointCoordinator.
  // At each restart: one that was replaced may never complete a checkpoint again, and so learn of
  // it, since its successor removes what it restarts from.
  void check_fence();
  // The same, for any thread once the job is open: throws; empty when nobody recovers this job.
  std::function<void()> fence() const;
  // No savepoint of this job has a greater id: CoordinatorContext::newest_savepoint(). Any thread.
  std::function<std::int64_t()> newest_savepoint() const;
  void tasks_running(bool running, const std::string& why);
  void task_finished(const base::AttemptId& id);
  void coordinators_snapshot(std::int64_t id, std::map<base::OperatorId, std::string> states);
  void acknowledged(protocol::CheckpointAck ack);
  void declined(const protocol::CheckpointDecline& decline);
  void request_last();
  void tick();
  base::TimePoint next_timer() const { return coordinator_.next_timer(); }
  // The job has ended: its checkpoints go or stay as configured. idle() when that is done.
  void job_ending(const std::string& why);
  void job_ended(JobStatus status, const std::string& detail);
  // Results of the job that ends could not be committed: the newest checkpoint, which names them,
  // is kept whatever is configured. Says so, for people.
  std::string keep_uncommitted();

  // The request by which the job was stopped (empty: an earlier JobManager's), and its savepoint.
  struct Stop {
    std::string trigger, savepoint;
  };
  std::optional<Stop> stopped() const;

  const checkpoint::CheckpointCoordinator& coordinator() const { return coordinator_; }
  bool idle() const { return work_.empty() && !working_; }

  // Requests from outside. The token names the operation. Throws Error{user}.
  // `name`: the trigger id; one that is known already starts nothing.
  void trigger_checkpoint(const std::string& name, bool full);
  void trigger_savepoint(const std::string& name, const std::string& target, bool stop, bool drain);
  void dispose_savepoint(const std::string& name, const std::string& path);
  // The job is cancelled once that savepoint is complete.
  void cancel_after(const std::string& name) { cancel_after_ = name; }
  const Operation* operation(const std::string& name);
  // The one who stopped the job has not learned yet where the savepoint is.
  bool answer_unread() const { return !unread_stop_.empty(); }

 private:
  struct Work {
    std::function<void()> blocking;  // on a helper; must not throw
    std::function<void()> then;      // on the loop
  };
  void run(std::function<void()> blocking, std::function<void()> then);
  void next_work();
  void pump();
  void carry_out(checkpoint::CheckpointAction& action);
  void prepare(const checkpoint::action::Prepare& action);
  void write(const checkpoint::action::Write& action);
  void collect(checkpoint::Garbage garbage);
  void collect_job();
  void opened(const checkpoint::Opened& opened);
  std::uint64_t start_operation(const std::string& name);  // 0: it is known
  base::Instant instant() const {
    return {environment_.effects.clock.now(), environment_.effects.clock.wall_millis()};
  }

  CheckpointEnvironment environment_;
  std::shared_ptr<const graph::JobGraph> graph_;
  CheckpointHost& host_;
  base::JobId job_;
  checkpoint::OpenOptions open_options_;
  checkpoint::CheckpointCoordinator coordinator_;
  bool keep_newest_ = false;
  std::shared_ptr<checkpoint::HaStore> store_;  // null: nobody recovers this job
  // For the helper, whose work goes in order: somebody else needs the job's files.
  std::shared_ptr<bool> hands_off_ = std::make_shared<bool>(false);
  std::shared_ptr<checkpoint::JobRecord> published_;  // read and written by work on helpers only
  // Written by the loop.
  std::shared_ptr<std::atomic<std::int64_t>> newest_savepoint_ =
      std::make_shared<std::atomic<std::int64_t>>(CoordinatorContext::savepoints_unknown);
  std::optional<std::string> interrupted_;  // why tasks do not all run; nothing: they do
  std::shared_ptr<const checkpoint::RestorePoint> base_;    // what the job started from
  std::shared_ptr<const checkpoint::RestorePoint> cached_;  // of the newest checkpoint
  std::deque<Work> work_;
  bool working_ = false;
  bool pumping_ = false;
  std::uint64_t next_operation_ = 1;
  std::string cancel_after_;
  std::string stop_name_, unread_stop_;
  std::map<std::string, Operation> operations_;           // by trigger id
  std::map<std::uint64_t, std::string> operation_names_;  // trigger ids by token
};

}  // namespace flink::jobmanager
