// SPDX-License-Identifier: Apache-2.0
// The public shape of a sink (Flink, "Sinks", FLIP-143/191): a Sink makes one SinkWriter in each
// subtask. A sink whose results must become visible all or none also derives from
// SupportsCommitter: its writers hand over committables, and one Committer on the JobManager
// publishes them. With checkpoints that happens at each one, once it is complete and durable; the
// committables are part of it, so that after a failure they are committed again. Without, it
// happens once, when the whole job has finished. A sink whose writers keep state of their own also
// derives from SupportsWriterState.
//
// Threads: a Sink is const and shared, also between threads. A writer runs on the slot of its task
// and must not block: long writes go through context.runtime().run_blocking(). A Committer runs on
// the JobManager and may block: checkpoints go on meanwhile. Its calls come one at a time, though
// not always from the same thread.
#pragma once

#include <flink/base/chrono.h>
#include <flink/base/memory.h>
#include <flink/graph/coordinator.h>
#include <flink/graph/operator.h>

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace flink {

// What a writer knows and can do. Valid as long as the writer.
class WriterInitContext {
 public:
  virtual ~WriterInitContext() = default;
  virtual RuntimeContext& runtime() = 0;
  virtual ConnectorContext& connector() const = 0;
  base::FileSystem& file_system() const { return connector().file_system(); }
  base::Network* network() const { return connector().network(); }
  std::string option(std::string_view key) const { return connector().option(key); }
  // Monotonic; virtual under simulation. Do not ask the system.
  virtual std::chrono::nanoseconds now() const = 0;
  // Since 1970-01-01 UTC, in milliseconds.
  virtual std::int64_t wall_millis() const = 0;
  // Nothing: the job starts afresh.
  virtual std::optional<std::int64_t> restored_checkpoint_id() const = 0;
  // The newest checkpoint that the writer has been through, or was restored from: what it writes
  // from now on belongs to a later one. no_checkpoint: there is none.
  virtual std::int64_t newest_checkpoint_id() const = 0;
};

template <class T>
class SinkWriter {
 public:
  // Also after a failure; gives back what the writer holds, publishes nothing.
  virtual ~SinkWriter() = default;
  virtual void write(const T& record) = 0;
  // What arrived together; records and the bytes that their views point into live until it returns.
  virtual void write_batch(std::span<const T> records) {
    for (const T& record : records) write(record);
  }
  // Before each checkpoint and at the end: nothing may rest in the writer afterwards.
  virtual void flush(bool end_of_input) = 0;
};

// A mix-in for writers with state; see SupportsWriterState.
template <class StateT>
class StatefulSinkWriter {
 public:
  virtual ~StatefulSinkWriter() = default;
  // After flush(). On a restore each piece goes to one writer.
  virtual std::vector<StateT> snapshot_state(std::int64_t checkpoint_id) = 0;
};

// The writer of a sink with a committer.
template <class T, class CommT>
class CommittingSinkWriter : public SinkWriter<T> {
 public:
  // After flush(): what has been written since the last call, to be published later. It must last
  // from now on, whatever happens to this process or machine.
  virtual std::vector<CommT> prepare_commit() = 0;
};

template <class T>
class Sink {
 public:
  using record_type = T;

  virtual ~Sink() = default;
  virtual std::unique_ptr<SinkWriter<T>> create_writer(WriterInitContext& context) const = 0;
};

// One committable and what became of it. A request on which nothing is called has been committed.
template <class CommT>
class CommitRequest {
 public:
  enum class State : unsigned char { received, retry, failed, committed };

  explicit CommitRequest(CommT committable) : committable_(std::move(committable)) {}
  const CommT& committable() const noexcept { return committable_; }
  int number_of_retries() const noexcept { return retries_; }

  // Not now: commit() is called again with it, `sink.committer.retries` times at most.
  void retry_later(std::string reason) {
    state_ = State::retry;
    reason_ = std::move(reason);
  }
  void update_and_retry_later(CommT committable, std::string reason) {
    committable_ = std::move(committable);
    retry_later(std::move(reason));
  }
  // An earlier commit() had done it.
  void signal_already_committed() { state_ = State::committed; }
  // It cannot be committed and that is understood: it is given up, the job goes on.
  void signal_failed_with_known_reason(std::string reason) {
    state_ = State::failed;
    reason_ = std::move(reason);
    known_ = true;
  }
  // It cannot be committed: the job fails.
  void signal_failed_with_unknown_reason(std::string reason) {
    state_ = State::failed;
    reason_ = std::move(reason);
    known_ = false;
  }

  // For the runtime.
  State state() const noexcept { return state_; }
  bool reason_known() const noexcept { return known_; }
  const std::string& reason() const noexcept { return reason_; }
  void begin(int retries) {
    state_ = State::received;
    retries_ = retries;
  }

 private:
  CommT committable_;
  State state_ = State::received;
  bool known_ = false;
  int retries_ = 0;
  std::string reason_;
};

// The job as a sink sees it on the JobManager.
class SinkJobContext {
 public:
  SinkJobContext(CoordinatorContext& context, std::optional<std::int64_t> restored_checkpoint_id,
                 std::vector<std::string> earlier_job_ids)
      : context_(&context),
        restored_checkpoint_id_(restored_checkpoint_id),
        earlier_job_ids_(std::move(earlier_job_ids)) {}
  std::string_view job_id() const { return context_->job_id(); }
  std::string_view operator_name() const { return context_->operator_name(); }
  int parallelism() const { return context_->parallelism(); }
  // A configuration key that is true.
  bool flag(std::string_view name) const { return context_->flag(name); }
  std::string option(std::string_view key) const { return context_->option(key); }
  std::string_view operator_id() const { return context_->operator_id(); }
  ConnectorContext& connector() const { return *context_; }
  base::FileSystem& file_system() const { return context_->file_system(); }
  void warn(const std::string& text) const { context_->warn(text); }
  // What names a committable and has a greater id is no savepoint.
  std::int64_t newest_savepoint() const { return context_->newest_savepoint(); }
  // Nothing: the sink starts afresh.
  std::optional<std::int64_t> restored_checkpoint_id() const { return restored_checkpoint_id_; }
  // The jobs whose results this one continues: from the first that wrote to the one restored from.
  const std::vector<std::string>& earlier_job_ids() const { return earlier_job_ids_; }

 private:
  CoordinatorContext* context_;
  std::optional<std::int64_t> restored_checkpoint_id_;
  std::vector<std::string> earlier_job_ids_;
};

// One for the job; lives as long as the JobManager runs it.
template <class CommT>
class Committer {
 public:
  virtual ~Committer() = default;
  // May see a committable again whose commit's outcome got lost, also after a restart of the
  // JobManager: must be idempotent. A thrown Error fails the attempt for all of them.
  virtual void commit(std::vector<CommitRequest<CommT>>& requests) = 0;

  // ---- for committers that look after the place they publish to. `keep`: committables that may
  // still be committed, by this job or by one that is restored from its checkpoints.
  // Before any task runs: throws Error to refuse the job (output in the way, no rights).
  virtual void prepare_job() {}
  // That attempt is dead: drop what it wrote, but `keep`.
  virtual void clean_up_attempt(int /*subtask*/, int /*attempt*/,
                                const std::vector<CommT>& /*keep*/) {}
  // The same for several: those of a restart or of the job's end, so that one look will do. By
  // default each for itself.
  virtual void clean_up_attempts(const std::vector<SubtaskAttempt>& dead,
                                 const std::vector<CommT>& keep) {
    for (const auto& [subtask, attempt] : dead) clean_up_attempt(subtask, attempt, keep);
  }
  // After a restore, once its committables are committed: drop what was there, uncommitted, when
  // prepare_job() was called, but `keep`.
  virtual void clean_up_earlier_runs(const std::vector<CommT>& /*keep*/) {}
  // The job has finished, everything is committed, of its other sinks too.
  virtual void complete_job() {}
  // The job ended otherwise: drop what it wrote and did not commit, but `keep`.
  virtual void abort_job(const std::vector<CommT>& /*keep*/) {}
};

template <class CommT>
class SupportsCommitter {
 public:
  using committable_type = CommT;

  virtual ~SupportsCommitter() = default;
  // CommT is any serializable type. The context lives as long as the committer.
  virtual std::unique_ptr<Committer<CommT>> create_committer(SinkJobContext& context) const = 0;
};

// The writers are StatefulSinkWriter<StateT> too; StateT is any serializable type.
template <class T, class StateT>
class SupportsWriterState {
 public:
  using writer_state_type = StateT;

  virtual ~SupportsWriterState() = default;
  // In place of create_writer(); `state`: what it goes on with, of one writer, several or none.
  virtual std::unique_ptr<SinkWriter<T>> restore_writer(WriterInitContext& context,
                                                        std::vector<StateT> state) const = 0;
};

}  // namespace flink
