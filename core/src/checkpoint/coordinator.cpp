// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/coordinator.h"

#include <flink/check.h>
#include <flink/error.h>

#include <algorithm>

#include "checkpoint/storage.h"

namespace flink::checkpoint {
namespace {

using detail::concat;

std::int64_t millis(base::Duration duration) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(duration).count();
}

bool all_finished(const std::vector<TaskInfo>& tasks) {
  return std::all_of(tasks.begin(), tasks.end(), [](const TaskInfo& t) { return t.finished; });
}

}  // namespace

CheckpointCoordinator::CheckpointCoordinator(std::shared_ptr<const graph::JobGraph> graph,
                                             Settings settings, const base::JobId& job,
                                             const TaskTable& tasks)
    : graph_(std::move(graph)),
      settings_(std::move(settings)),
      job_(job),
      tasks_(tasks),
      completed_(settings_.num_retained) {}

std::vector<CheckpointAction> CheckpointCoordinator::take_actions() {
  return std::exchange(actions_, {});
}

void CheckpointCoordinator::start(std::int64_t first_id, std::uint64_t epoch) {
  next_id_ = std::max(next_id_, first_id);
  epoch_ = epoch;
}

void CheckpointCoordinator::restored(const Completed& from, bool counts, bool full_first,
                                     const base::Instant& now) {
  next_id_ = std::max(next_id_, from.id() + 1);
  full_first_ = full_first;
  statistics_.restored({from.id(), now.wall_millis, from.metadata->savepoint, from.directory});
  if (!counts) return;
  auto garbage = completed_.add(from, {});
  if (!garbage.empty()) actions_.push_back(action::Collect{std::move(garbage)});
}

// --- When one is taken ---------------------------------------------------------------------------

void CheckpointCoordinator::tasks_running(const base::Instant& now) {
  if (running_ || stopped_) return;
  running_ = true;
  if (settings_.interval) next_periodic_ = now.at + *settings_.interval;
  pump(now);
}

void CheckpointCoordinator::interrupted(const std::string& why, const base::Instant& now) {
  running_ = false;
  next_periodic_ = base::TimePoint::never();
  std::vector<std::int64_t> ids;
  for (const auto& [id, pending] : pending_) {
    if (pending.stage() != Stage::writing) ids.push_back(id);
  }
  for (const auto id : ids) abort(id, why, false, now);
}

void CheckpointCoordinator::stop(const std::string& why, const base::Instant& now) {
  stopped_ = true;
  interrupted(why, now);
  for (const auto& request : std::exchange(requests_, {})) answer(request, 0, {}, why);
}

void CheckpointCoordinator::request(Request request, const base::Instant& now) {
  request.until = now.at + settings_.timeout;
  if (stopped_ || stopping() || stopped_with_) {
    answer(request, 0, {},
           stopped_with_ || stopping() ? "the job is being stopped" : "the job is ending");
    return;
  }
  requests_.push_back(std::move(request));
  pump(now);
}

void CheckpointCoordinator::request_last(const base::Instant& now) {
  Request request;
  request.kind = RequestKind::last;
  begin(std::move(request), now);
}

bool CheckpointCoordinator::stopping() const {
  return std::any_of(pending_.begin(), pending_.end(), [](const auto& entry) {
    return entry.second.request().kind == RequestKind::stop;
  });
}

bool CheckpointCoordinator::may_begin(const Request& request, const base::Instant& now) const {
  if (!running_ || stopped_ || stopping() || stopped_with_) return false;
  if (pending_.size() >= static_cast<std::size_t>(settings_.max_concurrent)) return false;
  return request.kind != RequestKind::periodic ||
         (now.at >= next_periodic_ && now.at >= pause_until_);
}

void CheckpointCoordinator::tick(const base::Instant& now) {
  std::vector<std::int64_t> expired;
  for (const auto& [id, pending] : pending_) {
    if (pending.stage() != Stage::writing && now.at >= pending.deadline()) expired.push_back(id);
  }
  for (const auto id : expired) {
    const auto* pending = find(id);
    abort(id,
          concat("it was not complete within ", config::format_duration(settings_.timeout),
                 " (execution.checkpointing.timeout): ", pending->waiting().size(), " of ",
                 pending->tasks().size(), " tasks had yet to acknowledge it"),
          true, now);
  }
  pump(now);
}

void CheckpointCoordinator::pump(const base::Instant& now) {
  while (!requests_.empty()) {
    auto& request = requests_.front();
    if (may_begin(request, now)) {
      auto next = std::move(request);
      requests_.pop_front();
      begin(std::move(next), now);
    } else if (now.at >= request.until) {
      const auto late = std::move(request);
      requests_.pop_front();
      answer(late, 0, {}, "it could not be started in time: not every task was running");
    } else {
      break;
    }
  }
  while (requests_.empty() && may_begin({}, now)) {
    next_periodic_ = now.at + *settings_.interval;
    begin({}, now);
  }
}

base::TimePoint CheckpointCoordinator::next_timer() const {
  auto next = base::TimePoint::never();
  for (const auto& [id, pending] : pending_) {
    if (pending.stage() != Stage::writing) next = std::min(next, pending.deadline());
  }
  for (const auto& request : requests_) next = std::min(next, request.until);
  const bool free = pending_.size() < static_cast<std::size_t>(settings_.max_concurrent);
  if (running_ && !stopped_ && free && !stopping() && !stopped_with_ &&
      next_periodic_ != base::TimePoint::never()) {
    next = std::min(next, std::max(next_periodic_, pause_until_));
  }
  return next;
}

// --- The life of one -----------------------------------------------------------------------------

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

void CheckpointCoordinator::acknowledged(const base::AttemptId& attempt, std::int64_t id,
                                         state::TaskSnapshot snapshot,
                                         const CheckpointMetrics& metrics,
                                         const base::Instant& now) {
  auto* pending = find(id);
  if (pending == nullptr || pending->stage() != Stage::acknowledging ||
      !pending->waiting().contains(attempt)) {
    // Too late, or once more: what only this one refers to is of no use any more.
    std::set<std::string> files;
    for_each_run(snapshot, [&](const state::RunFile& file) { files.insert(file.path); });
    completed_.abandon(id, shared_of(files));
    return;
  }
  pending->acknowledge(attempt, std::move(snapshot));
  metrics::CheckpointSubtaskView view;
  view.index = attempt.subtask;
  view.ack_timestamp = now.wall_millis;
  view.end_to_end_duration = millis(now.at - pending->triggered().at);
  view.checkpointed_size = metrics.checkpointed_bytes;
  view.state_size = metrics.state_bytes;
  view.sync_duration = metrics.sync_ms;
  view.async_duration = metrics.async_ms;
  view.processed_data = metrics.bytes_processed;
  view.persisted_data = metrics.bytes_persisted;
  view.alignment_duration = metrics.alignment_ms;
  view.start_delay = metrics.start_delay_ms;
  view.unaligned = metrics.unaligned;
  statistics_.acknowledged(id, attempt.vertex.hex(), view);
  check_complete(*pending, now);
}

void CheckpointCoordinator::declined(const base::AttemptId& attempt, std::int64_t id,
                                     const std::string& reason, const base::Instant& now) {
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

void CheckpointCoordinator::job_ended(std::string_view status) {
  const bool keep =
      (status == "CANCELED" && settings_.retention == Retention::retain_on_cancellation) ||
      (status == "FAILED" && settings_.retention != Retention::none);
  if (keep && completed_.latest() != nullptr && !settings_.temporary) return;
  for (const auto& one : completed_.kept()) statistics_.discarded(one.directory);
  auto garbage = completed_.clear();
  if (!garbage.empty()) actions_.push_back(action::Collect{std::move(garbage)});
  actions_.emplace_back(std::in_place_type<action::CollectJob>);
}

// --- Views ---------------------------------------------------------------------------------------

bool CheckpointCoordinator::finalizing() const {
  return std::any_of(pending_.begin(), pending_.end(),
                     [](const auto& entry) { return entry.second.stage() == Stage::writing; });
}

std::set<std::string> CheckpointCoordinator::files_in_use() const {
  std::set<std::string> out;
  for (const auto& [id, pending] : pending_) out.merge(pending.files());
  return out;
}

// Nothing but what lies in the job's own directory of shared files is ever deleted unasked.
std::set<std::string> CheckpointCoordinator::shared_of(const std::set<std::string>& files) const {
  const auto below = concat(settings_.job_directory(job_), "/", shared_name, "/");
  std::set<std::string> out;
  for (const auto& file : files) {
    if (file.starts_with(below)) out.insert(file);
  }
  return out;
}

metrics::CheckpointView CheckpointCoordinator::view_of(const PendingCheckpoint& pending) const {
  metrics::CheckpointView out;
  out.id = pending.id();
  const auto& request = pending.request();
  out.savepoint = request.savepoint();
  out.type = request.kind == RequestKind::stop ? "SYNC_SAVEPOINT"
             : out.savepoint                   ? "SAVEPOINT"
             : settings_.unaligned             ? "UNALIGNED_CHECKPOINT"
                                               : "CHECKPOINT";
  out.trigger_timestamp = pending.triggered().wall_millis;
  for (const auto& vertex : graph_->vertices) {
    out.vertices.push_back({vertex.id.hex(), 0, {}});
  }
  for (const auto& task : pending.tasks()) {
    if (task.finished) continue;
    ++out.subtasks;
    ++out.vertices[static_cast<std::size_t>(task.vertex)].parallelism;
  }
  return out;
}

metrics::CheckpointConfigView CheckpointCoordinator::config_view() const {
  metrics::CheckpointConfigView out;
  out.exactly_once = settings_.exactly_once;
  if (settings_.interval) out.interval = millis(*settings_.interval);
  out.timeout = millis(settings_.timeout);
  out.min_pause = millis(settings_.min_pause);
  out.max_concurrent = settings_.max_concurrent;
  out.externalized = settings_.retention != Retention::none;
  out.delete_on_cancellation = settings_.retention != Retention::retain_on_cancellation;
  out.state_backend = settings_.state_backend;
  out.storage = "FileSystemCheckpointStorage";
  out.unaligned = settings_.unaligned;
  out.tolerable_failures = settings_.tolerable_failures;
  out.aligned_timeout = millis(settings_.aligned_timeout);
  out.after_tasks_finish = settings_.after_tasks_finish;
  return out;
}

}  // namespace flink::checkpoint
