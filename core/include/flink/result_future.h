// SPDX-License-Identifier: Apache-2.0
// ResultFuture: what an asynchronous function answers a request through (Flink, "Asynchronous
// I/O"). Copy it freely; the first answer counts, whichever copy gave it and on whichever thread,
// all others are ignored. It may outlive the task, and is ignored then. Out owns its bytes.
#pragma once

#include <atomic>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
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

// Answers on their way to the operator. Any thread puts; the task takes.
template <class Out>
class AsyncInbox {
 public:
  explicit AsyncInbox(std::function<void()> wake) : wake_(std::move(wake)) {}
  void put(AsyncAnswer<Out> answer) {
    {
      const std::lock_guard lock{mutex_};
      if (closed_) return;
      answers_.push_back(std::move(answer));
    }
    wake_();
  }
  std::vector<AsyncAnswer<Out>> take() {
    const std::lock_guard lock{mutex_};
    return std::exchange(answers_, {});
  }
  bool has_some() const {
    const std::lock_guard lock{mutex_};
    return !answers_.empty();
  }
  // What comes from now on is destroyed where it comes.
  void close() {
    const std::lock_guard lock{mutex_};
    closed_ = true;
    answers_.clear();
  }

 private:
  mutable std::mutex mutex_;
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
      if (answered_.exchange(true)) return;
      inbox_->put({request_, attempt_, outcome, std::move(results), std::move(error)});
    }

   private:
    std::shared_ptr<detail::AsyncInbox<Out>> inbox_;
    std::uint64_t request_;
    int attempt_;
    std::atomic<bool> answered_{false};
  };

  std::shared_ptr<Shared> shared_;
};

}  // namespace flink
