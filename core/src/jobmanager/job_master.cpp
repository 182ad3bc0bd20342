// SPDX-License-Identifier: Apache-2.0
#include "jobmanager/job_master.h"

#include <flink/base/check.h>
#include <flink/error.h>

#include <algorithm>
#include <utility>

namespace flink::jobmanager {

using protocol::TaskState;

JobMaster::JobMaster(std::shared_ptr<const graph::JobGraph> graph, JobMasterOptions options,
                     base::Random& random, const Instant& now)
    : graph_(std::move(graph), now),
      options_(std::move(options)),
      backoff_(options_.restart, random),
      regions_(static_cast<std::size_t>(graph_.region_count())) {
  entered_[static_cast<std::size_t>(JobStatus::initializing)] = started_ = now.wall_millis;
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
  const int needed = graph_.slots_needed();
  if (options_.slots_max && *options_.slots_max < needed) {
    fail(ErrorKind::resource,
         detail::concat(
             graph_.job_graph().batch ? "a pipelined region of the job needs " : "the job needs ",
             needed, " slots, and its TaskManagers have ", *options_.slots_max,
             ": start more (--taskmanagers), give them more (--slots) or lower the "
             "parallelism (-p)"),
         now);
    return;
  }
  scheduling_ = true;
  coordinators_at_.reset();
  enter(JobStatus::running, now);
  for (int r = 0; r < graph_.region_count(); ++r) {
    const auto phase = region(r).phase;
    if (phase == Region::Phase::deployed || phase == Region::Phase::restarting) continue;
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
  look_at_inputs(now);
  for (int r = 0; r < graph_.region_count(); ++r) {
    if (region(r).phase != Region::Phase::waiting_for_slots) continue;
    if (pool_.allocate(graph_.shared_slots_of(r))) deploy(r, now);
    else if (slots_may_come(r)) return;  // smaller ones would keep it waiting for ever
  }
}

// In batch: those of others that run now are enough.
bool JobMaster::slots_may_come(int region) const {
  return graph_.job_graph().batch &&
         pool_.total() >= static_cast<int>(graph_.shared_slots_of(region).size());
}

void JobMaster::deploy(int index, const Instant& now) {
  region(index).phase = Region::Phase::deployed;
  for (const int i : graph_.region(index)) {
    auto& subtask = graph_.subtasks()[static_cast<std::size_t>(i)];
    const auto place = pool_.place(subtask.shared_slot);
    FLINK_CHECK(place.has_value(), subtask.shared_slot.group, subtask.shared_slot.index);
    auto& execution = subtask.current;
    FLINK_CHECK(execution.state == TaskState::scheduled, static_cast<int>(execution.state));
    execution.place = *place;
    execution.data_address = data_addresses_.at(place->taskmanager);
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
    if (slots_may_come(r)) continue;
    if (now.at < region(r).waiting_since + options_.slot_request_timeout) continue;
    fail(ErrorKind::resource,
         detail::concat("not enough slots within ",
                        config::format_duration(options_.slot_request_timeout),
                        " (slot.request.timeout): the job needs ", graph_.slots_needed(), ", ",
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
  if (ending()) {
    check_end(now);
  } else if (region(subtask.region).phase == Region::Phase::restarting) {
    finish_restarts(now);
  } else {
    if (graph_.job_graph().batch && graph_.finished(subtask.region)) {
      region_finished(subtask.region, now);
    }
    check_end(now);
  }
}

bool JobMaster::all_running() const {
  if (status_ != JobStatus::running || committing_) return false;
  const auto& subtasks = graph_.subtasks();
  return std::all_of(subtasks.begin(), subtasks.end(), [](const Subtask& s) {
    return s.current.state == TaskState::running || s.current.state == TaskState::finished;
  });
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
      if (!scheduling_ || slots_may_come(r)) continue;
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
