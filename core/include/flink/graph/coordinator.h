// SPDX-License-Identifier: Apache-2.0
// The JobManager's half of a source or sink: hands out splits, commits results. Runs on a thread of
// its own (one mailbox, never two calls at once): one that blocks holds up no other, but its own
// events and checkpoints, unless it has its work run apart. Semantics: Flink's OperatorCoordinator.
// When a call throws, all of the job's coordinators are destroyed, and made anew from the newest
// checkpoint: restore(), start(). No task runs meanwhile, and events of attempts before that do not
// come. With an Error{user} the job fails.
#pragma once

#include <flink/base/chrono.h>
#include <flink/base/functional.h>
#include <flink/base/maker.h>
#include <flink/base/memory.h>
#include <flink/graph/connector_context.h>

#include <compare>
#include <cstdint>
#include <exception>
#include <limits>
#include <string>
#include <string_view>
#include <utility>

namespace flink {

class CoordinatorContext : public ConnectorContext {
 public:
  virtual int parallelism() const = 0;
  virtual std::string_view job_id() const = 0;
  virtual std::string_view operator_name() const = 0;
  // True when the job was told that it may write where something is already.
  virtual bool flag(std::string_view name) const = 0;
  // To the running attempt of that subtask; dropped when there is none (it will register again).
  virtual void send_event(int subtask, std::string event) = 0;
  // The same, but it may come on either side of a barrier, and holds up no checkpoint.
  virtual void send_unordered_event(int subtask, std::string event) {
    send_event(subtask, std::move(event));
  }
  // No savepoint of this job has a greater id, whoever ran it then; 0: there is none.
  // Unknown, too, when another JobManager has the job, or may have.
  virtual std::int64_t newest_savepoint() const { return savepoints_unknown; }
  static constexpr std::int64_t savepoints_unknown = std::numeric_limits<std::int64_t>::max();
  // Runs `work`, which may block, apart from the coordinator's calls, one after another; then
  // `done` among these, with what `work` threw or null. Neither is run once the coordinator is
  // destroyed, nor when another JobManager has the job. Here: at once.
  virtual void run_async(std::function<void()> work, std::function<void(std::exception_ptr)> done) {
    std::exception_ptr error;
    try {
      work();
    } catch (...) {
      error = std::current_exception();
    }
    done(error);
  }
  // Calls it among the coordinator's calls after that time, unless a call has thrown since. Here:
  // at once.
  virtual void run_after(std::chrono::nanoseconds /*delay*/, std::function<void()> call) { call(); }
  // This operator's watermark is that now (milliseconds): the least one of all operators of the job
  // that have said one in that group, since the coordinators started. Any thread. Here: its own.
  virtual std::int64_t align_watermark(std::string_view /*group*/, std::int64_t millis) {
    return millis;
  }
  // For the log: what people should know, but nothing fails for.
  virtual void warn(const std::string&) const {}
};

constexpr std::int64_t no_checkpoint = -1;

// One life of a subtask.
struct SubtaskAttempt {
  int subtask = 0;
  int attempt = 0;
  friend auto operator<=>(const SubtaskAttempt&, const SubtaskAttempt&) = default;
};

class OperatorCoordinator {
 public:
  virtual ~OperatorCoordinator() = default;
  // Once, before any task is deployed. Throws to refuse the job (missing input, output in the way).
  virtual void start(CoordinatorContext& context) = 0;
  // An attempt runs and can take events.
  virtual void subtask_ready(int subtask, int attempt) = 0;
  virtual void handle_event(int subtask, int attempt, std::string_view event) = 0;
  // Whether handling that event may commit something or remove what others wrote: then it is looked
  // first whether another JobManager has taken the job over.
  virtual bool commits(std::string_view /*event*/) const { return false; }
  // That attempt is dead; its successor starts from that checkpoint (no_checkpoint: from the
  // beginning): take back the work it was given since, drop its results since. Called once it can
  // write no more, or its writes can no longer matter.
  virtual void subtask_reset(int subtask, int attempt, std::int64_t checkpoint_id) = 0;
  // Every task FINISHED: make results visible. Throws when that fails; may be called again.
  virtual void commit() = 0;
  // Every coordinator of the job has committed: none will be asked to again, and what is kept for
  // that case may go. Throws when that fails; may be called again.
  virtual void all_committed() {}

  // ---- checkpoints
  // Before start(): the state that checkpoint() gave for that checkpoint, of this job or an earlier
  // run of it. Not called when the checkpoint has nothing of this operator.
  virtual void restore(std::int64_t /*checkpoint_id*/, std::string_view /*state*/) {}
  // Its own state, as of now. Until the barrier has passed a subtask, events to that subtask are
  // held back, and what it sent before the barrier has arrived before its results count.
  virtual std::string checkpoint(std::int64_t /*checkpoint_id*/) { return {}; }
  // That one and all older ones are durable: commit what belongs to them. Throws when that fails.
  virtual void checkpoint_complete(std::int64_t /*checkpoint_id*/) {}
  virtual void checkpoint_aborted(std::int64_t /*checkpoint_id*/) {}
  // The job is cancelled while commit() is under way: what fails now fails for good.
  virtual void end_retries() {}
  // The job ended otherwise (cancelled, failed): drop what was not committed.
  virtual void abort() noexcept = 0;
  // Once abort() is over: what belongs to a durable checkpoint could not be committed. The newest
  // one is kept, so that a job restored from it can.
  virtual bool left_uncommitted() const { return false; }
  // What commit(), all_committed() or abort() began is still under way (run_async, run_after).
  virtual bool busy() const { return false; }
};

using CoordinatorFactory = detail::MakerOf<OperatorCoordinator>;

}  // namespace flink
