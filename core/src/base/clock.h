// SPDX-License-Identifier: Apache-2.0
// Time, passed in, never reached for: real in a process, virtual in a simulation.
#pragma once

#include <chrono>
#include <cstdint>

namespace flink::base {

// Monotonic time since some origin of the clock's own.
using Duration = std::chrono::nanoseconds;

// Whether so much time is over. What users give in milliseconds may not fit into nanoseconds:
// milliseconds::max() is never over.
constexpr bool is_over(std::chrono::milliseconds limit, Duration passed) {
  return std::chrono::floor<std::chrono::milliseconds>(passed) >= limit;
}

struct TimePoint {
  Duration since_origin{0};
  friend auto operator<=>(const TimePoint&, const TimePoint&) = default;
  // Later than all that can be said is never.
  friend TimePoint operator+(TimePoint t, Duration d) {
    std::int64_t sum = 0;
    const bool over = __builtin_add_overflow(t.since_origin.count(), d.count(), &sum);
    return over && d.count() > 0 ? never() : TimePoint{Duration{sum}};
  }
  friend Duration operator-(TimePoint a, TimePoint b) { return a.since_origin - b.since_origin; }
  static constexpr TimePoint never() { return {Duration::max()}; }
};

// What state machines are given, which never ask a clock.
struct Instant {
  TimePoint at;                  // decides
  std::int64_t wall_millis = 0;  // is shown
};

// Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual TimePoint now() const = 0;             // monotonic
  virtual std::int64_t wall_millis() const = 0;  // since the Unix epoch, for people and REST
};

// The operating system's clocks.
class SystemClock final : public Clock {
 public:
  TimePoint now() const override {
    return {
        std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now().time_since_epoch())};
  }
  std::int64_t wall_millis() const override {
    return std::chrono::duration_cast<std::chrono::milliseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
  }
};

}  // namespace flink::base
