// SPDX-License-Identifier: Apache-2.0
// What the parts of a JobManager share: the job, who decides about it, and the one pump. A part
// that hears something tells it to the JobMaster or to the checkpoints, then calls pump(), which
// carries out whatever was decided. It may be called from anywhere on the control loop, also while
// an action is being carried out: what comes of that follows behind it.
#pragma once

#include <functional>

#include "base/ids.h"
#include "jobmanager/job_master.h"
#include "jobmanager/job_submission.h"
#include "rpc/process_environment.h"

namespace flink::jobmanager {

struct JobContext {
  rpc::ProcessEnvironment process;
  const JobSubmission& submission;
  base::JobId job_id;
  JobMaster& master;
  std::function<void()> pump;
  std::function<void(const std::string&)> tell;  // a warning, to whoever runs the job

  Instant now() const { return {process.effects.clock.now(), process.effects.clock.wall_millis()}; }
  base::Log& log() const { return process.log; }
  // Ends the job without a restart.
  void fail(ErrorKind kind, const std::string& message) const {
    master.fail(kind, message, now());
    pump();
  }
  // Ends without ending the job, so that it can be recovered.
  void suspend(const std::string& why) const {
    log().info("suspended: ", why);
    master.suspend(ErrorKind::resource, why, now());
    pump();
  }
  void cancel() const {
    log().info("cancel requested");
    master.cancel(now());
    pump();
  }
};

}  // namespace flink::jobmanager
