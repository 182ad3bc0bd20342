// SPDX-License-Identifier: Apache-2.0
// The real Executor: a thread a Worker, parked on a futex, and a few helper threads for blocking
// calls. Thread-safe. Every handle is destroyed before the executor; its destructor runs the
// blocking functions that are still queued, then joins.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/executor.h"

namespace flink::fiber {

struct ThreadExecutorOptions {
  int helpers = 2;
  int helper_nice = 0;  // > 0: helpers give way to slots (Linux: nice is per thread)
};

class ThreadExecutor final : public base::Executor {
 public:
  explicit ThreadExecutor(const base::Clock& clock, ThreadExecutorOptions options = {});
  ~ThreadExecutor() override;

  std::unique_ptr<base::WorkerHandle> start(std::string name, base::Worker& worker) override;
  // The function must not throw. The queue is bounded by its callers: each waits for its own call.
  void run_blocking(std::function<void()> function) override;

 private:
  void help(int nice);

  const base::Clock& clock_;
  ThreadExecutorOptions options_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> queue_;
  bool stopping_ = false;
  std::vector<std::thread> helpers_;  // started with the first call: an idle process has none
  int idle_ = 0;
};

}  // namespace flink::fiber
