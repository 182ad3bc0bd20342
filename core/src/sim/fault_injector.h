// SPDX-License-Identifier: Apache-2.0
// Carries out a fault plan against a simulated cluster, one fault after the other, and heals
// everything when the plan is done and the last of them has passed. On the simulation's thread; its
// faults are actions of the simulation itself.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "sim/fault_plan.h"
#include "sim/sim_process.h"

namespace flink::sim {

class FaultInjector {
 public:
  // What there is to disturb. JobManagers are only harmed when they may be.
  class Cluster {
   public:
    virtual ~Cluster() = default;
    virtual SimProcess* jobmanager() = 0;                 // null while none lives
    virtual std::vector<SimProcess*> taskmanagers() = 0;  // that live, in the order of their start
    virtual bool offers_slots(const SimProcess& taskmanager) = 0;
    // Dead or alive, also such that are about to be ended by kill().
    virtual SimProcess* find_taskmanager(ProcessId id) = 0;
    virtual bool is_jobmanager(ProcessId id) = 0;
    virtual bool jobmanagers_recover() const = 0;
    virtual void kill_taskmanager(SimProcess& process, bool machine_too) = 0;
    // It is started again some time later.
    virtual void kill_jobmanager(ProcessId id, bool machine_too) = 0;
    // A second one is started although the first is alive.
    virtual void start_second_jobmanager() = 0;
    // False: not now.
    virtual bool rescale(std::uint64_t draw) = 0;
    virtual void healed() = 0;
  };
  FaultInjector(SimWorld& world, Cluster& cluster, FaultPlan plan);

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
  Cluster& cluster_;
  const FaultPlan plan_;
  base::SeededRandom random_;
  std::size_t next_ = 0;
  int early_ = 0;  // faults that hit a TaskManager before it was ready
  TimePoint last_passes_;
  bool healed_ = false, stopped_ = false;
  FaultCounts counts_{};
};

}  // namespace flink::sim
