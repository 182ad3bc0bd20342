// SPDX-License-Identifier: Apache-2.0
// ResultFuture: what an asynchronous function answers a request through (Flink, "Asynchronous
// I/O"). Copy it freely; the first answer counts, whichever copy gave it and on whichever thread,
// all others are ignored. It may outlive the task, and is ignored then. Out owns its bytes.
#pragma once

#include <flink/base/atomic.h>
#include <flink/base/functional.h>
#include <flink/base/memory.h>

#include <cstdint>
#include <exception>
#include <utility>
#include <vector>

namespace flink {

namespace detail {

// `dropped`: the last copy of the future is gone, and can answer no more.
enum class AsyncOutcome : unsigned char { results, error, dropped };

template <class Out>
struct AsyncAnswer {
  std::uint64_t request = 0;
  int attempt = 0;
  AsyncOutcome outcome = AsyncOutcome::results;
  std::vector<Out> results;
  std::exception_ptr error;
};

// A std::mutex, held while a Held lives.
class InboxLock {
 public:
  InboxLock();
  ~InboxLock();
  class Held {
   public:
    explicit Held(const InboxLock& lock) : lock_(lock) { lock_.lock(); }
    Held(const Held&) = delete;
    Held& operator=(const Held&) = delete;
    ~Held() { lock_.unlock(); }

   private:
    const InboxLock& lock_;
  };

 private:
  void lock() const;
  void unlock() const;

  struct Mutex;
  std::unique_ptr<Mutex> mutex_;
};

// Answers on their way to the operator. Any thread puts; the task takes.
template <class Out>
class AsyncInbox {
 public:
  explicit AsyncInbox(std::function<void()> wake) : wake_(std::move(wake)) {}
  void put(AsyncAnswer<Out> answer) {
    {
      const InboxLock::Held held{lock_};
      if (closed_) return;
      answers_.push_back(std::move(answer));
    }
    wake_();
  }
  std::vector<AsyncAnswer<Out>> take() {
    const InboxLock::Held held{lock_};
    return std::exchange(answers_, {});
  }
  bool has_some() const {
    const InboxLock::Held held{lock_};
    return !answers_.empty();
  }
  // What comes from now on is destroyed where it comes.
  void close() {
    const InboxLock::Held held{lock_};
    closed_ = true;
    answers_.clear();
  }

 private:
  InboxLock lock_;
  std::vector<AsyncAnswer<Out>> answers_;
  bool closed_ = false;
  const std::function<void()> wake_;
};

}  // namespace detail

template <class Out>
class ResultFuture {
 public:
  // None, one or many results; they get the timestamp of the record that was asked for.
  void complete(std::vector<Out> results) const {
    shared_->answer(detail::AsyncOutcome::results, std::move(results), nullptr);
  }
  // Fails the job with that error, unless the retry strategy says otherwise.
  void complete_exceptionally(std::exception_ptr error) const {
    shared_->answer(detail::AsyncOutcome::error, {}, std::move(error));
  }

  // ---- for operators
  ResultFuture(std::shared_ptr<detail::AsyncInbox<Out>> inbox, std::uint64_t request, int attempt)
      : shared_(std::make_shared<Shared>(std::move(inbox), request, attempt)) {}

 private:
  class Shared {
   public:
    Shared(std::shared_ptr<detail::AsyncInbox<Out>> inbox, std::uint64_t request, int attempt)
        : inbox_(std::move(inbox)), request_(request), attempt_(attempt) {}
    Shared(const Shared&) = delete;
    Shared& operator=(const Shared&) = delete;
    ~Shared() { answer(detail::AsyncOutcome::dropped, {}, nullptr); }
    void answer(detail::AsyncOutcome outcome, std::vector<Out> results, std::exception_ptr error) {
      if (answered_.exchange_acq_rel(true)) return;
      inbox_->put({request_, attempt_, outcome, std::move(results), std::move(error)});
    }

   private:
    std::shared_ptr<detail::AsyncInbox<Out>> inbox_;
    std::uint64_t request_;
    int attempt_;
    detail::Atomic<bool> answered_{false};
  };

  std::shared_ptr<Shared> shared_;
};

}  // namespace flink
