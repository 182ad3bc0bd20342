// SPDX-License-Identifier: Apache-2.0
// An executor without threads: what helpers are to do waits until the test runs it.
#pragma once

#include <flink/error.h>

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "base/executor.h"

namespace flink::test {

class StepExecutor final : public base::Executor {
 public:
  std::unique_ptr<base::WorkerHandle> start(std::string, base::Worker&) override {
    throw Error{ErrorKind::internal, "this test has no workers"};
  }
  void run_blocking(std::function<void()> function) override {
    waiting_.push_back(std::move(function));
  }
  // False: there is nothing to do.
  bool step() {
    if (waiting_.empty()) return false;
    const auto next = std::move(waiting_.front());
    waiting_.pop_front();
    next();
    return true;
  }
  void run_all() {
    while (step()) {
    }
  }

 private:
  std::deque<std::function<void()>> waiting_;
};

}  // namespace flink::test
