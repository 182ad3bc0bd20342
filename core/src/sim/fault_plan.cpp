// SPDX-License-Identifier: Apache-2.0
#include "sim/fault_plan.h"

#include <flink/check.h>

#include <algorithm>

namespace flink::sim {
namespace {

using base::Duration;

struct Class {
  FaultKind kind;
  const char* name;
  unsigned weight;
  Duration shortest, longest;
};
constexpr Duration ms{1'000'000};
constexpr Duration s{1'000'000'000};

constexpr std::array<Class, fault_kinds> classes{{
    {FaultKind::kill, "TaskManager killed", 4, {}, {}},
    {FaultKind::lose_machine, "machine lost", 2, {}, {}},
    {FaultKind::cut, "connection cut", 3, {}, {}},
    {FaultKind::cut_late, "connection cut with late bytes", 2, {}, {}},
    {FaultKind::half_open, "connection half-open", 1, {}, {}},
    {FaultKind::slow_link, "link slow", 3, 100 * ms, 20 * s},
    {FaultKind::stall, "link stalled", 3, 10 * ms, 70 * s},
    {FaultKind::pause, "process paused", 2, 10 * ms, 120 * s},
    {FaultKind::file_error, "file error", 2, {}, {}},
    {FaultKind::disk_full, "disk full", 1, 100 * ms, 10 * s},
}};

constexpr unsigned weights() {
  unsigned sum = 0;
  for (const auto& each : classes) sum += each.weight;
  return sum;
}

Duration below(base::Random& random, Duration limit) {
  return Duration{static_cast<std::int64_t>(
      random.below(static_cast<std::uint64_t>(std::max<std::int64_t>(limit.count(), 1))))};
}

// Most faults that pass are short, a few outlast every timeout.
Duration length(base::Random& random, const Class& fault) {
  if (fault.longest == fault.shortest) return fault.shortest;
  const Duration limit = random.below(4) == 0 ? fault.longest : fault.longest / 50;
  return fault.shortest + below(random, std::max(limit, fault.shortest) - fault.shortest);
}

}  // namespace

const char* fault_name(FaultKind kind) { return classes[static_cast<std::size_t>(kind)].name; }

FaultPlan draw_fault_plan(base::Random& random, Duration run) {
  FaultPlan plan;
  const auto count = 1 + random.below(10);
  for (std::uint64_t i = 0; i < count; ++i) {
    auto weight = random.below(weights());
    std::size_t which = 0;
    while (weight >= classes[which].weight) weight -= classes[which++].weight;
    Fault fault;
    fault.kind = classes[which].kind;
    // Bursts, one after the other during a run, or long after the last has been dealt with.
    const auto pace = random.below(8);
    if (pace < 3) fault.after = below(random, run / 20);
    else if (pace < 7) fault.after = below(random, run / 2);
    else fault.after = below(random, 60 * s);
    fault.duration = length(random, classes[which]);
    fault.draw = random.next();
    plan.push_back(fault);
  }
  return plan;
}

std::string describe(const FaultCounts& counts) {
  std::string out;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] == 0) continue;
    if (!out.empty()) out += ", ";
    out += detail::concat(counts[i], " x ", classes[i].name);
  }
  return out.empty() ? "none" : out;
}

}  // namespace flink::sim
