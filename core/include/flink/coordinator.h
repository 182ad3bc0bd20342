// SPDX-License-Identifier: Apache-2.0
// The JobManager's half of a source or sink: hands out splits, commits results. Runs on the
// JobManager's user-code thread (one mailbox, never two calls at once), so it may block. Semantics:
// Flink's OperatorCoordinator.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace flink {

namespace base {
class FileSystem;
}

class CoordinatorContext {
 public:
  virtual ~CoordinatorContext() = default;
  virtual int parallelism() const = 0;
  virtual std::string_view job_id() const = 0;
  virtual std::string_view operator_name() const = 0;
  // True when the job was told that it may write where something is already.
  virtual bool flag(std::string_view name) const = 0;
  // To the running attempt of that subtask; dropped when there is none (it will register again).
  virtual void send_event(int subtask, std::string event) = 0;
  virtual base::FileSystem& file_system() = 0;
  // The effective configuration's value; empty when the key is not set.
  virtual std::string option(std::string_view) const { return {}; }
  // For the log: what people should know, but nothing fails for.
  virtual void warn(const std::string&) const {}
};

class OperatorCoordinator {
 public:
  virtual ~OperatorCoordinator() = default;
  // Once, before any task is deployed. Throws to refuse the job (missing input, output in the way).
  virtual void start(CoordinatorContext& context) = 0;
  // An attempt runs and can take events.
  virtual void subtask_ready(int subtask, int attempt) = 0;
  virtual void handle_event(int subtask, int attempt, std::string_view event) = 0;
  // That attempt is dead and starts again from the beginning: take its work back, drop its results.
  // Called once it can write no more, or its writes can no longer matter.
  virtual void subtask_reset(int subtask, int attempt) = 0;
  // Every task FINISHED: make results visible. Throws when that fails; may be called again.
  virtual void commit() = 0;
  // The job ended otherwise (cancelled, failed): drop what was not committed.
  virtual void abort() noexcept = 0;
};

using CoordinatorFactory = std::function<std::unique_ptr<OperatorCoordinator>()>;

}  // namespace flink
