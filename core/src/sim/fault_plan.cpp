// SPDX-License-Identifier: Apache-2.0
#include "sim/fault_plan.h"

#include <flink/base/check.h>

#include <algorithm>
#include <cstdio>

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
    {FaultKind::crash_at_step, "crash at a step", 8, {}, {}},
    {FaultKind::lose_machine, "machine lost", 2, {}, {}},
    {FaultKind::rescale, "rescaled from a savepoint", 1, {}, {}},
    {FaultKind::kill_jobmanager, "JobManager killed", 2, {}, {}},
    {FaultKind::second_jobmanager, "second JobManager", 1, {}, {}},
    {FaultKind::cut, "connection cut", 3, {}, {}},
    {FaultKind::cut_late, "connection cut with late bytes", 2, {}, {}},
    {FaultKind::half_open, "connection half-open", 1, {}, {}},
    {FaultKind::slow_link, "link slow", 3, 100 * ms, 20 * s},
    {FaultKind::stall, "link stalled", 3, 10 * ms, 70 * s},
    {FaultKind::late_answers, "answers late", 2, 100 * ms, 40 * s},
    {FaultKind::partition, "partition", 2, 10 * ms, 70 * s},
    {FaultKind::half_partition, "partition of one direction", 2, 10 * ms, 70 * s},
    {FaultKind::flapping, "partition flapping", 1, 500 * ms, 30 * s},
    {FaultKind::pause, "process paused", 2, 10 * ms, 120 * s},
    {FaultKind::slow_process, "process slow", 2, 100 * ms, 60 * s},
    {FaultKind::clock_jump, "wall clock jumped", 1, {}, {}},
    {FaultKind::file_error, "file error", 4, {}, {}},
    {FaultKind::disk_full, "disk full", 1, 100 * ms, 10 * s},
    {FaultKind::bit_flip, "bit flipped", 1, {}, {}},
}};
constexpr std::uint64_t faults_max = 400;

unsigned sum_of(const std::array<unsigned, fault_kinds>& weights) {
  unsigned sum = 0;
  for (const unsigned weight : weights) sum += weight;
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

std::string seconds(Duration duration) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3f s", static_cast<double>(duration.count()) / 1e9);
  return text;
}

}  // namespace

const char* fault_name(FaultKind kind) { return classes[static_cast<std::size_t>(kind)].name; }

FaultRates draw_fault_rates(base::Random& random, Duration run) {
  FaultRates rates;
  while (sum_of(rates.weights) == 0) {
    for (std::size_t i = 0; i < fault_kinds; ++i) {
      const bool on = random.below(2) == 0;
      const auto factor = static_cast<unsigned>(1 + random.below(4));
      rates.weights[i] = on ? classes[i].weight * factor : 0;
    }
  }
  // From a twentieth of the run down to hardly any, and never one after the other without a breath
  // in a long run.
  constexpr std::int64_t divisors[] = {2, 4, 8, 16, 32};
  rates.gap = std::max<Duration>(run / divisors[random.below(5)], ms);
  if (rates.gap > 5 * s && random.below(2) == 0) rates.gap = 5 * s + below(random, 20 * s);
  rates.span = run / 4 + below(random, run);
  return rates;
}

FaultPlan draw_fault_plan(base::Random& random, const FaultRates& rates) {
  FaultPlan plan;
  const unsigned weights = sum_of(rates.weights);
  for (Duration at{0}; (at < rates.span || plan.empty()) && plan.size() < faults_max;) {
    auto weight = static_cast<unsigned>(random.below(weights));
    std::size_t which = 0;
    while (weight >= rates.weights[which]) weight -= rates.weights[which++];
    Fault fault;
    fault.kind = classes[which].kind;
    // Bursts, at a distance, or long after the last has been dealt with.
    const auto pace = random.below(8);
    if (pace < 3) fault.after = below(random, rates.gap / 10);
    else if (pace < 7) fault.after = below(random, rates.gap * 3);
    else fault.after = below(random, 60 * s);
    fault.duration = length(random, classes[which]);
    fault.draw = random.next();
    at += fault.after;
    plan.push_back(fault);
  }
  return plan;
}

std::string describe(const FaultRates& rates) {
  std::string out =
      detail::concat("one every ", seconds(rates.gap), " or so for ", seconds(rates.span));
  const unsigned weights = sum_of(rates.weights);
  for (std::size_t i = 0; i < fault_kinds; ++i) {
    if (rates.weights[i] == 0) continue;
    out += detail::concat(out.find('%') == std::string::npos ? ": " : ", ", classes[i].name, " ",
                          (200 * rates.weights[i] + weights) / (2 * weights), " %");
  }
  return out;
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
