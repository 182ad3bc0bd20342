// SPDX-License-Identifier: Apache-2.0
// How much a channel's producer may have under way. Every channel owns one frame; beyond that
// windows grow out of a budget that all channels of the process share, for those whose consumer
// keeps up, and shrink again when the budget is spent and the consumer does not. Sans-io. A window
// belongs to its reader; the budget to all, any thread.
#pragma once

#include <atomic>
#include <cstdint>

namespace flink::channels {

class FloatingBudget {
 public:
  explicit FloatingBudget(std::int64_t bytes) : left_(bytes) {}
  // All or nothing.
  bool take(std::int64_t bytes) {
    auto left = left_.load(std::memory_order_relaxed);
    while (left >= bytes) {
      if (left_.compare_exchange_weak(left, left - bytes, std::memory_order_relaxed)) return true;
    }
    return false;
  }
  void give_back(std::int64_t bytes) { left_.fetch_add(bytes, std::memory_order_relaxed); }
  std::int64_t left() const { return left_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::int64_t> left_;
};

class CreditWindow {
 public:
  // `own`: what the channel has for itself, the first grant.
  CreditWindow(FloatingBudget& budget, std::int64_t own, std::int64_t window_max)
      : budget_(budget), own_(own), window_max_(window_max), window_(own) {}
  ~CreditWindow() { budget_.give_back(window_ - own_); }
  CreditWindow(const CreditWindow&) = delete;
  CreditWindow& operator=(const CreditWindow&) = delete;

  std::int64_t window() const { return window_; }

  // The consumer has taken `bytes`; `empty`: nothing else has arrived. Returns what to grant now: 0
  // until half a window is due, so that credit does not travel in crumbs. The producer still has
  // the other half then, so it never waits for what is kept back here.
  std::int64_t consumed(std::int64_t bytes, bool empty) {
    due_ += bytes;
    if (due_ < (window_ + 1) / 2) return 0;
    std::int64_t grant = due_;
    due_ = 0;
    if (empty) {
      // Whoever empties its channel may be waiting for the producer's next round trip: double.
      const std::int64_t more = window_max_ - window_ < window_ ? window_max_ - window_ : window_;
      if (more > 0 && budget_.take(more)) {
        window_ += more;
        grant += more;
      }
    } else if (window_ > own_ && budget_.left() < own_) {
      const std::int64_t less = grant < window_ - own_ ? grant : window_ - own_;
      window_ -= less;
      grant -= less;
      budget_.give_back(less);
    }
    return grant;
  }

 private:
  FloatingBudget& budget_;
  const std::int64_t own_, window_max_;
  std::int64_t window_;
  std::int64_t due_ = 0;  // taken and not yet granted again
};

}  // namespace flink::channels
