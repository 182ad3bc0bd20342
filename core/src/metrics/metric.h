// SPDX-License-Identifier: Apache-2.0
// Counter, Gauge and Meter: cheap for the one thread that writes (a relaxed load and store, no
// locked instruction), readable by any. They live in a MetricGroup, which outlives its task's
// operators.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "base/clock.h"

namespace flink::metrics {

// One thread writes, any thread reads.
class Counter {
 public:
  void inc(std::uint64_t n = 1) {
    count_.store(count_.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
  }
  void dec(std::uint64_t n = 1) {
    count_.store(count_.load(std::memory_order_relaxed) - n, std::memory_order_relaxed);
  }
  // As a signed number: a counter may go below zero, as Flink's may.
  std::int64_t value() const {
    return static_cast<std::int64_t>(count_.load(std::memory_order_relaxed));
  }

 private:
  std::atomic<std::uint64_t> count_{0};
};

// The last value set. One thread writes, any thread reads.
template <class T>
class Gauge {
 public:
  void set(T value) { value_.store(value, std::memory_order_relaxed); }
  T value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<T> value_{};
};

// A count and its rate per second over the last minute, as Flink's MeterView. mark(): the writing
// thread; update() and rate(): the one thread that takes snapshots.
class Meter {
 public:
  void mark(std::uint64_t n = 1) { counter_.inc(n); }
  std::int64_t count() const { return counter_.value(); }

  // Notes the count of this moment; moments closer than 5 s to the last count as the same.
  void update(base::TimePoint now);
  double rate() const { return rate_; }

 private:
  struct Sample {
    base::TimePoint at;
    std::int64_t count = 0;
  };
  static constexpr std::size_t samples_max = 13;  // a minute in steps of 5 s

  Counter counter_;
  std::array<Sample, samples_max> samples_{};
  std::size_t size_ = 0;
  std::size_t next_ = 0;
  double rate_ = 0;
};

}  // namespace flink::metrics
