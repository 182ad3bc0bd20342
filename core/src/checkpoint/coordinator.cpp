// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/coordinator.h"

#include <flink/base/check.h>
#include <flink/error.h>

#include <algorithm>

#include "checkpoint/storage.h"

namespace flink::checkpoint {
namespace {

using detail::concat;

std::int64_t millis(base::Duration duration) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(duration).count();
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

// --- Its end -------------------------------------------------------------------------------------

void CheckpointCoordinator::job_ended(std::string_view status, bool keep_newest) {
  const bool keep =
      keep_newest ||
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

rest::CheckpointView CheckpointCoordinator::view_of(const PendingCheckpoint& pending) const {
  rest::CheckpointView out;
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

rest::CheckpointConfigView CheckpointCoordinator::config_view() const {
  rest::CheckpointConfigView out;
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
