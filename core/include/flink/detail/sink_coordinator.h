// SPDX-License-Identifier: Apache-2.0
// A sink on the JobManager: which committables wait for which checkpoint. The untyped half is
// compiled once (src/connectors). Runs on the user-code thread.
//
// A committable of checkpoint N is held until checkpoint_complete(N) or later. The subtask that
// sent it holds it too, in its own state, until then; what finished subtasks sent is in
// checkpoint()'s state instead. After a restore every subtask sends the committables of the
// restored checkpoint again; they are committed as they come.
#pragma once

#include <flink/coordinator.h>

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace flink {

class SinkJobContext;

namespace detail {

// Subtask to coordinator. Behind the byte of `committable` and `restored`: the checkpoint's id (8
// bytes, no_checkpoint at the end of input) and the committable.
namespace sink_event {
constexpr char committable = 'c';
constexpr char all = 'a';           // the input has ended, nothing more will come
constexpr char sealed = 's';        // those of the end of input are part of that checkpoint
constexpr char restored = 'r';      // of the checkpoint that the subtask was restored from
constexpr char all_restored = 'R';  // those were all
}  // namespace sink_event

std::string committable_event(char kind, std::int64_t checkpoint_id, std::string_view committable);
[[noreturn]] void throw_commit_failed(std::string_view sink, const std::string& reason,
                                      int retries);
// However often it is tried.
[[noreturn]] void throw_commit_impossible(std::string_view sink, const std::string& reason);
int committer_retries(const CoordinatorContext& context);

class SinkCoordinator : public OperatorCoordinator {
 public:
  SinkCoordinator();
  ~SinkCoordinator() override;
  void start(CoordinatorContext& context) final;
  void subtask_ready(int subtask, int attempt) final;
  void handle_event(int subtask, int attempt, std::string_view event) final;
  void subtask_reset(int subtask, int attempt, std::int64_t checkpoint_id) final;
  void commit() final;
  void restore(std::int64_t checkpoint_id, std::string_view state) final;
  std::string checkpoint(std::int64_t checkpoint_id) final;
  void checkpoint_complete(std::int64_t checkpoint_id) final;
  void checkpoint_aborted(std::int64_t checkpoint_id) final;
  void abort() noexcept final;

 protected:
  using Committables = std::vector<std::string>;
  virtual void create_committer(SinkJobContext& context) = 0;
  virtual std::string committable_schema() const = 0;
  // As this job writes them.
  virtual Committables converted(std::string_view schema, const Committables& committables) = 0;
  // Throws when it cannot; then it may be called again with the same.
  virtual void commit_all(const Committables& committables) = 0;
  virtual void prepare_job() = 0;
  virtual void clean_up_attempt(int subtask, int attempt, const Committables& keep) = 0;
  virtual void clean_up_earlier_runs(const Committables& keep) = 0;
  virtual void complete_job() = 0;
  virtual void abort_job(const Committables& keep) = 0;
  CoordinatorContext& coordinator_context() const noexcept { return *context_; }

 private:
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
  Committables keep() const;
  Committables keep_at_abort() const;

  CoordinatorContext* context_ = nullptr;
  std::unique_ptr<SinkJobContext> job_;
  std::vector<Subtask> subtasks_;
  std::vector<SetAside> set_aside_;
  std::set<int> restoring_;         // subtasks whose restored committables have not all come
  bool earlier_runs_left_ = false;  // to be cleaned up once they have
  std::set<std::int64_t> begun_;    // checkpoints that are, or may yet be, durable
  std::int64_t complete_ = no_checkpoint;
  // Everything of that checkpoint of this run, and before, is committed.
  std::int64_t committed_through_ = no_checkpoint;
  std::optional<std::int64_t> restored_checkpoint_;
  std::string restored_state_;     // until start()
  std::vector<std::string> jobs_;  // that wrote to this sink, this one last
  bool committed_ = false;
};

}  // namespace detail
}  // namespace flink
