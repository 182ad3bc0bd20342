// SPDX-License-Identifier: Apache-2.0
// The untyped half of a sink on the JobManager: committables by subtask, attempt and checkpoint.
#include <flink/check.h>
#include <flink/detail/operator_items.h>
#include <flink/detail/sink_coordinator.h>
#include <flink/error.h>
#include <flink/sink.h>

#include <algorithm>
#include <optional>
#include <set>

#include "endpoints/sink_commits.h"

namespace flink::detail {
namespace {

// What checkpoint() gives, behind a version byte.
struct State {
  std::vector<std::string> jobs;  // that wrote to this sink, the first one first
  bool all_ended = false;
  std::string schema;                     // of a committable
  std::vector<std::string> committables;  // of subtasks that have ended, and due ones
};
constexpr char state_version = 1;

// A committable of checkpoint N is held until checkpoint_complete(N) or later; then it is due, and
// in the queue until it is committed. The subtask that sent it holds it too, in its own state,
// until it is due; what finished subtasks sent, and what is due, is in checkpoint()'s state. After
// a restore every subtask sends the committables of the restored checkpoint again; they are due as
// they come.
//
// The committer's calls may block, and run elsewhere, one at a time
// (CoordinatorContext::run_async): checkpoints and events go on meanwhile.
class SinkCoordinator final : public OperatorCoordinator {
 public:
  explicit SinkCoordinator(std::unique_ptr<SinkCommitter> committer)
      : committer_(std::move(committer)) {}
  void start(CoordinatorContext& context) override;
  void subtask_ready(int subtask, int attempt) override;
  void handle_event(int subtask, int attempt, std::string_view event) override;
  bool commits(std::string_view event) const override {
    return event.starts_with(sink_event::all_restored);
  }
  void subtask_reset(int subtask, int attempt, std::int64_t checkpoint_id) override;
  void commit() override;
  void restore(std::int64_t checkpoint_id, std::string_view state) override;
  std::string checkpoint(std::int64_t checkpoint_id) override;
  void checkpoint_complete(std::int64_t checkpoint_id) override;
  void checkpoint_aborted(std::int64_t checkpoint_id) override;
  void abort() noexcept override;
  bool busy() const override;

 private:
  using Committables = SinkCommitter::Committables;
  // Sent at the end of input; no checkpoint has begun since.
  static constexpr std::int64_t unsealed = INT64_MAX;

  struct Held {
    int attempt = 0;
    std::int64_t checkpoint = unsealed;  // the first that it is part of
    std::string bytes;
    bool of_end = false;  // of input
  };
  struct Subtask {
    int attempt_min = 0;     // older ones no longer count
    std::set<int> attempts;  // that may have written something, and are not taken back
    bool ended = false;
    int ended_attempt = 0;
    std::int64_t ended_checkpoint = unsealed;  // the first that began afterwards
    std::vector<Held> held;
    std::vector<Held> restored;  // until all have come
  };
  // Of a dead attempt, taken back since; a savepoint may name it.
  struct SetAside {
    int subtask = 0;
    Held held;
    std::set<std::int64_t> named_by;  // begun, not aborted
  };
  Subtask& at(int subtask);
  void set_aside(int subtask, int attempt, std::int64_t checkpoint_id);
  void commit_restored(int subtask);
  Committables read_state();
  void commit_held(std::int64_t up_to);
  void clean_up_earlier_runs_once();
  void clean_up(int subtask, int attempt);
  void at_rest();
  void clean_up_at_abort();
  Committables keep() const;
  Committables keep_at_abort() const;

  CoordinatorContext* context_ = nullptr;
  std::unique_ptr<SinkJobContext> job_;
  std::unique_ptr<SinkCommitter> committer_;
  std::vector<Subtask> subtasks_;
  std::vector<SetAside> set_aside_;
  std::set<int> restoring_;         // subtasks whose restored committables have not all come
  bool earlier_runs_left_ = false;  // to be cleaned up once they have
  std::set<std::int64_t> begun_;    // checkpoints that are, or may yet be, durable
  std::int64_t complete_ = no_checkpoint;
  // Everything of that checkpoint of this run, and before, is committed.
  std::int64_t committed_through_ = no_checkpoint;
  std::optional<std::int64_t> restored_checkpoint_;
  std::string restored_state_;            // until start()
  std::vector<std::string> jobs_;         // that wrote to this sink, this one last
  std::set<std::string> due_from_state_;  // until all have come: subtasks may send them too
  std::unique_ptr<SinkCommits> commits_;  // what is due
  enum class Stage : unsigned char { open, finishing, finished, aborting, aborted };
  Stage stage_ = Stage::open;
};

SinkCoordinator::Subtask& SinkCoordinator::at(int subtask) {
  FLINK_CHECK(subtask >= 0 && subtask < static_cast<int>(subtasks_.size()), subtask,
              subtasks_.size());
  return subtasks_[static_cast<std::size_t>(subtask)];
}

void SinkCoordinator::start(CoordinatorContext& context) {
  context_ = &context;
  committer_->open(context);
  subtasks_.resize(static_cast<std::size_t>(context.parallelism()));
  Committables of_ended;
  if (restored_checkpoint_) {
    of_ended = read_state();
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
  due_from_state_ = {of_ended.begin(), of_ended.end()};
  for (auto& bytes : of_ended) commits_->add(*restored_checkpoint_, std::move(bytes));
  commits_->pump();
}

// Gives the committables that are due, as the checkpoint is durable.
SinkCoordinator::Committables SinkCoordinator::read_state() {
  const std::string bytes = std::exchange(restored_state_, {});
  if (bytes.front() != state_version) {
    throw Error{ErrorKind::user,
                concat("state of sink \"", context_->operator_name(), "\": it has version ",
                       static_cast<int>(bytes.front()), ", this build reads version ",
                       static_cast<int>(state_version), "; restore with the newer build")};
  }
  State state = from_bytes<State>(std::string_view{bytes}.substr(1));
  jobs_ = std::move(state.jobs);
  if (state.all_ended) {
    for (Subtask& writer : subtasks_) {
      writer.ended = true;
      writer.ended_attempt = -1;
      writer.ended_checkpoint = *restored_checkpoint_;
    }
  }
  return committer_->converted(state.schema, state.committables);
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
  if (kind == sink_event::committable || kind == sink_event::restored) {
    ByteReader reader{event.substr(1)};
    const auto id = reader.fixed<std::int64_t>("the id of a checkpoint");
    Held held{attempt, id, std::string{reader.bytes(reader.remaining())}, id == no_checkpoint};
    if (held.of_end) held.checkpoint = unsealed;
    (kind == sink_event::restored ? writer.restored : writer.held).push_back(std::move(held));
  } else if (kind == sink_event::sealed) {
    const auto id = ByteReader{event.substr(1)}.fixed<std::int64_t>("the id of a checkpoint");
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
    throw Error{
        ErrorKind::internal,
        concat("sink \"", context_->operator_name(), "\": an event of unknown kind and ",
               event.size(), " bytes arrived; the processes of this job are of different builds")};
  }
}

void SinkCoordinator::commit_restored(int subtask) {
  Subtask& writer = at(subtask);
  for (Held& held : std::exchange(writer.restored, {})) {
    if (held.checkpoint <= committed_through_ || due_from_state_.contains(held.bytes)) continue;
    commits_->add(held.checkpoint, std::move(held.bytes));
  }
  restoring_.erase(subtask);
  if (restoring_.empty()) clean_up_earlier_runs_once();
  commits_->pump();
}

void SinkCoordinator::clean_up_earlier_runs_once() {
  due_from_state_.clear();
  if (!std::exchange(earlier_runs_left_, false)) return;
  commits_->run_next(
      [this] { return [this, keep = keep()] { committer_->clean_up_earlier_runs(keep); }; });
}

void SinkCoordinator::clean_up(int subtask, int attempt) {
  commits_->run_next([this, subtask, attempt] {
    return [this, subtask, attempt, keep = keep()] {
      committer_->clean_up_attempt(subtask, attempt, keep);
    };
  });
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
      if (held.checkpoint <= up_to) commits_->add(held.checkpoint, held.bytes);
    }
    std::erase_if(writer.held, [up_to](const Held& held) { return held.checkpoint <= up_to; });
  }
  committed_through_ = std::max(committed_through_, up_to);
  commits_->pump();
}

void SinkCoordinator::commit() {
  if (stage_ == Stage::finished) return;
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

void SinkCoordinator::restore(std::int64_t checkpoint_id, std::string_view state) {
  if (state.empty()) return;
  restored_checkpoint_ = checkpoint_id;
  restored_state_ = state;
}

std::string SinkCoordinator::checkpoint(std::int64_t checkpoint_id) {
  begun_.insert(checkpoint_id);
  State state;
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
    for (const Held& held : writer.held) state.committables.push_back(held.bytes);
  }
  for (auto& due : commits_->queue().committables()) state.committables.push_back(std::move(due));
  return state_version + to_bytes(state);
}

void SinkCoordinator::checkpoint_complete(std::int64_t checkpoint_id) {
  complete_ = std::max(complete_, checkpoint_id);
  commit_held(checkpoint_id);
  begun_.erase(begun_.begin(), begun_.upper_bound(checkpoint_id));
}

void SinkCoordinator::checkpoint_aborted(std::int64_t checkpoint_id) {
  begun_.erase(checkpoint_id);
  std::set<std::pair<int, int>> unnamed;  // subtask, attempt
  std::erase_if(set_aside_, [&](SetAside& one) {
    if (one.named_by.erase(checkpoint_id) == 0 || !one.named_by.empty()) return false;
    unnamed.emplace(one.subtask, one.held.attempt);
    return true;
  });
  for (const auto& [subtask, attempt] : unnamed) clean_up(subtask, attempt);
}

SinkCoordinator::Committables SinkCoordinator::keep() const {
  Committables all = commits_->queue().committables();
  for (const Subtask& writer : subtasks_) {
    for (const Held& held : writer.restored) all.push_back(held.bytes);
    for (const Held& held : writer.held) all.push_back(held.bytes);
  }
  for (const SetAside& one : set_aside_) all.push_back(one.held.bytes);
  return all;
}

// A checkpoint or savepoint that names them may be restored one day.
SinkCoordinator::Committables SinkCoordinator::keep_at_abort() const {
  Committables all = commits_->queue().committables();
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
  if (stage_ == Stage::finished || !commits_) return;
  stage_ = Stage::aborting;
  commits_->last_try();
  commits_->pump();
}

bool SinkCoordinator::busy() const {
  return (commits_ && commits_->running()) || stage_ == Stage::finishing ||
         stage_ == Stage::aborting;
}

// Nothing runs, and nothing can be committed now.
void SinkCoordinator::at_rest() {
  if (stage_ == Stage::finishing && commits_->queue().empty()) {
    commits_->run([this] { committer_->complete_job(); }, [this] { stage_ = Stage::finished; });
  } else if (stage_ == Stage::aborting) {
    clean_up_at_abort();
  }
}

// Of its own attempts only: where another JobManager has taken the job up, the rest is its.
void SinkCoordinator::clean_up_at_abort() {
  std::vector<std::pair<int, int>> attempts;
  for (std::size_t subtask = 0; subtask < subtasks_.size(); ++subtask) {
    for (const int attempt : subtasks_[subtask].attempts) {
      attempts.emplace_back(static_cast<int>(subtask), attempt);
    }
  }
  stage_ = Stage::aborted;
  commits_->run(
      [this, attempts = std::move(attempts), keep = keep_at_abort()] {
        try {
          for (const auto& [subtask, attempt] : attempts) {
            committer_->clean_up_attempt(subtask, attempt, keep);
          }
          committer_->abort_job(keep);
        } catch (...) {  // the job has failed already; what is left behind is named as unfinished
        }
      },
      [] {});
}

}  // namespace

std::unique_ptr<OperatorCoordinator> make_sink_coordinator(
    std::unique_ptr<SinkCommitter> committer) {
  return std::make_unique<SinkCoordinator>(std::move(committer));
}

std::string committable_event(char kind, std::int64_t checkpoint_id, std::string_view committable) {
  std::string event(1, kind);
  ByteWriter writer{event};
  writer.fixed(checkpoint_id);
  writer.raw(committable);
  writer.finish();
  return event;
}

}  // namespace flink::detail
