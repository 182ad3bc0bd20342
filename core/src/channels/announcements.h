// SPDX-License-Identifier: Apache-2.0
// Barriers that are under way in one channel, told ahead of what they are behind. Rare; looking for
// one costs a load. The producer's thread tells, the consumer's takes.
#pragma once

#include <atomic>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>

#include "channels/element.h"
#include "fiber/waker.h"

namespace flink::channels {

class Announcements {
 public:
  // Only the newest are of interest.
  static constexpr std::size_t kept_max = 64;

  void tell(const Barrier& barrier) {
    const std::lock_guard lock{mutex_};
    if (barriers_.size() == kept_max) barriers_.pop_front();
    barriers_.push_back(barrier);
    any_.store(true);
    waker_.wake();
  }
  std::optional<Barrier> take() {
    if (!any_.load()) return std::nullopt;
    const std::lock_guard lock{mutex_};
    std::optional<Barrier> barrier{std::move(barriers_.front())};
    barriers_.pop_front();
    any_.store(!barriers_.empty());
    return barrier;
  }
  void set_waker(fiber::Waker waker) {
    const std::lock_guard lock{mutex_};
    waker_ = std::move(waker);
  }

 private:
  std::mutex mutex_;
  std::deque<Barrier> barriers_;
  fiber::Waker waker_;
  std::atomic<bool> any_{false};
};

}  // namespace flink::channels
