// SPDX-License-Identifier: Apache-2.0
#include "sim/totals.h"

#include <flink/base/check.h>

#include <algorithm>
#include <cstdio>

namespace flink::sim {

std::string seconds_text(Duration duration) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3f", static_cast<double>(duration.count()) / 1e9);
  return text;
}

std::string hex_text(std::uint64_t value) {
  char text[17];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(value));
  return text;
}

void Totals::add(const ClusterResult& result) {
  ++seeds_;
  virtual_time_ += result.virtual_time;
  actions_ += result.actions;
  restarts_ += result.restarts;
  taskmanagers_ += result.taskmanagers_started;
  buggified_ += result.buggified;
  if (result.recovery) recovery_max_ = std::max(recovery_max_, *result.recovery);
  for (std::size_t i = 0; i < fault_kinds; ++i) faults_[i] += result.faults[i];
  for (const auto& [point, count] : result.crash_points) {
    auto& sum = crash_points_[point];
    sum.passed += count.passed;
    sum.crashed += count.crashed;
  }
}

void Totals::list_steps(const Report& report) const {
  for (const auto& [point, count] : crash_points_) {
    report(detail::concat("step: ", point, ": passed ", count.passed, ", crashed ", count.crashed));
  }
}

void Totals::summary(const Report& report) const {
  std::uint64_t faults = 0;
  for (const auto count : faults_) faults += count;
  char hours[32];
  std::snprintf(hours, sizeof hours, "%.2f", static_cast<double>(virtual_time_.count()) / 3.6e12);
  report(detail::concat(seeds_, " seeds, ", failed_.size(), " failed; ", hours,
                        " simulated hours, ", actions_, " actions, ", taskmanagers_,
                        " TaskManagers, ", restarts_, " restarts"));
  report(detail::concat(faults, " faults: ", describe(faults_), "; oddities: ", buggified_));
  const auto hit = std::count_if(crash_points_.begin(), crash_points_.end(),
                                 [](const auto& each) { return each.second.crashed > 0; });
  report(detail::concat("steps at which a process may crash: ", crash_points_.size(),
                        " passed, a crash at ", hit, " of them"));
  report(detail::concat(twice_,
                        " seeds run twice, each with the same trace; slowest end once all "
                        "had healed: ",
                        seconds_text(recovery_max_), " s"));
}

}  // namespace flink::sim
