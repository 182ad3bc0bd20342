// SPDX-License-Identifier: Apache-2.0
// One JobManager process of a simulated run with the TaskManagers it starts. A run has one after
// the other, or, when a supervisor was mistaken, two at once. What it listens to is told on the
// simulation's thread, within its JobManager's calls.
#pragma once

#include <memory>
#include <string>

#include "jobmanager/job_manager.h"
#include "sim/sim_driver.h"

namespace flink::sim {

class Leader;
class LeaderEvents {
 public:
  virtual ~LeaderEvents() = default;
  virtual void restarting(Leader& leader) = 0;
  // It has done what it had to, well or not; its process may end.
  virtual void closed(Leader& leader) = 0;
};

class Leader final : private jobmanager::JobListener {
 public:
  Leader(SimWorld& world, int number, SimDriver::Size size, const MakeTaskManager& make,
         LeaderEvents& events);
  ~Leader() noexcept override;

  // Begins with the job; from an action.
  void submit(const jobmanager::JobSubmission& submission);
  // Its process ends; its TaskManagers find out by themselves.
  void kill(bool machine_too);

  // Stops the job with a savepoint in that directory; false: it cannot be started.
  bool stop_with_savepoint(const std::string& directory);
  // Still to be answered; the savepoint, once there; nothing else: it did not work out.
  bool stopping() const { return !stop_trigger_.empty(); }
  void look_at_stop();
  const std::string& savepoint() const { return savepoint_; }

  bool alive() const { return process_.alive(); }
  bool ended() const { return manager_ == nullptr; }  // by kill()
  SimProcess& process() { return process_; }
  SimDriver& driver() { return driver_; }
  jobmanager::JobStatus status() const { return status_; }
  const std::string& failure() const { return failure_; }
  bool offers_slots(const SimProcess& taskmanager) const;

 private:
  void status_changed(jobmanager::JobStatus status) override;
  void failure(const jobmanager::FailureRecord& failure) override;
  void closed() override { events_.closed(*this); }

  SimWorld& world_;
  LeaderEvents& events_;
  SimDriver driver_;
  SimProcess process_;
  jobmanager::JobManager* manager_ = nullptr;  // that the process runs
  jobmanager::JobStatus status_ = jobmanager::JobStatus::initializing;
  std::string failure_;
  std::string stop_trigger_, savepoint_;
};

}  // namespace flink::sim
