// SPDX-License-Identifier: Apache-2.0
#include "fiber/thread_executor.h"

#include <linux/futex.h>
#include <pthread.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <utility>

#include "fiber/fault_handler.h"

namespace flink::fiber {

namespace {

using base::Step;
using base::TimePoint;

inline void cpu_pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

void set_thread_name(const std::string& name) {
  ::pthread_setname_np(::pthread_self(), name.substr(0, 15).c_str());  // the kernel's limit
}

class WorkerThread final : public base::WorkerHandle {
 public:
  WorkerThread(std::string name, base::Worker& worker, const base::Clock& clock)
      : worker_(worker), clock_(clock) {
    thread_ = std::thread{[this, name = std::move(name)] { run(name); }};
  }

  ~WorkerThread() override {
    stopping_.store(true);
    wake();
    thread_.join();
  }

  // The exchange is a full barrier: what the caller published before it is seen by the step after
  // it.
  void wake() override {
    if (state_.exchange(notified) == parked) {
      ::syscall(SYS_futex, &state_, FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0);
    }
  }

  bool finished() const override { return finished_.load(std::memory_order_acquire); }

 private:
  enum : std::uint32_t { running, notified, parked };

  // Terminates the process if step() throws: a worker that dies silently would be worse.
  void run(const std::string& name) noexcept {
    set_thread_name(name);
    AlternateStack alternate_stack;
    while (!stopping_.load(std::memory_order_acquire)) {
      const Step step = worker_.step();
      if (step.kind == Step::Kind::done) break;
      if (step.kind == Step::Kind::park) park(step.wake_at);
    }
    finished_.store(true, std::memory_order_release);
  }

  void park(TimePoint until) {
    // Spinning for about 2 µs saves two system calls when the answer is nearly there; more would
    // take the core from the thread that is to answer.
    for (int i = 0; i < 40; ++i) {
      if (state_.load(std::memory_order_relaxed) == notified) break;
      cpu_pause();
    }
    std::uint32_t expected = running;
    if (state_.compare_exchange_strong(expected, parked)) wait_while_parked(until);
    state_.exchange(running);
  }

  void wait_while_parked(TimePoint until) {
    while (state_.load() == parked) {
      timespec left{};
      timespec* timeout = nullptr;
      if (until != TimePoint::never()) {
        const auto nanos = (until - clock_.now()).count();
        if (nanos <= 0) return;
        left.tv_sec = nanos / 1'000'000'000;
        left.tv_nsec = nanos % 1'000'000'000;
        timeout = &left;
      }
      ::syscall(SYS_futex, &state_, FUTEX_WAIT_PRIVATE, parked, timeout, nullptr, 0);
    }
  }

  base::Worker& worker_;
  const base::Clock& clock_;
  std::atomic<std::uint32_t> state_{running};
  std::atomic<bool> stopping_{false};
  std::atomic<bool> finished_{false};
  std::thread thread_;
};

}  // namespace

ThreadExecutor::ThreadExecutor(const base::Clock& clock, ThreadExecutorOptions options)
    : clock_(clock), options_(options) {}

ThreadExecutor::~ThreadExecutor() {
  {
    std::lock_guard lock{mutex_};
    stopping_ = true;
  }
  changed_.notify_all();
  for (auto& helper : helpers_) helper.join();
}

std::unique_ptr<base::WorkerHandle> ThreadExecutor::start(std::string name, base::Worker& worker) {
  return std::make_unique<WorkerThread>(std::move(name), worker, clock_);
}

void ThreadExecutor::run_blocking(std::function<void()> function) {
  std::lock_guard lock{mutex_};
  queue_.push_back(std::move(function));
  if (idle_ < static_cast<int>(queue_.size()) &&
      static_cast<int>(helpers_.size()) < options_.helpers) {
    helpers_.emplace_back([this, nice = options_.helper_nice] { help(nice); });
  }
  changed_.notify_one();
}

void ThreadExecutor::help(int nice) {
  set_thread_name("helper");
  if (nice > 0) ::setpriority(PRIO_PROCESS, static_cast<id_t>(::syscall(SYS_gettid)), nice);
  std::unique_lock lock{mutex_};
  for (;;) {
    while (queue_.empty() && !stopping_) {
      ++idle_;
      changed_.wait(lock);
      --idle_;
    }
    if (queue_.empty()) return;
    auto function = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    function();
    function = nullptr;  // its captures may be large: not while the lock is held
    lock.lock();
  }
}

}  // namespace flink::fiber
