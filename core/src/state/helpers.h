// SPDX-License-Identifier: Apache-2.0
// Helpers: jobs of a backend on the executor's threads, or at once where there is no executor. The
// slot's thread only; what a job does is its own.
#pragma once

#include <functional>
#include <string>
#include <utility>

#include "state/backend.h"

namespace flink::state {

class Helpers {
 public:
  explicit Helpers(const KeyedStateSetup& setup)
      : executor_(setup.executor), waker_(setup.waker), scratch_(setup.scratch_directory) {}

  // Then the task's work() is called again.
  template <class Job>
  void run(Job job) {
    run_quietly([job = std::move(job), waker = waker_]() mutable {
      job();
      if (waker) waker();
    });
  }
  void run_quietly(std::function<void()> job) {
    if (executor_ == nullptr) {
      job();
    } else {
      executor_->run_blocking(std::move(job));
    }
  }
  void wake() const {
    if (waker_) waker_();
  }
  // A name that nobody has.
  std::string scratch_file() { return scratch_ + "/" + std::to_string(++files_made_) + ".run"; }

 private:
  base::Executor* executor_;
  std::function<void()> waker_;
  std::string scratch_;
  std::uint64_t files_made_ = 0;
};

}  // namespace flink::state
