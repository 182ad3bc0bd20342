// SPDX-License-Identifier: Apache-2.0
// What must hold at every instant of a simulated run, each as an object of its own that watches the
// simulated disk. The first thing that does not hold ends the run. On the simulation's thread,
// within the operation that is watched: a checker changes nothing.
//
// What a whole run has written is compared elsewhere (output_check.h); order within a key and
// timers are checked by jobs that know what they expect (tests/sim).
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "sim/sim_file_system.h"

namespace flink::sim {

class Checker {
 public:
  using Violation = std::function<void(std::string what)>;
  explicit Checker(Violation violation) : violation_(std::move(violation)) {}
  virtual ~Checker() = default;

  virtual void directory_made(const std::string& /*path*/, ProcessId /*by*/) {}
  virtual void name_changed(const SimDisk::NameEvent& /*event*/) {}
  // The job has ended.
  virtual void ended(const SimDisk& /*disk*/) {}

 protected:
  void violated(std::string what) { violation_(std::move(what)); }

 private:
  Violation violation_;
};

// Of one job: no number of a checkpoint is used twice; those of a JobManager increase; all of one
// that was started later are greater than all of an earlier one, which may still be at it.
std::unique_ptr<Checker> check_checkpoint_ids(Checker::Violation violation);
// What became visible below a directory of results stays there, byte for byte.
std::unique_ptr<Checker> check_committed_stays(Checker::Violation violation);
// Nothing becomes visible that was written after the newest complete checkpoint.
std::unique_ptr<Checker> check_committed_is_covered(Checker::Violation violation);
// Every file of a checkpoint that counts, by the newest record of its job, is there, whole; nobody
// removes it while it counts.
std::unique_ptr<Checker> check_checkpoint_files(const SimDisk& disk, Checker::Violation violation);

// Each epoch of a job is taken by one JobManager, which alone writes the record of that epoch.
std::unique_ptr<Checker> check_one_leader(Checker::Violation violation);

// Not below the simulated checkpoints, not hidden, not in progress.
bool is_result(const std::string& path);
// Of a process for itself: what it has spilled (spill/spill_directories.h).
bool is_spilled(const std::string& path);

// All of them; `checkpoints`: whether the job takes any.
std::vector<std::unique_ptr<Checker>> all_checkers(const SimDisk& disk, bool checkpoints,
                                                   const Checker::Violation& violation);

}  // namespace flink::sim
