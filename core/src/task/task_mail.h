// SPDX-License-Identifier: Apache-2.0
// What a task is told from outside, in order: posted by any thread, taken by the task's fiber
// between two batches.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <utility>
#include <variant>

#include "base/ids.h"
#include "channels/element.h"

namespace flink::task {

struct CoordinatorEvent {
  base::OperatorId op;
  std::string event;
};
struct TriggerCheckpoint {
  channels::Barrier barrier;
};
struct CheckpointComplete {
  std::int64_t id = 0;
};
struct CheckpointAborted {
  std::int64_t id = 0;
};
using TaskMail =
    std::variant<CoordinatorEvent, TriggerCheckpoint, CheckpointComplete, CheckpointAborted>;

class TaskMailbox {
 public:
  void post(TaskMail mail) {
    const std::lock_guard lock{mutex_};
    mail_.push_back(std::move(mail));
    has_mail_.store(true, std::memory_order_release);
  }
  // A load, as long as nothing has come.
  bool has_mail() const noexcept { return has_mail_.load(std::memory_order_acquire); }
  // Each message that is still to be taken.
  template <class F>
  void peek(F&& f) {
    if (!has_mail()) return;
    const std::lock_guard lock{mutex_};
    for (const auto& mail : mail_) f(mail);
  }
  std::deque<TaskMail> take() {
    const std::lock_guard lock{mutex_};
    has_mail_.store(false, std::memory_order_release);
    return std::exchange(mail_, {});
  }

 private:
  std::mutex mutex_;
  std::deque<TaskMail> mail_;
  std::atomic<bool> has_mail_{false};
};

}  // namespace flink::task
