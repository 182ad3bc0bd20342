// SPDX-License-Identifier: Apache-2.0
// What many simulated runs add up to, and the lines that say so. Plain data; one thread.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/sim_cluster.h"

namespace flink::sim {

class Totals {
 public:
  void add(const ClusterResult& result);
  void failed(std::uint64_t seed) { failed_.push_back(seed); }
  void ran_twice() { ++twice_; }

  int seeds() const { return seeds_; }
  Duration virtual_time() const { return virtual_time_; }
  std::uint64_t actions() const { return actions_; }
  const std::vector<std::uint64_t>& failed_seeds() const { return failed_; }
  using Report = std::function<void(std::string_view line)>;
  void summary(const Report& report) const;
  // Every step at which a process may have crashed, with how often it was passed and did.
  void list_steps(const Report& report) const;

 private:
  int seeds_ = 0, twice_ = 0;
  Duration virtual_time_{0}, recovery_max_{0};
  std::uint64_t actions_ = 0, restarts_ = 0, taskmanagers_ = 0, buggified_ = 0;
  FaultCounts faults_{};
  CrashPoints::Counts crash_points_;
  std::vector<std::uint64_t> failed_;
};

// "12.345": seconds.
std::string seconds_text(Duration duration);
std::string hex_text(std::uint64_t value);

}  // namespace flink::sim
