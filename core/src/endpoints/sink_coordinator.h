// SPDX-License-Identifier: Apache-2.0
// The untyped half of a sink on the JobManager: committables by subtask, attempt and checkpoint.
#pragma once

#include <flink/endpoints/sink_coordinator.h>
#include <flink/sink.h>

#include <map>
#include <optional>
#include <set>

#include "endpoints/sink_commits.h"

namespace flink::detail {

// A committable of checkpoint N is held until checkpoint_complete(N) or later; then it is due, and
// in the queue until it is committed. The subtask that sent it holds it too, in its own state,
// until it hears that this coordinator's states have it which its own next ones go with: those that
// were given since it was due. What finished subtasks sent, and what is due, is in checkpoint()'s
// state. After a restore every subtask sends the committables that it holds again; they are due as
// they come, unless they were in this coordinator's state.
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
  void all_committed() override;
  void restore(std::int64_t checkpoint_id, std::string_view state) override;
  std::string checkpoint(std::int64_t checkpoint_id) override;
  void checkpoint_complete(std::int64_t checkpoint_id) override;
  void checkpoint_aborted(std::int64_t checkpoint_id) override;
  void end_retries() override;
  void abort() noexcept override;
  bool left_uncommitted() const override;
  bool busy() const override;

 private:
  using Committables = SinkCommitter::Committables;
  using Placed = std::vector<PlacedCommittable>;
  // Sent at the end of input; no checkpoint has begun since.
  static constexpr std::int64_t unsealed = INT64_MAX;

  struct Held : PlacedCommittable {  // checkpoint: may be unsealed
    int attempt = 0;
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
  static Held held_of(int attempt, std::string_view event);
  void commit_restored(int subtask);
  bool is_new(const Held& restored);
  Placed read_state();
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
  std::vector<SubtaskAttempt> dead_;  // to be cleaned up
  std::set<int> restoring_;           // subtasks whose restored committables have not all come
  bool earlier_runs_left_ = false;    // to be cleaned up once they have
  std::set<std::int64_t> begun_;      // checkpoints that are, or may yet be, durable
  // Of those that may yet be complete: the state has, unless it is committed, everything of that
  // checkpoint and before.
  std::map<std::int64_t, std::int64_t> having_;
  std::int64_t complete_ = no_checkpoint;
  // Everything of that checkpoint of this run, and before, is committed.
  std::int64_t committed_through_ = no_checkpoint;
  std::optional<std::int64_t> restored_checkpoint_;
  std::string restored_state_;     // until start()
  std::vector<std::string> jobs_;  // that wrote to this sink, this one last
  // Of the checkpoint restored from: they have been due, until a newer one is complete.
  std::set<CommittableId> restored_ids_;
  // Of old builds' states, by their bytes, until all have come: subtasks may send them too.
  std::multimap<std::string, CommittableId> unidentified_;
  std::unique_ptr<SinkCommits> commits_;  // what is due
  enum class Stage : unsigned char { open, finishing, committed, finished, aborting, aborted };
  bool has_committed() const { return stage_ == Stage::committed || stage_ == Stage::finished; }
  Stage stage_ = Stage::open;
};

}  // namespace flink::detail
