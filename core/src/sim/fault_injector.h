// SPDX-License-Identifier: Apache-2.0
// Carries out a fault plan against a simulated cluster, one fault after the other, and heals
// everything when the plan is done and the last of them has passed. On the simulation's thread; its
// faults are actions of the simulation itself.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "sim/fault_plan.h"
#include "sim/sim_driver.h"

namespace flink::sim {

class FaultInjector {
 public:
  // What there is to disturb.
  struct Cluster {
    std::function<SimProcess*()> jobmanager;  // null while none lives
    std::function<bool(const SimProcess& taskmanager)> offers_slots;
    // Ends the JobManager and starts it again some time later; empty: it must not be harmed.
    std::function<void(bool machine_too)> kill_jobmanager;
    std::function<void()> healed;
  };
  FaultInjector(SimWorld& world, SimDriver& driver, Cluster cluster, FaultPlan plan);

  void start() { next(); }
  // The job is over: no fault hits any more.
  void stop() { stopped_ = true; }
  bool healed() const { return healed_; }
  FaultCounts counts() const;  // of faults that hit something

 private:
  void next();
  void attempt(const Fault& fault, int attempts);
  bool inject(const Fault& fault);
  bool inject_link_fault(const Fault& fault, SimProcess& victim, base::SeededRandom& random);
  bool may_harm(const SimProcess& process);
  void bury(const LifeRef& life);
  void slow(ProcessId from, ProcessId to, Duration duration, base::SeededRandom& random);
  void stall(ProcessId from, ProcessId to, TimePoint until);
  void pause(SimProcess& victim, TimePoint until);
  void partition(SimProcess& victim, FaultKind kind, TimePoint until, base::SeededRandom& random);
  void flap(std::vector<std::pair<ProcessId, ProcessId>> links, TimePoint until,
            std::uint64_t seed);
  SimProcess& any_process(SimProcess& taskmanager, base::SeededRandom& random);
  std::vector<SimProcess*> everyone();

  SimWorld& world_;
  SimDriver& driver_;
  Cluster cluster_;
  const FaultPlan plan_;
  base::SeededRandom random_;
  std::size_t next_ = 0;
  int early_ = 0;  // faults that hit a TaskManager before it was ready
  TimePoint last_passes_;
  bool healed_ = false, stopped_ = false;
  FaultCounts counts_{};
};

}  // namespace flink::sim
