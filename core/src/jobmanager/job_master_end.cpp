// SPDX-License-Identifier: Apache-2.0
// How a job ends: cancelled, failed, or all its results committed.
#include <flink/base/check.h>
#include <flink/error.h>

#include <algorithm>
#include <utility>

#include "jobmanager/job_master.h"

namespace flink::jobmanager {

using protocol::TaskState;

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

const FailureRecord* JobMaster::root_failure() const {
  if (status_ != JobStatus::failed && status_ != JobStatus::failing) return nullptr;
  // The first failure without a restart, unless that was only the echo of a lost TaskManager.
  const FailureRecord* root = nullptr;
  for (const auto& failure : failures_) {
    if (failure.restarts) continue;
    const bool echo =
        root != nullptr && !root->taskmanager_lost && root->kind == ErrorKind::transient;
    if (root == nullptr || (echo && failure.taskmanager_lost)) root = &failure;
  }
  return root;
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

}  // namespace flink::jobmanager
