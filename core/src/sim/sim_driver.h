// SPDX-License-Identifier: Apache-2.0
// The ResourceManagerDriver of a simulation: starts TaskManager processes that exist only on a
// SimWorld, and ends them, for the JobManager or for a fault. Called by the JobManager on the
// control loop; what it does happens a little later, as an action.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "jobmanager/drivers/resource_manager_driver.h"
#include "sim/sim_process.h"

namespace flink::sim {

// Makes what a TaskManager process runs; `ended` may be called once, when it wants to exit, from
// anywhere but a constructor.
using MakeTaskManager = std::function<std::unique_ptr<SimProcess::Body>(
    SimProcess& process, const base::Address& jobmanager, const std::string& token,
    std::function<void(int exit_code)> ended)>;

class SimDriver final : public jobmanager::ResourceManagerDriver {
 public:
  struct Size {
    int taskmanagers = 2;
    int slots = 2;
  };
  // `suffix`: tells its processes from those of other drivers.
  SimDriver(SimWorld& world, Size size, MakeTaskManager make, std::string suffix = {})
      : world_(world),
        size_(size),
        make_(std::move(make)),
        suffix_(std::move(suffix)),
        random_(world.random.next()) {}

  std::string name() const override { return "simulated"; }
  std::optional<int> slots_max() const override { return size_.taskmanagers * size_.slots; }
  int taskmanagers_wanted() const override { return size_.taskmanagers; }
  void attach(const base::Address& jobmanager, jobmanager::DriverEvents& events) override;
  void start_taskmanager(const std::string& token) override;
  void kill_taskmanager(const std::string& token) override;
  std::string log_of(const std::string&) const override { return {}; }

  // Those that live, in the order of their start.
  std::vector<SimProcess*> living() const;
  // The one of that id, dead or alive; null: it is gone.
  SimProcess* find(ProcessId id) const;
  // Faults; from an action only. The JobManager's machine learns of a killed process at once, of a
  // lost machine late.
  void kill(SimProcess& process);
  void lose_machine(SimProcess& process);
  // Whoever started them is gone: they live on by themselves.
  void detach() { events_ = nullptr; }
  // Every process is gone, without a word.
  void end() { processes_.clear(); }

 private:
  void launch(const std::string& token);
  void exited(const std::string& token, const std::string& how);
  std::string token_of(const SimProcess& process) const;

  SimWorld& world_;
  Size size_;
  MakeTaskManager make_;
  std::string suffix_;
  base::SeededRandom random_;
  base::Address jobmanager_;
  jobmanager::DriverEvents* events_ = nullptr;
  std::map<std::string, std::unique_ptr<SimProcess>> processes_;  // by token, until told as exited
};

}  // namespace flink::sim
