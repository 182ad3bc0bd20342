// SPDX-License-Identifier: Apache-2.0
// A thread that carries out what it is given, one after another, some of it after a time.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/executor.h"

namespace flink::jobmanager {

class Mailbox final : private base::Worker {
 public:
  using Call = std::function<void()>;

  Mailbox(base::Executor& executor, const base::Clock& clock, std::string name);
  ~Mailbox() override;
  // Waits for the call under way; what is left, and what comes, is dropped.
  void stop();
  // Any thread, also after stop().
  void post(Call call);
  void post_after(base::Duration delay, Call call);

 private:
  base::Step step() override;

  const base::Clock& clock_;
  std::mutex mutex_;
  std::vector<Call> calls_;                         // guarded by mutex_
  std::multimap<base::TimePoint, Call> for_later_;  // guarded by mutex_
  std::shared_ptr<base::WorkerHandle> worker_;      // guarded by mutex_; null: stopped
};

}  // namespace flink::jobmanager
