// SPDX-License-Identifier: Apache-2.0
// What a job's checkpoints write, read and remove: their directories, _metadata, and the record of
// those that count. Blocking work goes to helpers, one piece after the other. Once it is known that
// another JobManager has taken the job over, nothing is written or removed any more.
//
// Control loop's thread only, but for fence() and newest_savepoint(). Answers come on the loop;
// those that come after this is gone are dropped.
#pragma once

#include <flink/graph/coordinator.h>

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <set>
#include <string>

#include "base/effects.h"
#include "base/log.h"
#include "checkpoint/coordinator.h"
#include "checkpoint/open_job.h"
#include "ha/ha_services.h"

namespace flink::jobmanager {

class CheckpointFiles {
 public:
  struct Setup {
    base::Effects effects;
    base::Log& log;
    // To the control loop, for as long as the JobManager is there; helpers call it.
    std::function<void(std::function<void()>)> post;
    base::JobId job;
    checkpoint::Settings settings;
    std::shared_ptr<ha::HaStore> store;  // null: nobody recovers this job
    // Another JobManager has the job.
    std::function<void(const std::string& message)> fenced;
    std::function<void()> done;  // after each piece of work, once its answer was given
  };
  explicit CheckpointFiles(Setup setup) : setup_(std::move(setup)) {}

  struct OpenAnswer {
    checkpoint::Opened opened;
    ErrorKind kind = ErrorKind::internal;
    std::string failure;  // empty: opened
  };
  using Open = std::function<void(const OpenAnswer& answer)>;
  // What the job starts from. At most once, before anything else.
  void open(std::shared_ptr<const graph::JobGraph> graph, const checkpoint::OpenOptions& options,
            Open then);
  // `opened`: the job may run, and is recorded so. `new_id`: made up for this run.
  void opened(const checkpoint::Opened& opened, bool new_id);
  bool may_run() const { return published_ != nullptr; }
  // Another JobManager could take the job up.
  bool recoverable() const { return setup_.store != nullptr; }

  // Looks whether another JobManager has the job.
  void check_fence();
  // The same, for any thread once the job is open: throws; empty when nobody recovers this job.
  std::function<void()> fence() const;
  // No savepoint of this job has a greater id: CoordinatorContext::newest_savepoint(). Any thread.
  std::function<std::int64_t()> newest_savepoint() const;

  // The directory of a checkpoint that begins; or why there is none.
  using Prepare = std::function<void(const std::string& directory, const std::string& failure)>;
  void prepare(const checkpoint::action::Prepare& action, Prepare then);
  using Write = std::function<void(checkpoint::WriteOutcome outcome, const std::string& failure)>;
  void write(const checkpoint::action::Write& action, Write then);
  void collect(checkpoint::Garbage garbage);
  void collect_job(bool keep_result);
  // How the job ended; its checkpoints are kept where that cannot be noted.
  void finish(ha::JobResult result);
  void dispose(const std::string& savepoint, std::set<std::string> in_use,
               std::function<void(const std::string& failure)> then);
  bool idle() const { return work_.empty() && !working_; }

 private:
  struct Work {
    std::function<void()> blocking;  // on a helper; must not throw
    std::function<void()> then;      // on the loop
  };
  void run(std::function<void()> blocking, std::function<void()> then);
  void next_work();
  std::string job_directory() const { return setup_.settings.job_directory(setup_.job); }

  Setup setup_;
  // For the helper, whose work goes in order: somebody else needs the job's files.
  std::shared_ptr<bool> hands_off_ = std::make_shared<bool>(false);
  std::shared_ptr<ha::JobRecord> published_;  // read and written by work on helpers only
  // Written by the loop.
  std::shared_ptr<std::atomic<std::int64_t>> newest_savepoint_ =
      std::make_shared<std::atomic<std::int64_t>>(CoordinatorContext::savepoints_unknown);
  std::deque<Work> work_;
  bool working_ = false;
};

}  // namespace flink::jobmanager
