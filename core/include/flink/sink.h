// SPDX-License-Identifier: Apache-2.0
// The public shape of a sink (Flink, "Sinks", FLIP-143/191): a Sink makes one SinkWriter in each
// subtask. A sink whose results must become visible all or none also derives from
// SupportsCommitter: its writers end by handing over committables, and one Committer on the
// JobManager publishes them.
//
// Threads: a Sink is const and shared, also between threads. A writer runs on the slot of its task
// and must not block: long writes go through context.runtime().run_blocking(). Committer and job
// hooks run on the JobManager's user-code thread and may block.
#pragma once

#include <flink/coordinator.h>
#include <flink/operator.h>

#include <memory>
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
  virtual base::FileSystem& file_system() = 0;
  virtual base::Network* network() = 0;  // null: no sockets here
  virtual std::string option(std::string_view key) const = 0;
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
  // Before a checkpoint and at the end: nothing may rest in the writer afterwards.
  virtual void flush(bool end_of_input) = 0;
};

// The writer of a sink with a committer.
template <class T, class CommT>
class CommittingSinkWriter : public SinkWriter<T> {
 public:
  // After flush(): what has been written since the last call, to be published later.
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

template <class CommT>
class Committer {
 public:
  virtual ~Committer() = default;
  // May see a committable again whose commit's outcome got lost: must be idempotent. A thrown Error
  // fails the attempt for all of them.
  virtual void commit(std::vector<CommitRequest<CommT>>& requests) = 0;
};

// The job as a sink sees it on the JobManager.
class SinkJobContext {
 public:
  explicit SinkJobContext(CoordinatorContext& context) : context_(&context) {}
  std::string_view job_id() const { return context_->job_id(); }
  std::string_view operator_name() const { return context_->operator_name(); }
  int parallelism() const { return context_->parallelism(); }
  // A configuration key that is true.
  bool flag(std::string_view name) const { return context_->flag(name); }
  std::string option(std::string_view key) const { return context_->option(key); }
  base::FileSystem& file_system() const { return context_->file_system(); }

 private:
  CoordinatorContext* context_;
};

template <class CommT>
class SupportsCommitter {
 public:
  using committable_type = CommT;

  virtual ~SupportsCommitter() = default;
  // CommT is any serializable type.
  virtual std::unique_ptr<Committer<CommT>> create_committer(SinkJobContext& context) const = 0;
};

// For sinks that have something to do once a job, not once a writer.
class SupportsJobHooks {
 public:
  virtual ~SupportsJobHooks() = default;
  // Before any task runs: throws Error to refuse the job (output in the way, no rights).
  virtual void prepare_job(SinkJobContext&) const {}
  // That attempt is dead and its results do not count: drop what it left behind.
  virtual void clean_up_attempt(SinkJobContext&, int /*subtask*/, int /*attempt*/) const {}
  // Everything is committed.
  virtual void complete_job(SinkJobContext&) const {}
  // The job ended otherwise: drop what was not committed.
  virtual void abort_job(SinkJobContext&) const {}
};

}  // namespace flink

#include <flink/detail/sink_runtime.h>  // install_sink(), for sink_to
