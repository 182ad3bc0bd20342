// SPDX-License-Identifier: Apache-2.0
#include "jobmanager/mailbox.h"

#include <utility>

namespace flink::jobmanager {

Mailbox::Mailbox(base::Executor& executor, const base::Clock& clock, std::string name)
    : clock_(clock) {
  worker_ = executor.start(std::move(name), *this);
}

Mailbox::~Mailbox() { stop(); }

void Mailbox::stop() {
  std::shared_ptr<base::WorkerHandle> worker;  // waited for without the lock
  {
    std::lock_guard lock{mutex_};
    worker.swap(worker_);
  }
}

void Mailbox::post(Call call) {
  std::shared_ptr<base::WorkerHandle> worker;
  {
    std::lock_guard lock{mutex_};
    if (!worker_) return;
    calls_.push_back(std::move(call));
    worker = worker_;
  }
  worker->wake();
}

void Mailbox::post_after(base::Duration delay, Call call) {
  const auto due = clock_.now() + delay;
  std::shared_ptr<base::WorkerHandle> worker;
  {
    std::lock_guard lock{mutex_};
    if (!worker_) return;
    for_later_.emplace(due, std::move(call));
    worker = worker_;
  }
  worker->wake();
}

base::Step Mailbox::step() {
  std::vector<Call> batch;
  {
    std::lock_guard lock{mutex_};
    batch.swap(calls_);
    const auto now = clock_.now();
    while (!for_later_.empty() && for_later_.begin()->first <= now) {
      batch.push_back(std::move(for_later_.begin()->second));
      for_later_.erase(for_later_.begin());
    }
  }
  for (auto& call : batch) call();
  std::lock_guard lock{mutex_};
  if (!calls_.empty()) return base::Step::again();
  return base::Step::park(for_later_.empty() ? base::TimePoint::never()
                                             : for_later_.begin()->first);
}

}  // namespace flink::jobmanager
