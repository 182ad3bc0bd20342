// SPDX-License-Identifier: Apache-2.0
#include "jobmanager/job_master.h"

#include <flink/check.h>
#include <flink/error.h>

#include <algorithm>
#include <set>

namespace flink::jobmanager {

using protocol::TaskState;

JobMaster::JobMaster(std::shared_ptr<const graph::JobGraph> graph, JobMasterOptions options,
                     base::Random& random, const Instant& now)
    : graph_(std::move(graph), now),
      options_(std::move(options)),
      backoff_(options_.restart, random),
      regions_(static_cast<std::size_t>(graph_.region_count())) {
  entered_[static_cast<std::size_t>(JobStatus::initializing)] = now.wall_millis;
}

std::vector<Action> JobMaster::take_actions() { return std::exchange(actions_, {}); }

void JobMaster::enter(JobStatus status, const Instant& now) {
  if (status == status_) return;
  FLINK_CHECK(!is_terminal(status_), job_status_name(status_), job_status_name(status));
  status_ = status;
  entered_[static_cast<std::size_t>(status)] = now.wall_millis;
  actions_.push_back(action::StatusChanged{status});
}

// --- Start ---------------------------------------------------------------------------------------

void JobMaster::start(const Instant& now, int first_attempt) {
  FLINK_CHECK(status_ == JobStatus::initializing);
  for (auto& subtask : graph_.subtasks()) subtask.current.id.attempt = first_attempt;
  enter(JobStatus::created, now);
  coordinators_used_ = true;
  actions_.emplace_back(std::in_place_type<action::StartCoordinators>);
}

void JobMaster::coordinators_started(const Instant& now) {
  if (ending()) {
    check_end(now);
    return;
  }
  const int needed = graph_.job_graph().slots_needed();
  if (options_.slots_max && *options_.slots_max < needed) {
    fail(ErrorKind::resource,
         detail::concat("the job needs ", needed, " slots, and its TaskManagers have ",
                        *options_.slots_max,
                        ": start more (--taskmanagers), give them more (--slots) or lower the "
                        "parallelism (-p)"),
         now);
    return;
  }
  scheduling_ = true;
  coordinators_at_.reset();
  enter(JobStatus::running, now);
  for (int r = 0; r < graph_.region_count(); ++r) {
    if (region(r).phase != Region::Phase::waiting_for_slots) continue;
    region(r).waiting_since = now.at;
    if (options_.restores != nullptr) region(r).from = options_.restores->restore_point();
    skip_finished(r, now);
  }
  schedule(now);
  check_end(now);
}

// A region whose tasks had all finished has nothing to do.
void JobMaster::skip_finished(int index, const Instant& now) {
  const auto& from = region(index).from;
  if (from == nullptr) return;
  const auto& members = graph_.region(index);
  const bool finished = std::all_of(members.begin(), members.end(), [&](int i) {
    const auto vertex = graph_.subtasks()[static_cast<std::size_t>(i)].vertex;
    return from->last || from->vertices[static_cast<std::size_t>(vertex)].finished;
  });
  if (!finished) return;
  region(index).phase = Region::Phase::deployed;
  for (const int i : members) {
    graph_.subtasks()[static_cast<std::size_t>(i)].current.enter(TaskState::finished, now);
  }
}

void JobMaster::ended_before(JobStatus status, const Instant& now) {
  FLINK_CHECK(status_ == JobStatus::initializing && is_terminal(status));
  enter(status, now);
}

// --- Slots and deployment ------------------------------------------------------------------------

void JobMaster::taskmanager_joined(const std::string& id, int slots,
                                   const base::Address& data_address, const Instant& now) {
  FLINK_CHECK(!data_addresses_.contains(id), id);
  pool_.add(id, slots);
  data_addresses_[id] = data_address;
  schedule(now);
}

void JobMaster::schedule(const Instant& now) {
  if (!scheduling_ || ending()) return;
  for (int r = 0; r < graph_.region_count(); ++r) {
    if (region(r).phase != Region::Phase::waiting_for_slots) continue;
    if (pool_.allocate(graph_.shared_slots_of(r))) deploy(r, now);
  }
}

void JobMaster::deploy(int index, const Instant& now) {
  region(index).phase = Region::Phase::deployed;
  for (const int i : graph_.region(index)) {
    auto& subtask = graph_.subtasks()[static_cast<std::size_t>(i)];
    const auto place = pool_.place(subtask.shared_slot);
    FLINK_CHECK(place.has_value(), subtask.shared_slot.group, subtask.shared_slot.index);
    auto& execution = subtask.current;
    FLINK_CHECK(execution.state == TaskState::created, static_cast<int>(execution.state));
    execution.place = *place;
    execution.data_address = data_addresses_.at(place->taskmanager);
    execution.enter(TaskState::scheduled, now);
  }
  // Consumers first: a producer then finds somebody to talk to.
  const auto& members = graph_.region(index);
  for (auto i = members.rbegin(); i != members.rend(); ++i) {
    auto& subtask = graph_.subtasks()[static_cast<std::size_t>(*i)];
    subtask.current.enter(TaskState::deploying, now);
    actions_.push_back(action::Deploy{subtask.current.place.taskmanager, deployment_of(subtask)});
  }
}

protocol::TaskDeployment JobMaster::deployment_of(const Subtask& subtask) const {
  protocol::TaskDeployment out;
  out.id = subtask.current.id;
  out.slot = subtask.current.place.slot;
  out.peers = graph_.peers_of(subtask.vertex);
  out.checkpoint_directory = options_.checkpoint_directory;
  const auto& from = region(subtask.region).from;
  if (from == nullptr) return out;
  const auto& vertex = from->vertices[static_cast<std::size_t>(subtask.vertex)];
  out.restore = protocol::Restore{from->checkpoint_id, {}, vertex.finished};
  if (!vertex.finished) {
    out.restore->snapshot = vertex.snapshots[static_cast<std::size_t>(subtask.index)];
  }
  return out;
}

void JobMaster::check_slot_timeout(const Instant& now) {
  if (!scheduling_ || ending()) return;
  for (int r = 0; r < graph_.region_count(); ++r) {
    if (region(r).phase != Region::Phase::waiting_for_slots) continue;
    if (now.at < region(r).waiting_since + options_.slot_request_timeout) continue;
    fail(ErrorKind::resource,
         detail::concat(
             "not enough slots within ", config::format_duration(options_.slot_request_timeout),
             " (slot.request.timeout): the job needs ", graph_.job_graph().slots_needed(), ", ",
             pool_.total(), " are there and ", pool_.free(),
             " of them free; start more TaskManagers or lower the parallelism"),
         now);
    return;
  }
}

// --- Task states ---------------------------------------------------------------------------------

void JobMaster::task_state(const std::string& taskmanager, const protocol::TaskStateUpdate& update,
                           const Instant& now) {
  const auto& [id, state, failure, metrics] = update;
  Subtask* subtask = graph_.find_current(id);
  if (subtask == nullptr) return;  // an attempt that has been replaced
  auto& execution = subtask->current;
  if (execution.place.taskmanager != taskmanager || is_terminal(execution.state)) return;
  const bool going_down = execution.state == TaskState::canceling;
  switch (state) {
    case TaskState::initializing:
      if (!going_down) execution.enter(state, now);
      return;
    case TaskState::running:
      if (going_down) return;
      execution.enter(state, now);
      actions_.push_back(action::SubtaskReady{id});
      return;
    case TaskState::finished:
    case TaskState::canceled:
    case TaskState::failed:
      break;
    default:
      return;  // created to deploying and canceling are ours to say
  }
  execution.enter(state, now);
  if (state == TaskState::failed) execution.failure = failure;
  if (state == TaskState::canceled && !going_down && !ending()) {
    execution.failure = {ErrorKind::internal, "", "the task was cancelled by its TaskManager"};
    execution.enter(TaskState::failed, now);
  }
  end_subtask(*subtask, now);
}

// A subtask has reached a terminal state.
void JobMaster::end_subtask(Subtask& subtask, const Instant& now) {
  if (subtask.current.state == TaskState::failed) {
    task_failed(subtask, now);
    return;
  }
  if (ending()) check_end(now);
  else if (region(subtask.region).phase == Region::Phase::restarting) finish_restarts(now);
  else check_end(now);
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
  if (region(subtask.region).phase == Region::Phase::restarting) {
    // Most often the echo of the first failure: a broken connection to the one that failed.
    finish_restarts(now);
    return;
  }
  const auto delay = backoff_.on_failure(now.at);
  if (!delay || !stopped_with_.empty()) {
    fail_for_good(std::move(failure), now);
    return;
  }
  failure.restarts = true;
  record(std::move(failure));
  restart_regions({subtask.region}, *delay, now);
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
  std::vector<int> running;
  for (int r = 0; r < graph_.region_count(); ++r) {
    if (region(r).phase == Region::Phase::deployed) running.push_back(r);
  }
  restart_regions(running, *delay, now);
}

void JobMaster::coordinator_failed(ErrorKind kind, const std::string& message, bool committing,
                                   const Instant& now) {
  if (ending()) return;
  FailureRecord failure{kind, message, "", "", now.wall_millis, false};
  const bool again =
      kind != ErrorKind::user && stopped_with_.empty() && committing == committing_ &&
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
  std::vector<int> running;
  for (int r = 0; r < graph_.region_count(); ++r) {
    if (region(r).phase == Region::Phase::deployed) running.push_back(r);
  }
  restart_regions(running, *delay, now);
}

// --- Failures ------------------------------------------------------------------------------------

void JobMaster::record(FailureRecord failure) {
  ++failures_recorded_;
  failures_.push_back(std::move(failure));
  if (failures_.size() > options_.failures_remembered) failures_.erase(failures_.begin());
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
  const auto delay = backoff_.on_failure(now.at);
  if (!delay || !stopped_with_.empty()) {
    fail_for_good(std::move(failure), now);
    return;
  }
  failure.restarts = true;
  record(std::move(failure));
  restart_regions({hit.begin(), hit.end()}, *delay, now);
}

void JobMaster::restart_regions(const std::vector<int>& regions, base::Duration delay,
                                const Instant& now) {
  ++restarts_;
  enter(JobStatus::restarting, now);
  std::vector<int> all = regions;
  if (options_.full_failover) {
    all.clear();
    for (int r = 0; r < graph_.region_count(); ++r) {
      if (region(r).phase == Region::Phase::deployed) all.push_back(r);
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
      actions_.push_back(action::SubtaskReset{subtask.current.id, back_to});
      graph_.next_attempt(subtask, now);
    }
    state.phase = Region::Phase::waiting_for_slots;
    state.waiting_since = now.at;
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

bool JobMaster::all_running() const {
  if (status_ != JobStatus::running || committing_) return false;
  const auto& subtasks = graph_.subtasks();
  return std::all_of(subtasks.begin(), subtasks.end(), [](const Subtask& s) {
    return s.current.state == TaskState::running || s.current.state == TaskState::finished;
  });
}

// --- Ends ----------------------------------------------------------------------------------------

void JobMaster::cancel_region(int index, const Instant& now) {
  for (const int i : graph_.region(index)) {
    auto& execution = graph_.subtasks()[static_cast<std::size_t>(i)].current;
    if (is_terminal(execution.state) || execution.state == TaskState::canceling) continue;
    if (!execution.deployed()) {
      execution.enter(TaskState::canceled, now);
      continue;
    }
    execution.enter(TaskState::canceling, now);
    actions_.push_back(action::CancelTask{execution.place.taskmanager, execution.id});
  }
}

void JobMaster::cancel_all(const Instant& now) {
  for (int r = 0; r < graph_.region_count(); ++r) cancel_region(r, now);
}

void JobMaster::cancel(const Instant& now) {
  if (is_terminal(status_) || status_ == JobStatus::cancelling) return;
  // Every record is processed: too late, it finishes. Unless it cannot.
  if (closing_) return;
  if (committing_ && !commit_at_) {
    if (std::exchange(cancel_wanted_, true)) return;
    actions_.emplace_back(std::in_place_type<action::EndRetries>);
    return;
  }
  if (commit_at_) committing_ = false;
  enter(JobStatus::cancelling, now);
  cancel_all(now);
  check_end(now);
}

void JobMaster::fail(ErrorKind kind, const std::string& message, const Instant& now) {
  closing_ = false;
  if (ending() || committing_) return;  // while committing only the commit's own failure counts
  record({kind, message, "", "", now.wall_millis, false});
  enter(JobStatus::failing, now);
  cancel_all(now);
  check_end(now);
}

bool JobMaster::region_ended(int index) const {
  const auto& members = graph_.region(index);
  return std::all_of(members.begin(), members.end(), [&](int i) {
    return is_terminal(graph_.subtasks()[static_cast<std::size_t>(i)].current.state);
  });
}

bool JobMaster::all_ended() const {
  const auto& subtasks = graph_.subtasks();
  return std::all_of(subtasks.begin(), subtasks.end(),
                     [](const Subtask& s) { return is_terminal(s.current.state); });
}

void JobMaster::check_end(const Instant& now) {
  if (is_terminal(status_) || aborting_ || closing_ || committing_ || !all_ended()) return;
  if (status_ == JobStatus::failing || status_ == JobStatus::cancelling) {
    aborting_ = true;
    if (coordinators_used_) actions_.emplace_back(std::in_place_type<action::Abort>);
    else aborted(now);
    return;
  }
  if (coordinators_at_) return;  // everything restarts
  const auto& subtasks = graph_.subtasks();
  const bool finished = std::all_of(subtasks.begin(), subtasks.end(), [](const Subtask& s) {
    return s.current.state == TaskState::finished;
  });
  if (!finished) return;  // a region restarts
  const auto& from = regions_.front().from;
  const bool done_before = from != nullptr && from->last;
  if (!options_.last_checkpoint || done_before || !stopped_with_.empty()) {
    commit();
    return;
  }
  closing_ = true;
  actions_.emplace_back(std::in_place_type<action::LastCheckpoint>);
}

void JobMaster::last_checkpoint_done(const Instant&) {
  if (std::exchange(closing_, false)) commit();
}

void JobMaster::commit() {
  committing_ = true;
  actions_.emplace_back(std::in_place_type<action::Commit>);
}

void JobMaster::suspend(ErrorKind kind, const std::string& message, const Instant& now) {
  if (is_terminal(status_)) return;
  closing_ = committing_ = aborting_ = false;  // answers that are under way no longer matter
  record({kind, message, "", "", now.wall_millis, false});
  enter(JobStatus::suspended, now);
}

void JobMaster::committed(const Instant& now) {
  if (!committing_) return;
  committing_ = false;
  enter(JobStatus::finished, now);
}

void JobMaster::commit_failed(ErrorKind kind, const std::string& message, const Instant& now) {
  if (!std::exchange(committing_, false)) return;
  fail(kind, message, now);
}

void JobMaster::aborted(const Instant& now, const std::string& left) {
  if (!std::exchange(aborting_, false)) return;
  if (!left.empty()) record({ErrorKind::transient, left, "", "", now.wall_millis, false});
  enter(status_ == JobStatus::cancelling ? JobStatus::canceled : JobStatus::failed, now);
}

// --- Time ----------------------------------------------------------------------------------------

void JobMaster::tick(const Instant& now) {
  if (ending()) return;
  if (commit_at_ && now.at >= *commit_at_) {
    commit_at_.reset();
    commit();
  }
  finish_restarts(now);
  check_slot_timeout(now);
}

base::TimePoint JobMaster::next_timer() const {
  auto next = base::TimePoint::never();
  if (ending()) return next;
  if (commit_at_) next = *commit_at_;
  if (!scheduling_ && !coordinators_at_) return next;
  const bool any_restarts = std::any_of(regions_.begin(), regions_.end(), [](const Region& r) {
    return r.phase == Region::Phase::restarting;
  });
  if (coordinators_at_ && !any_restarts && !held_) next = std::min(next, *coordinators_at_);
  for (int r = 0; r < graph_.region_count(); ++r) {
    if (region(r).phase == Region::Phase::waiting_for_slots) {
      if (!scheduling_) continue;
      next = std::min(next, region(r).waiting_since + options_.slot_request_timeout);
    } else if (region(r).phase == Region::Phase::restarting && !held_ && region_ended(r)) {
      next = std::min(next, region(r).restart_at);
    }
  }
  return next;
}

std::string JobMaster::running_on(const std::string& taskmanager) const {
  constexpr int named_max = 4;
  std::string out;
  int count = 0;
  for (const auto& subtask : graph_.subtasks()) {
    if (subtask.current.place.taskmanager != taskmanager || is_terminal(subtask.current.state))
      continue;
    if (++count > named_max) continue;
    if (!out.empty()) out += ", ";
    out += graph_.task_name(subtask);
  }
  if (count > named_max) out += detail::concat(" and ", count - named_max, " more");
  return out;
}

}  // namespace flink::jobmanager
