// SPDX-License-Identifier: Apache-2.0
#include "sim/fault_injector.h"

#include <algorithm>
#include <utility>

namespace flink::sim {
namespace {

constexpr int attempts_max = 100;
constexpr int early_max = 2;
constexpr Duration attempt_pause{1'000'000};
constexpr Duration crash_patience{60'000'000'000};  // for an armed crash to find its step
constexpr std::int64_t second = 1'000'000'000;

std::size_t index(FaultKind kind) { return static_cast<std::size_t>(kind); }

}  // namespace

FaultInjector::FaultInjector(SimWorld& world, Cluster& cluster, FaultPlan plan)
    : world_(world), cluster_(cluster), plan_(std::move(plan)), random_(world.random.next()) {
  world_.crash_points.jobmanagers_too = cluster_.jobmanagers_recover();
  world_.crash_points.allowed = [this](const Life& life) {
    if (stopped_) return false;
    if (cluster_.is_jobmanager(life.id)) return cluster_.jobmanagers_recover();
    const SimProcess* process = cluster_.find_taskmanager(life.id);
    return process != nullptr && may_harm(*process);
  };
  world_.crash_points.crashed = [this](const LifeRef& life) {
    ++counts_[index(FaultKind::crash_at_step)];
    world_.queue.after(Duration{0}, nullptr, [this, life] { bury(life); });
  };
}

// By kill -9, or with its machine, where a crash matters most to what was not synced.
void FaultInjector::bury(const LifeRef& life) {
  const bool machine_too = random_.below(3) == 0;
  if (cluster_.is_jobmanager(life->id)) return cluster_.kill_jobmanager(life->id, machine_too);
  if (SimProcess* process = cluster_.find_taskmanager(life->id)) {
    cluster_.kill_taskmanager(*process, machine_too);
  }
}

FaultCounts FaultInjector::counts() const {
  FaultCounts out = counts_;
  // Those that wait for a victim's next operation count when they hit.
  out[index(FaultKind::bit_flip)] = world_.disk.bits_flipped();
  return out;
}

void FaultInjector::next() {
  if (stopped_) return;
  if (next_ < plan_.size()) {
    const Fault& fault = plan_[next_++];
    world_.queue.after(fault.after, nullptr, [this, &fault] { attempt(fault, attempts_max); });
    return;
  }
  world_.queue.at(std::max(last_passes_, world_.queue.now()), nullptr, [this] {
    if (stopped_) return;
    world_.crash_points.disarm();
    world_.disk.heal();
    world_.fabric.heal();
    world_.trace.event("healed");
    healed_ = true;
    cluster_.healed();
  });
}

// A fault that finds nothing to hit yet tries again a little later.
void FaultInjector::attempt(const Fault& fault, int attempts) {
  if (stopped_) return;
  if (inject(fault)) {
    const bool counts_later =
        fault.kind == FaultKind::crash_at_step || fault.kind == FaultKind::bit_flip;
    if (!counts_later) ++counts_[index(fault.kind)];
    last_passes_ = std::max(last_passes_, world_.queue.now() + fault.duration);
    world_.trace.event(fault_name(fault.kind), fault.duration.count());
    if (SimProcess* manager = cluster_.jobmanager(); manager != nullptr && manager->alive()) {
      manager->log.info("fault: ", fault_name(fault.kind));
    }
  } else if (attempts > 1) {
    world_.queue.after(attempt_pause, nullptr,
                       [this, &fault, attempts] { attempt(fault, attempts - 1); });
    return;
  }
  next();
}

// A JobManager gives up when TaskManagers keep ending before they are ready: that is its right.
bool FaultInjector::may_harm(const SimProcess& process) {
  if (cluster_.offers_slots(process)) return true;
  if (early_ == early_max) return false;
  ++early_;
  return true;
}

std::vector<SimProcess*> FaultInjector::everyone() {
  auto all = cluster_.taskmanagers();
  if (SimProcess* manager = cluster_.jobmanager(); manager != nullptr && manager->alive()) {
    all.insert(all.begin(), manager);
  }
  return all;
}

SimProcess& FaultInjector::any_process(SimProcess& taskmanager, base::SeededRandom& random) {
  SimProcess* manager = cluster_.jobmanager();
  const bool manager_too = cluster_.jobmanagers_recover() && manager != nullptr && manager->alive();
  return manager_too && random.below(3) == 0 ? *manager : taskmanager;
}

// False: there was nothing to hit.
bool FaultInjector::inject(const Fault& fault) {
  base::SeededRandom random{fault.draw};
  const TimePoint now = world_.queue.now();
  const TimePoint until = now + fault.duration;
  if (fault.kind == FaultKind::kill_jobmanager || fault.kind == FaultKind::second_jobmanager) {
    SimProcess* manager = cluster_.jobmanager();
    if (manager == nullptr || !manager->alive() || !cluster_.jobmanagers_recover()) return false;
    if (fault.kind == FaultKind::second_jobmanager) cluster_.start_second_jobmanager();
    else cluster_.kill_jobmanager(manager->id(), random.below(2) == 0);
    return true;
  }
  if (fault.kind == FaultKind::rescale) return cluster_.rescale(random.next());
  if (fault.kind == FaultKind::crash_at_step) {
    if (world_.crash_points.armed()) return false;
    world_.crash_points.arm();
    last_passes_ = std::max(last_passes_, now + crash_patience);
    return true;
  }
  const auto living = cluster_.taskmanagers();
  if (living.empty()) return false;
  SimProcess& victim = *living[random.below(living.size())];
  if (!may_harm(victim)) return false;
  switch (fault.kind) {
    case FaultKind::kill:
      cluster_.kill_taskmanager(victim, false);
      return true;
    case FaultKind::lose_machine:
      cluster_.kill_taskmanager(victim, true);
      return true;
    case FaultKind::pause:
      pause(victim, until);
      return true;
    case FaultKind::slow_process:
      any_process(victim, random)
          .executor.slow_until(until, static_cast<int>(2 + random.below(200)));
      return true;
    case FaultKind::clock_jump:
      world_.queue.wall_jumped_millis += static_cast<std::int64_t>(random.below(3'600'000)) - 5'000;
      return true;
    case FaultKind::file_error:
      world_.disk.fail_operation(any_process(victim, random).id(), random.below(20));
      return true;
    case FaultKind::disk_full:
      world_.disk.fill_until(any_process(victim, random).id(), until);
      return true;
    case FaultKind::bit_flip:
      world_.disk.flip_bit(victim.id());
      return true;
    default:
      return inject_link_fault(fault, victim, random);
  }
}

bool FaultInjector::inject_link_fault(const Fault& fault, SimProcess& victim,
                                      base::SeededRandom& random) {
  // The other end of a link: the JobManager or another TaskManager.
  std::vector<SimProcess*> peers = everyone();
  std::erase(peers, &victim);
  if (peers.empty()) return false;
  SimProcess* manager = cluster_.jobmanager();
  const bool to_manager = peers.front() == manager && random.below(2) == 0;
  const SimProcess& peer = to_manager ? *manager : *peers[random.below(peers.size())];
  const TimePoint until = world_.queue.now() + fault.duration;
  switch (fault.kind) {
    case FaultKind::cut:
      return world_.fabric.cut(victim.id(), peer.id(), false);
    case FaultKind::cut_late:
      return world_.fabric.cut(victim.id(), peer.id(), true);
    case FaultKind::half_open:
      return world_.fabric.half_open(victim.id(), peer.id());
    case FaultKind::slow_link:
      slow(victim.id(), peer.id(), fault.duration, random);
      return true;
    case FaultKind::stall:
      stall(victim.id(), peer.id(), until);
      stall(peer.id(), victim.id(), until);
      return true;
    case FaultKind::late_answers:
      if (random.below(2) == 0) stall(victim.id(), peer.id(), until);
      else stall(peer.id(), victim.id(), until);
      return true;
    default:
      partition(victim, fault.kind, until, random);
      return true;
  }
}

void FaultInjector::slow(ProcessId a, ProcessId b, Duration duration, base::SeededRandom& random) {
  const Duration delay{static_cast<std::int64_t>(1'000'000 + random.below(500'000'000))};
  const std::uint64_t bytes_per_second = 20'000 + random.below(2'000'000);
  for (const auto& [from, to] : {std::pair{a, b}, std::pair{b, a}}) {
    LinkCondition& link = world_.fabric.link(from, to);
    link.delay = link.jitter = delay;
    link.bytes_per_second = bytes_per_second;
  }
  world_.queue.after(duration, nullptr, [this, a, b] {
    for (const auto& [from, to] : {std::pair{a, b}, std::pair{b, a}}) {
      LinkCondition& link = world_.fabric.link(from, to);
      const TimePoint stalled = link.stalled_until;
      link = world_.fabric.default_condition;
      link.stalled_until = stalled;
    }
  });
}

void FaultInjector::stall(ProcessId from, ProcessId to, TimePoint until) {
  LinkCondition& link = world_.fabric.link(from, to);
  link.stalled_until = std::max(link.stalled_until, until);
}

void FaultInjector::pause(SimProcess& victim, TimePoint until) {
  victim.executor.pause_until(until);
  for (const SimProcess* peer : everyone()) {
    if (peer == &victim) continue;
    stall(victim.id(), peer->id(), until);
    stall(peer->id(), victim.id(), until);
  }
}

// The victim, and perhaps others, on one side; at least one process on the other.
void FaultInjector::partition(SimProcess& victim, FaultKind kind, TimePoint until,
                              base::SeededRandom& random) {
  const auto all = everyone();
  std::vector<ProcessId> here{victim.id()}, there;
  for (const SimProcess* process : all) {
    if (process == &victim) continue;
    (random.below(3) == 0 && !there.empty() ? here : there).push_back(process->id());
  }
  std::vector<std::pair<ProcessId, ProcessId>> links;
  const bool out = random.below(2) == 0;
  for (const ProcessId a : here) {
    for (const ProcessId b : there) {
      if (kind != FaultKind::half_partition || out) links.emplace_back(a, b);
      if (kind != FaultKind::half_partition || !out) links.emplace_back(b, a);
    }
  }
  if (kind == FaultKind::flapping) return flap(std::move(links), until, random.next());
  for (const auto& [from, to] : links) stall(from, to, until);
}

void FaultInjector::flap(std::vector<std::pair<ProcessId, ProcessId>> links, TimePoint until,
                         std::uint64_t seed) {
  const TimePoint now = world_.queue.now();
  if (now >= until || healed_) return;
  base::SeededRandom random{seed};
  const Duration off{static_cast<std::int64_t>(random.below(3 * second))};
  const Duration on{static_cast<std::int64_t>(random.below(3 * second))};
  for (const auto& [from, to] : links) stall(from, to, std::min(now + off, until));
  world_.queue.after(off + on, nullptr,
                     [this, links = std::move(links), until, next = random.next()]() mutable {
                       flap(std::move(links), until, next);
                     });
}

}  // namespace flink::sim
