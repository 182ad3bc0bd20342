// SPDX-License-Identifier: Apache-2.0
#include "endpoints/sink_coordinator.h"

#include <flink/base/check.h>
#include <flink/endpoints/sink_runtime.h>
#include <flink/error.h>

#include <algorithm>

namespace flink::detail {
namespace {

std::vector<std::string> bytes_of(const std::vector<PlacedCommittable>& committables) {
  std::vector<std::string> all;
  for (const auto& one : committables) all.push_back(one.bytes);
  return all;
}

}  // namespace

SinkCoordinator::Subtask& SinkCoordinator::at(int subtask) {
  FLINK_CHECK(subtask >= 0 && subtask < static_cast<int>(subtasks_.size()), subtask,
              subtasks_.size());
  return subtasks_[static_cast<std::size_t>(subtask)];
}

void SinkCoordinator::start(CoordinatorContext& context) {
  context_ = &context;
  committer_->open(context);
  subtasks_.resize(static_cast<std::size_t>(context.parallelism()));
  Placed from_state;
  if (restored_checkpoint_) {
    from_state = read_state();
    earlier_runs_left_ = true;
    for (int subtask = 0; subtask < context.parallelism(); ++subtask) restoring_.insert(subtask);
  }
  std::vector<std::string> earlier = jobs_;
  if (!earlier.empty() && earlier.back() == context.job_id()) earlier.pop_back();
  if (jobs_.size() == earlier.size()) jobs_.emplace_back(context.job_id());
  job_ = std::make_unique<SinkJobContext>(context, restored_checkpoint_, std::move(earlier));
  committer_->create(*job_);
  commits_ = std::make_unique<SinkCommits>(context, *committer_, [this] { at_rest(); });
  committer_->prepare_job();
  for (auto& one : from_state) {
    if (restored_ids_.insert(one.id).second) commits_->add(std::move(one));
  }
  commits_->pump();
}

// Gives the committables that are due, as the checkpoint is durable.
SinkCoordinator::Placed SinkCoordinator::read_state() {
  SinkState state = read_sink_state(std::exchange(restored_state_, {}), *restored_checkpoint_,
                                    context_->operator_name());
  jobs_ = std::move(state.jobs);
  if (state.all_ended) {
    for (Subtask& writer : subtasks_) {
      writer.ended = true;
      writer.ended_attempt = -1;
      writer.ended_checkpoint = *restored_checkpoint_;
    }
  }
  const Committables converted = committer_->converted(state.schema, bytes_of(state.committables));
  std::int64_t number = 0;
  for (auto& one : state.committables) {
    one.bytes = converted[static_cast<std::size_t>(number++)];
    if (one.id.number >= 0) continue;
    one.id = {*restored_checkpoint_, -1, -1, number};
    unidentified_.emplace(one.bytes, one.id);
  }
  return std::move(state.committables);
}

void SinkCoordinator::subtask_ready(int subtask, int attempt) {
  at(subtask).attempts.insert(attempt);
}

void SinkCoordinator::handle_event(int subtask, int attempt, std::string_view event) {
  Subtask& writer = at(subtask);
  if (attempt < writer.attempt_min) return;  // of an attempt that is gone
  writer.attempts.insert(attempt);
  if (attempt > writer.ended_attempt) writer.ended = false;
  const char kind = event.empty() ? '\0' : event.front();
  if (kind == sink_event::committable) {
    writer.held.push_back(held_of(attempt, event));
  } else if (kind == sink_event::restored || kind == sink_event::restored_old) {
    writer.restored.push_back(held_of(attempt, event));
    if (kind == sink_event::restored_old) {  // as its writer would have named it
      const auto number = static_cast<std::int64_t>(writer.restored.size() - 1);
      writer.restored.back().id = {restored_checkpoint_.value_or(no_checkpoint), subtask, -1,
                                   number};
    }
  } else if (kind == sink_event::sealed) {
    const std::int64_t id = checkpoint_of_event(event);
    for (Held& held : writer.held) {
      if (held.of_end && held.attempt == attempt) held.checkpoint = std::min(held.checkpoint, id);
    }
  } else if (kind == sink_event::all_restored) {
    commit_restored(subtask);
  } else if (kind == sink_event::all) {
    writer.ended = true;
    writer.ended_attempt = attempt;
    writer.ended_checkpoint = unsealed;
  } else {
    throw_bad_sink_event(event);
  }
}

SinkCoordinator::Held SinkCoordinator::held_of(int attempt, std::string_view event) {
  Held held{placed_of_event(event), attempt};
  held.of_end = held.checkpoint == no_checkpoint;
  if (held.of_end) held.checkpoint = unsealed;
  return held;
}

void SinkCoordinator::commit_restored(int subtask) {
  Subtask& writer = at(subtask);
  for (Held& held : std::exchange(writer.restored, {})) {
    if (is_new(held)) commits_->add(std::move(held));
  }
  restoring_.erase(subtask);
  if (restoring_.empty()) clean_up_earlier_runs_once();
  commits_->pump();
}

// Not in the state that was restored, and not sent by an earlier attempt.
bool SinkCoordinator::is_new(const Held& restored) {
  if (restored.checkpoint <= committed_through_) return false;
  if (!restored_ids_.insert(restored.id).second) return false;
  const auto same = unidentified_.find(restored.bytes);
  if (same == unidentified_.end()) return true;
  commits_->rename(same->second, restored.id);
  unidentified_.erase(same);
  return false;
}

void SinkCoordinator::clean_up_earlier_runs_once() {
  unidentified_.clear();
  if (!std::exchange(earlier_runs_left_, false)) return;
  commits_->run_next(
      [this] { return [this, keep = keep()] { committer_->clean_up_earlier_runs(keep); }; });
}

// Those of one restart come one after the other, and are taken together.
void SinkCoordinator::clean_up(int subtask, int attempt) {
  dead_.push_back({subtask, attempt});
  if (dead_.size() == 1) {
    commits_->run_next([this] {
      return [this, dead = std::exchange(dead_, {}), keep = keep()] {
        committer_->clean_up_attempts(dead, keep);
      };
    });
  }
  commits_->pump();
}

void SinkCoordinator::subtask_reset(int subtask, int attempt, std::int64_t checkpoint_id) {
  // It is durable, or nobody would start from it; what is committed now need not be when the
  // successor sends it again. What an earlier run left is not here before the subtasks sent it.
  if (checkpoint_id > restored_checkpoint_.value_or(no_checkpoint)) commit_held(checkpoint_id);
  Subtask& writer = at(subtask);
  if (attempt >= writer.attempt_min) {
    writer.attempt_min = attempt + 1;
    writer.restored.clear();
  }
  writer.attempts.erase(attempt);
  set_aside(subtask, attempt, checkpoint_id);
  if (writer.ended_attempt <= attempt && writer.ended_checkpoint > checkpoint_id) {
    writer.ended = false;
  }
  clean_up(subtask, attempt);
}

// The successor writes those records again, but a savepoint that was taken since names these
// committables: whoever restores it commits them.
void SinkCoordinator::set_aside(int subtask, int attempt, std::int64_t checkpoint_id) {
  std::vector<Held>& held = at(subtask).held;
  const auto kept = std::stable_partition(held.begin(), held.end(), [&](const Held& one) {
    return one.attempt > attempt || one.checkpoint <= checkpoint_id;
  });
  for (auto one = kept; one != held.end(); ++one) {
    if (one->checkpoint == unsealed) continue;
    std::set<std::int64_t> named_by{begun_.lower_bound(one->checkpoint), begun_.end()};
    if (!named_by.empty()) set_aside_.push_back({subtask, std::move(*one), std::move(named_by)});
  }
  held.erase(kept, held.end());
}

void SinkCoordinator::commit_held(std::int64_t up_to) {
  for (Subtask& writer : subtasks_) {
    for (Held& held : writer.held) {
      if (held.checkpoint <= up_to) commits_->add(held);
    }
    std::erase_if(writer.held, [up_to](const Held& held) { return held.checkpoint <= up_to; });
  }
  committed_through_ = std::max(committed_through_, up_to);
  restored_ids_.clear();
  commits_->pump();
}

void SinkCoordinator::commit() {
  if (has_committed()) return;
  for (std::size_t subtask = 0; subtask < subtasks_.size(); ++subtask) {
    const Subtask& writer = subtasks_[subtask];
    // Stopped with a savepoint: it has not come to its end, but all that it sent is committed.
    const bool stopped = committed_through_ != no_checkpoint && writer.held.empty();
    if (!writer.ended && !stopped) {
      throw Error{ErrorKind::internal,
                  concat("sink \"", context_->operator_name(), "\": subtask ", subtask,
                         " finished, but its committables have not arrived")};
    }
  }
  clean_up_earlier_runs_once();
  stage_ = Stage::finishing;
  commits_->resume_all();  // it may be the second time
  commit_held(unsealed);
}

void SinkCoordinator::all_committed() {
  if (stage_ != Stage::committed) return;
  commits_->run([this] { committer_->complete_job(); }, [this] { stage_ = Stage::finished; });
}

void SinkCoordinator::restore(std::int64_t checkpoint_id, std::string_view state) {
  if (state.empty()) return;
  restored_checkpoint_ = checkpoint_id;
  restored_state_ = state;
}

std::string SinkCoordinator::checkpoint(std::int64_t checkpoint_id) {
  begun_.insert(checkpoint_id);
  having_[checkpoint_id] = committed_through_;
  SinkState state;
  state.jobs = jobs_;
  state.schema = committer_->committable_schema();
  state.all_ended = true;
  for (Subtask& writer : subtasks_) {
    for (Held& held : writer.held) {
      if (held.checkpoint == unsealed) held.checkpoint = checkpoint_id;
    }
    if (!writer.ended) {
      state.all_ended = false;
      continue;
    }
    if (writer.ended_checkpoint == unsealed) writer.ended_checkpoint = checkpoint_id;
    state.committables.insert(state.committables.end(), writer.held.begin(), writer.held.end());
  }
  for (auto& due : commits_->queue().committables()) state.committables.push_back(std::move(due));
  return sink_state_bytes(state);
}

void SinkCoordinator::checkpoint_complete(std::int64_t checkpoint_id) {
  complete_ = std::max(complete_, checkpoint_id);
  commit_held(checkpoint_id);
  begun_.erase(begun_.begin(), begun_.upper_bound(checkpoint_id));
  having_.erase(having_.begin(), having_.upper_bound(checkpoint_id));
  const auto taken_over = having_.empty() ? checkpoint_id : having_.begin()->second;
  for (int subtask = 0; subtask < context_->parallelism(); ++subtask) {
    context_->send_unordered_event(subtask, checkpoint_event(sink_event::taken_over, taken_over));
  }
}

void SinkCoordinator::checkpoint_aborted(std::int64_t checkpoint_id) {
  begun_.erase(checkpoint_id);
  having_.erase(checkpoint_id);
  std::set<SubtaskAttempt> unnamed;
  std::erase_if(set_aside_, [&](SetAside& one) {
    if (one.named_by.erase(checkpoint_id) == 0 || !one.named_by.empty()) return false;
    unnamed.insert({one.subtask, one.held.attempt});
    return true;
  });
  for (const auto& [subtask, attempt] : unnamed) clean_up(subtask, attempt);
}

SinkCoordinator::Committables SinkCoordinator::keep() const {
  Committables all = bytes_of(commits_->queue().committables());
  for (const Subtask& writer : subtasks_) {
    for (const Held& held : writer.restored) all.push_back(held.bytes);
    for (const Held& held : writer.held) all.push_back(held.bytes);
  }
  for (const SetAside& one : set_aside_) all.push_back(one.held.bytes);
  return all;
}

// A checkpoint or savepoint that names them may be restored one day.
SinkCoordinator::Committables SinkCoordinator::keep_at_abort() const {
  Committables all = bytes_of(commits_->queue().committables());
  for (const Subtask& writer : subtasks_) {
    for (const Held& held : writer.restored) all.push_back(held.bytes);
    for (const Held& held : writer.held) {
      if (held.checkpoint == unsealed) continue;
      const bool begun = begun_.lower_bound(held.checkpoint) != begun_.end();
      if (begun || held.checkpoint <= complete_) all.push_back(held.bytes);
    }
  }
  for (const SetAside& one : set_aside_) all.push_back(one.held.bytes);
  return all;
}

// What is due is tried once more, as the checkpoint that it belongs to is complete.
void SinkCoordinator::abort() noexcept {
  if (has_committed() || !commits_) return;
  stage_ = Stage::aborting;
  commits_->last_try();
  commits_->pump();
}

void SinkCoordinator::end_retries() {
  if (stage_ != Stage::finishing) return;
  commits_->end_retries();
  commits_->pump();
}

bool SinkCoordinator::left_uncommitted() const { return commits_ && !commits_->queue().empty(); }

bool SinkCoordinator::busy() const {
  return (commits_ && commits_->running()) || stage_ == Stage::finishing ||
         stage_ == Stage::aborting;
}

// Nothing runs, and nothing can be committed now.
void SinkCoordinator::at_rest() {
  if (stage_ == Stage::finishing && commits_->queue().empty()) {
    stage_ = Stage::committed;
  } else if (stage_ == Stage::aborting) {
    clean_up_at_abort();
  }
}

// Of its own attempts only: where another JobManager has taken the job up, the rest is its.
void SinkCoordinator::clean_up_at_abort() {
  std::vector<SubtaskAttempt> attempts;
  for (std::size_t subtask = 0; subtask < subtasks_.size(); ++subtask) {
    for (const int attempt : subtasks_[subtask].attempts) {
      attempts.push_back({static_cast<int>(subtask), attempt});
    }
  }
  stage_ = Stage::aborted;
  if (left_uncommitted()) {
    context_->warn(
        concat("sink \"", context_->operator_name(), "\": ", commits_->queue().size(),
               " committables that were due could not be committed: ", commits_->why_left()));
  }
  commits_->run(
      [this, attempts = std::move(attempts), keep = keep_at_abort()] {
        try {
          committer_->clean_up_attempts(attempts, keep);
          committer_->abort_job(keep);
        } catch (...) {  // the job has failed already; what is left behind is named as unfinished
        }
      },
      [] {});
}

std::unique_ptr<OperatorCoordinator> make_sink_coordinator(
    std::unique_ptr<SinkCommitter> committer) {
  return std::make_unique<SinkCoordinator>(std::move(committer));
}

}  // namespace flink::detail
