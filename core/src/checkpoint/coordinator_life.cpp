// SPDX-License-Identifier: Apache-2.0
// The part of CheckpointCoordinator that takes one checkpoint from its beginning to its end.
#include <flink/base/check.h>
#include <flink/error.h>

#include <algorithm>

#include "checkpoint/coordinator.h"

namespace flink::checkpoint {
namespace {

using detail::concat;

bool all_finished(const std::vector<TaskInfo>& tasks) {
  return std::all_of(tasks.begin(), tasks.end(), [](const TaskInfo& t) { return t.finished; });
}

}  // namespace

void CheckpointCoordinator::begin(Request request, const base::Instant& now) {
  auto tasks = tasks_.checkpoint_tasks();
  const bool last = request.kind == RequestKind::last;
  const bool some_finished =
      std::any_of(tasks.begin(), tasks.end(), [](const TaskInfo& t) { return t.finished; });
  if (!last && (all_finished(tasks) || (some_finished && !settings_.after_tasks_finish))) {
    answer(request, 0, {},
           all_finished(tasks) ? "every task has finished"
                               : "some tasks have finished "
                                 "(execution.checkpointing."
                                 "checkpoints-after-tasks-finish is false)");
    next_periodic_ = base::TimePoint::never();
    return;
  }
  const auto id = next_id_++;
  const auto target = request.target;
  const auto [at, fresh] = pending_.emplace(
      id,
      PendingCheckpoint{id, std::move(request), std::move(tasks), now, now.at + settings_.timeout});
  FLINK_CHECK(fresh, id);
  statistics_.started(view_of(at->second));
  actions_.push_back(action::Prepare{id, target});
}

PendingCheckpoint* CheckpointCoordinator::find(std::int64_t id) {
  const auto found = pending_.find(id);
  return found == pending_.end() ? nullptr : &found->second;
}

void CheckpointCoordinator::prepared(std::int64_t id, const std::string& directory,
                                     const std::string& failure, const base::Instant& now) {
  auto* pending = find(id);
  if (pending == nullptr) {
    if (failure.empty()) actions_.push_back(action::Collect{{{}, {}, {directory}}});
    return;
  }
  FLINK_CHECK(pending->stage() == Stage::preparing, id);
  if (!failure.empty()) {
    abort(id, failure, true, now);
    return;
  }
  pending->set_directory(directory);
  pending->advance(Stage::coordinators);
  actions_.push_back(action::SnapshotCoordinators{id});
}

void CheckpointCoordinator::coordinators_snapshot(std::int64_t id,
                                                  std::map<base::OperatorId, std::string> states,
                                                  const std::string& failure,
                                                  const base::Instant& now) {
  auto* pending = find(id);
  if (pending == nullptr) return;
  FLINK_CHECK(pending->stage() == Stage::coordinators, id);
  if (!failure.empty()) {
    abort(id, failure, true, now);
    return;
  }
  pending->set_coordinators(std::move(states));
  pending->advance(Stage::acknowledging);
  const auto barrier = barrier_of(*pending);
  using channels::Barrier;
  pending->set_builds((barrier.options & (Barrier::full | Barrier::savepoint)) == 0);
  actions_.push_back(action::Trigger{barrier, pending->roots()});
  check_complete(*pending, now);
}

channels::Barrier CheckpointCoordinator::barrier_of(const PendingCheckpoint& pending) const {
  using channels::Barrier;
  const auto& request = pending.request();
  Barrier barrier;
  barrier.checkpoint_id = pending.id();
  barrier.timestamp_millis = pending.triggered().wall_millis;
  if (request.savepoint()) {
    barrier.options |= Barrier::savepoint;
    barrier.directory = pending.directory();
    if (request.kind == RequestKind::stop) barrier.options |= Barrier::terminate;
    if (request.drain) barrier.options |= Barrier::drain;
    return barrier;
  }
  if (settings_.unaligned) barrier.options |= Barrier::unaligned;
  if (request.full || full_first_ || !settings_.incremental) barrier.options |= Barrier::full;
  return barrier;
}

bool CheckpointCoordinator::holds_back(const base::AttemptId& id, std::int64_t up_to) const {
  return std::any_of(pending_.begin(), pending_.end(), [&](const auto& entry) {
    const auto stage = entry.second.stage();
    return entry.first <= up_to &&
           (stage == Stage::coordinators || stage == Stage::acknowledging) &&
           entry.second.waiting().contains(id);
  });
}

void CheckpointCoordinator::acknowledged(protocol::CheckpointAck ack, const base::Instant& now) {
  auto* pending = find(ack.checkpoint_id);
  if (pending == nullptr || pending->stage() != Stage::acknowledging ||
      !pending->waiting().contains(ack.attempt)) {
    // Too late, or once more: what only this one refers to is of no use any more.
    completed_.abandon(ack.checkpoint_id, shared_of(files_of(ack.snapshot)));
    return;
  }
  statistics_.acknowledged(ack, pending->triggered(), now);
  pending->acknowledge(ack.attempt, std::move(ack.snapshot));
  check_complete(*pending, now);
}

void CheckpointCoordinator::declined(const protocol::CheckpointDecline& decline,
                                     const base::Instant& now) {
  const auto& [attempt, id, reason] = decline;
  auto* pending = find(id);
  if (pending == nullptr || pending->stage() == Stage::writing ||
      !pending->waiting().contains(attempt)) {
    return;
  }
  const int vertex = graph_->vertex_index(attempt.vertex);
  const auto name =
      vertex < 0 ? attempt.vertex.hex() : graph_->vertices[static_cast<std::size_t>(vertex)].name;
  abort(id, concat(name, " (", attempt.subtask + 1, ") declined it: ", reason), true, now);
}

// A task that ends before its barrier has come cannot acknowledge: taken again without it.
void CheckpointCoordinator::task_finished(const base::AttemptId& id, const base::Instant& now) {
  std::vector<std::int64_t> hit;
  for (const auto& [checkpoint, pending] : pending_) {
    if (pending.stage() != Stage::writing && pending.waiting().contains(id)) {
      hit.push_back(checkpoint);
    }
  }
  for (const auto checkpoint : hit) {
    auto again = find(checkpoint)->request();
    if (again.kind == RequestKind::periodic) {
      if (running_) next_periodic_ = now.at;
    } else {
      requests_.push_front(std::move(again));
    }
    find(checkpoint)->forget_token();
    abort(checkpoint, "a task finished meanwhile; it is taken again", false, now);
  }
  pump(now);
}

void CheckpointCoordinator::check_complete(PendingCheckpoint& pending, const base::Instant& now) {
  // One at a time, so that the record always follows from the one before.
  if (pending.stage() != Stage::acknowledging || !pending.complete() || finalizing()) return;
  action::Write write;
  try {
    write.metadata = std::make_shared<const Metadata>(pending.make_metadata(*graph_, job_, epoch_));
  } catch (const Error& error) {
    abort(pending.id(), error.message(), true, now);
    return;
  }
  pending.advance(Stage::writing);
  write.directory = pending.directory();
  write.counts = pending.request().kind != RequestKind::savepoint;
  if (pending.request().kind == RequestKind::stop) {
    // The user's own, but where the job stands from now on.
    for (const auto& one : completed_.kept()) write.record.push_back(one.directory);
    write.record.push_back(pending.directory());
  } else if (write.counts) {
    const Completed next{write.metadata, pending.directory(), {}};
    for (const auto* one : completed_.kept_with(next)) write.record.push_back(one->directory);
  }
  pending.set_metadata(write.metadata);
  actions_.push_back(std::move(write));
}

void CheckpointCoordinator::written(std::int64_t id, WriteOutcome outcome,
                                    const std::string& failure, const base::Instant& now) {
  auto* pending = find(id);
  FLINK_CHECK(pending != nullptr && pending->stage() == Stage::writing, id);
  switch (outcome) {
    case WriteOutcome::durable:
      complete(*pending, now);
      break;
    case WriteOutcome::failed:
      abort(id, failure, true, now);
      break;
    case WriteOutcome::incomplete:
      incomplete(*pending, failure, now);
      break;
    case WriteOutcome::unknown:
      answer(pending->request(), id, {}, failure);
      statistics_.failed(id, now.wall_millis, failure);
      pending_.erase(id);
      stop(failure, now);
      actions_.push_back(action::Suspend{failure});
      return;
  }
  std::vector<std::int64_t> waiting;
  for (const auto& [other, next] : pending_) waiting.push_back(other);
  for (const auto other : waiting) {
    if (auto* next = find(other)) check_complete(*next, now);
  }
  pump(now);
}

// What the tasks hold is whole, so one that builds on no earlier file can be restored from.
void CheckpointCoordinator::incomplete(const PendingCheckpoint& pending, const std::string& why,
                                       const base::Instant& now) {
  const bool built = pending.builds();
  // Others that were under way already may find the same; one new one will do.
  const bool news = built && !std::exchange(full_first_, full_first_ || built);
  if (news && running_ && settings_.interval) next_periodic_ = now.at;
  abort(pending.id(), built ? concat(why, "; the next checkpoint writes all state again") : why,
        !built, now);
}

void CheckpointCoordinator::complete(PendingCheckpoint& pending, const base::Instant& now) {
  const auto id = pending.id();
  const auto request = pending.request();
  const auto directory = pending.directory();
  const auto metadata = pending.metadata();
  pending_.erase(id);
  statistics_.completed(id, directory);
  failures_in_row_ = 0;
  pause_until_ = now.at + settings_.min_pause;
  if (request.kind == RequestKind::savepoint) {
    answer(request, id, directory, {});
    return;
  }
  Garbage garbage;
  if (request.kind == RequestKind::stop) {
    stopped_with_ = directory;
  } else {
    full_first_ = false;
    garbage = completed_.add({metadata, directory, files_of(*metadata)}, files_in_use());
    for (const auto& gone : garbage.directories) statistics_.discarded(gone);
  }
  last_done_ = last_done_ || request.kind == RequestKind::last;
  actions_.push_back(action::Complete{id});
  answer(request, id, directory, {});
  abort_older(id, now);
  if (!garbage.empty()) actions_.push_back(action::Collect{std::move(garbage)});
}

void CheckpointCoordinator::abort_older(std::int64_t id, const base::Instant& now) {
  std::vector<std::int64_t> older;
  for (const auto& [other, pending] : pending_) {
    if (other < id && !pending.request().savepoint() && pending.stage() != Stage::writing) {
      older.push_back(other);
    }
  }
  for (const auto other : older) {
    abort(other, concat("checkpoint ", id, " was complete before it"), false, now);
  }
}

void CheckpointCoordinator::abort(std::int64_t id, const std::string& why, bool counts,
                                  const base::Instant& now) {
  const auto found = pending_.find(id);
  FLINK_CHECK(found != pending_.end(), id);
  const auto pending = std::move(found->second);
  pending_.erase(found);
  statistics_.failed(id, now.wall_millis, why);
  const auto stage = pending.stage();
  actions_.push_back(action::Aborted{id, stage != Stage::preparing,
                                     stage == Stage::acknowledging || stage == Stage::writing,
                                     why});
  completed_.abandon(id, shared_of(pending.files()));
  if (!pending.directory().empty()) {
    actions_.push_back(action::Collect{{{}, {}, {pending.directory()}}});
  }
  answer(pending.request(), id, {}, why);
  if (counts) count_failure(pending, why);
}

void CheckpointCoordinator::count_failure(const PendingCheckpoint& pending,
                                          const std::string& why) {
  const auto kind = pending.request().kind;
  if (kind == RequestKind::savepoint) return;  // the one who asked is told
  // Nor is the job to blame for what somebody asked for and no task has heard of.
  const bool asked = kind == RequestKind::stop || kind == RequestKind::checkpoint;
  const bool triggered =
      pending.stage() == Stage::acknowledging || pending.stage() == Stage::writing;
  if (asked && !triggered) return;
  if (kind != RequestKind::last && ++failures_in_row_ <= settings_.tolerable_failures) {
    return;
  }
  actions_.push_back(action::FailJob{
      concat("a checkpoint failed (", failures_in_row_, " in a row, ", settings_.tolerable_failures,
             " are tolerated: execution.checkpointing.tolerable-failed-checkpoints): ", why)});
  failures_in_row_ = 0;
}

void CheckpointCoordinator::answer(const Request& request, std::int64_t id,
                                   const std::string& location, const std::string& failure) {
  if (request.token == 0) return;
  actions_.push_back(action::Answer{request.token, id, location, failure});
}

}  // namespace flink::checkpoint
