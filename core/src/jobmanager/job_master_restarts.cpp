// SPDX-License-Identifier: Apache-2.0
// JobMaster when something fails: what restarts, when, from where; or that nothing does.
#include <flink/base/check.h>
#include <flink/error.h>

#include <algorithm>
#include <set>
#include <utility>

#include "jobmanager/job_master.h"

namespace flink::jobmanager {

using protocol::TaskState;

// --- Failures ------------------------------------------------------------------------------------

void JobMaster::record(FailureRecord failure) {
  ++failures_recorded_;
  failures_.push_back(std::move(failure));
  if (failures_.size() > options_.failures_remembered) failures_.erase(failures_.begin());
}

void JobMaster::go_on_from(JobHistory history) {
  started_ = history.started;
  for (auto& failure : history.failures) record(std::move(failure));
  failures_recorded_ = history.failures_recorded;
}

void JobMaster::note(FailureRecord failure, const Instant& now) {
  failure.wall_millis = now.wall_millis;
  failure.restarts = failure.noted = true;
  record(std::move(failure));
}

void JobMaster::task_failed(Subtask& subtask, const Instant& now) {
  const auto& execution = subtask.current;
  FailureRecord failure{
      execution.failure.kind,
      execution.failure.message,
      detail::concat(graph_.task_name(subtask), " - execution #", execution.id.attempt),
      execution.place.taskmanager,
      now.wall_millis,
      false};
  if (!execution.failure.operator_name.empty()) {
    failure.message =
        detail::concat("operator '", execution.failure.operator_name, "': ", failure.message);
  }
  if (ending()) {  // it fails because everything ends, or nobody cares any more
    check_end(now);
    return;
  }
  if (failure.kind == ErrorKind::incurable) {
    failure.message += " (a restart cannot help, so there is none)";
    fail_for_good(std::move(failure), now);
    return;
  }
  if (const auto& lost = execution.failure.lost_partition) {
    if (auto* producer = graph_.find_current(*lost)) producer->current.partition_gone = true;
  }
  // Most often the echo of the first failure: a broken connection to the one that failed. But it
  // may be the one that tells what else has to be made again.
  const bool echo = region(subtask.region).phase == Region::Phase::restarting;
  const auto hit = with_what_is_lost({subtask.region});
  if (echo && hit.empty()) {
    finish_restarts(now);
    return;
  }
  const auto delay = echo ? base::Duration{0} : backoff_.on_failure(now.at);
  if (!delay || !stopped_with_.empty()) {
    fail_for_good(std::move(failure), now);
    return;
  }
  failure.restarts = true;
  record(std::move(failure));
  restart_regions(hit, *delay, now);
}

void JobMaster::fail_for_good(FailureRecord failure, const Instant& now) {
  if (!stopped_with_.empty()) {
    failure.message += detail::concat("; the job had been stopped with savepoint ", stopped_with_,
                                      ", which is good: start from there");
  }
  record(std::move(failure));
  enter(JobStatus::failing, now);
  cancel_all(now);
  check_end(now);
}

void JobMaster::fail_over(ErrorKind kind, const std::string& message, const Instant& now) {
  if (ending() || committing_) return;
  closing_ = false;
  FailureRecord failure{kind, message, "", "", now.wall_millis, false};
  const auto delay = backoff_.on_failure(now.at);
  if (!delay || !stopped_with_.empty()) {
    fail_for_good(std::move(failure), now);
    return;
  }
  failure.restarts = true;
  record(std::move(failure));
  std::set<int> running;
  for (int r = 0; r < graph_.region_count(); ++r) {
    if (region(r).phase == Region::Phase::deployed) running.insert(r);
  }
  restart_regions(running, *delay, now);
}

void JobMaster::coordinator_failed(ErrorKind kind, const std::string& message, bool committing,
                                   const Instant& now) {
  if (ending()) return;
  FailureRecord failure{kind, message, "", "", now.wall_millis, false};
  const bool again =
      kind != ErrorKind::user && kind != ErrorKind::incurable && stopped_with_.empty() &&
      committing == committing_ &&
      (scheduling_ || coordinators_at_ || kind == ErrorKind::transient);  // at the first start
  if (again && committing_ && cancel_wanted_) {
    record(std::move(failure));
    committing_ = false;
    cancel(now);
    return;
  }
  const auto delay = again ? backoff_.on_failure(now.at) : std::nullopt;
  closing_ = false;
  if (!delay) {
    committing_ = false;
    fail_for_good(std::move(failure), now);
    return;
  }
  failure.restarts = true;
  record(std::move(failure));
  if (committing_) {
    commit_at_ = now.at + *delay;
    return;
  }
  scheduling_ = false;
  coordinators_at_ = now.at + *delay;
  std::set<int> running;
  for (int r = 0; r < graph_.region_count(); ++r) {
    if (region(r).phase == Region::Phase::deployed) running.insert(r);
  }
  restart_regions(running, *delay, now);
}

void JobMaster::taskmanager_lost(const std::string& id, const std::string& reason,
                                 const std::string& hint, const Instant& now) {
  if (data_addresses_.erase(id) == 0) return;
  const std::string running = running_on(id);
  pool_.remove(id);
  std::set<int> hit;  // regions
  bool interrupted = false;
  for (auto& subtask : graph_.subtasks()) {
    auto& execution = subtask.current;
    if (execution.place.taskmanager != id || is_terminal(execution.state)) continue;
    execution.failure = {ErrorKind::transient, "", reason};
    execution.enter(TaskState::failed, now);
    interrupted = true;
    if (region(subtask.region).phase == Region::Phase::deployed) hit.insert(subtask.region);
  }
  if (is_terminal(status_)) return;
  const bool restarting = std::any_of(regions_.begin(), regions_.end(), [](const Region& r) {
    return r.phase == Region::Phase::restarting;
  });
  const bool echo = hit.empty() && restarting;  // those who read there have failed before
  if (!ending()) hit.merge(with_what_is_lost(hit));
  FailureRecord failure{ErrorKind::transient, reason, "", id, now.wall_millis, false};
  if (!running.empty()) failure.message += detail::concat(" while running ", running);
  if (!hint.empty()) failure.message += detail::concat("; ", hint);
  failure.taskmanager_lost = true;
  if (ending() || hit.empty()) {
    // Its neighbours' broken connections may have been reported first; the cause is worth telling.
    failure.restarts = !ending();
    if (interrupted && status_ != JobStatus::cancelling) record(std::move(failure));
    if (ending()) check_end(now);
    else finish_restarts(now);
    return;
  }
  const auto delay = echo ? base::Duration{0} : backoff_.on_failure(now.at);
  if (!delay || !stopped_with_.empty()) {
    fail_for_good(std::move(failure), now);
    return;
  }
  failure.restarts = true;
  record(std::move(failure));
  restart_regions(hit, *delay, now);
}

// --- Restarts ------------------------------------------------------------------------------------

void JobMaster::restart_regions(const std::set<int>& regions, base::Duration delay,
                                const Instant& now) {
  ++restarts_;
  enter(JobStatus::restarting, now);
  std::set<int> all = regions;
  if (options_.full_failover) {
    for (int r = 0; r < graph_.region_count(); ++r) {
      if (region(r).phase == Region::Phase::deployed) all.insert(r);
    }
  }
  for (const int r : all) {
    region(r).phase = Region::Phase::restarting;
    region(r).restart_at = now.at + delay;
    cancel_region(r, now);
  }
  finish_restarts(now);
}

// Regions whose members have all ended and whose pause is over start again.
void JobMaster::finish_restarts(const Instant& now) {
  if (ending()) return;
  bool pending = false;
  for (int r = 0; r < graph_.region_count(); ++r) {
    auto& state = region(r);
    if (state.phase != Region::Phase::restarting) continue;
    if (held_ || !region_ended(r) || now.at < state.restart_at) {
      pending = true;
      continue;
    }
    state.from = options_.restores == nullptr ? nullptr : options_.restores->restore_point();
    const auto back_to = state.from == nullptr ? no_checkpoint : state.from->checkpoint_id;
    for (const int i : graph_.region(r)) {
      auto& subtask = graph_.subtasks()[static_cast<std::size_t>(i)];
      release_partition(subtask);
      actions_.push_back(action::SubtaskReset{subtask.current.id, back_to});
      graph_.next_attempt(subtask, now);
    }
    state.phase = Region::Phase::waiting_for_inputs;
    if (graph_.job_graph().batch) pool_.release(graph_.shared_slots_of(r));
    skip_finished(r, now);
  }
  if (!pending && scheduling_ && status_ == JobStatus::restarting) enter(JobStatus::running, now);
  if (!pending) restart_coordinators(now);
  schedule(now);
}

// Once nothing runs any more that they had to do with.
void JobMaster::restart_coordinators(const Instant& now) {
  if (scheduling_ || held_ || !coordinators_at_ || now.at < *coordinators_at_) return;
  coordinators_at_ = base::TimePoint::never();
  actions_.emplace_back(std::in_place_type<action::StartCoordinators>);
}

void JobMaster::hold_restarts(bool hold, const Instant& now) {
  if (std::exchange(held_, hold) && !hold) finish_restarts(now);
}

void JobMaster::stopped_with(const std::string& savepoint, const Instant& now) {
  if (std::exchange(stopped_with_, savepoint) == savepoint || ending()) return;
  const bool restarting = std::any_of(regions_.begin(), regions_.end(), [](const Region& r) {
    return r.phase != Region::Phase::deployed;
  });
  if (!restarting) return;
  std::string message = "a part of the job failed while the savepoint was being written";
  if (!failures_.empty()) message += " (" + failures_.back().message + ")";
  fail_for_good({ErrorKind::transient, message, "", "", now.wall_millis, false}, now);
}

}  // namespace flink::jobmanager
