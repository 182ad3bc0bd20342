// SPDX-License-Identifier: Apache-2.0
#include "jobmanager/checkpoint_operations.h"

#include <flink/base/check.h>
#include <flink/error.h>

#include <utility>

#include "checkpoint/storage.h"

namespace flink::jobmanager {

rest::OperationStart CheckpointOperations::start(const rest::OperationRequest& request) {
  using rest::OperationKind;
  const auto trigger =
      request.trigger_id.empty() ? base::JobId::random(effects_.random).hex() : request.trigger_id;
  try {
    switch (request.kind) {
      case OperationKind::checkpoint:
        checkpoint(trigger, request.full);
        break;
      case OperationKind::savepoint:
        if (request.cancel) cancel_after_ = trigger;
        savepoint(trigger, request);
        break;
      case OperationKind::stop:
        savepoint(trigger, request);
        break;
      case OperationKind::disposal:
        dispose(trigger, request.path);
        break;
    }
  } catch (const Error& error) {
    return {{}, error.message()};
  }
  return {trigger, {}};
}

std::uint64_t CheckpointOperations::remember(const std::string& trigger) {
  constexpr std::size_t remembered = 1000;
  if (operations_.contains(trigger)) return 0;
  if (triggers_.size() >= remembered) {
    operations_.erase(triggers_.begin()->second);
    triggers_.erase(triggers_.begin());
  }
  const auto token = next_token_++;
  triggers_[token] = trigger;
  operations_[trigger] = {};
  return token;
}

void CheckpointOperations::checkpoint(const std::string& trigger, bool full) {
  checkpoint::Request request;
  request.kind = checkpoint::RequestKind::checkpoint;
  request.full = full;
  request.token = remember(trigger);
  if (request.token != 0) coordinator_.request(std::move(request), now());
}

void CheckpointOperations::savepoint(const std::string& trigger,
                                     const rest::OperationRequest& asked) {
  const bool stop = asked.kind == rest::OperationKind::stop;
  const auto& settings = coordinator_.settings();
  checkpoint::Request request;
  request.kind = stop ? checkpoint::RequestKind::stop : checkpoint::RequestKind::savepoint;
  request.drain = stop && asked.drain;
  request.target = asked.path.empty() ? settings.savepoint_directory
                                      : checkpoint::local_path(asked.path, "targetDirectory",
                                                               settings.working_directory);
  if (request.target.empty()) {
    throw Error{ErrorKind::user,
                "Config key [execution.checkpointing.savepoint-dir] is not set. Property "
                "[targetDirectory] must be provided: say where the savepoint goes "
                "(flinkctl savepoint JOB DIRECTORY; flinkctl stop or rescale JOB "
                "--savepoint-path DIRECTORY), or start the job with "
                "-Dexecution.checkpointing.savepoint-dir=DIRECTORY"};
  }
  request.token = remember(trigger);
  if (request.token == 0) return;
  if (stop) stop_ = trigger;
  coordinator_.request(std::move(request), now());
}

void CheckpointOperations::dispose(const std::string& trigger, const std::string& path) {
  if (remember(trigger) == 0) return;
  files_.dispose(path, in_use_(), [this, trigger](const std::string& failure) {
    operations_[trigger] = {true, 0, {}, failure};
  });
}

bool CheckpointOperations::answered(const checkpoint::action::Answer& answer) {
  const auto trigger = triggers_.find(answer.token);
  if (trigger == triggers_.end()) return false;
  operations_[trigger->second] = {true, answer.id, answer.location, answer.failure};
  if (!answer.failure.empty()) return false;
  if (stop_ == trigger->second) unread_stop_ = stop_;
  return cancel_after_ == trigger->second;
}

const rest::OperationView* CheckpointOperations::find(const std::string& trigger) {
  const auto found = operations_.find(trigger);
  if (trigger == unread_stop_) unread_stop_.clear();
  return found == operations_.end() ? nullptr : &found->second;
}

}  // namespace flink::jobmanager
