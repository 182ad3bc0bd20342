// SPDX-License-Identifier: Apache-2.0
// TimeWindow and GlobalWindow: what a window assigner gives (Flink, "Windows"). A window of your
// own is a type that can be serialized and compared, and has max_timestamp(): once the watermark
// has reached that, no more of it comes in time. Values; any thread.
#pragma once

#include <flink/base/algorithm.h>
#include <flink/timestamp.h>
#include <flink/types/bytes.h>
#include <flink/types/kinds.h>

#include <cstdint>
#include <iosfwd>
#include <string>

namespace flink {

// From start (inclusive) to end (exclusive).
class TimeWindow {
 public:
  constexpr TimeWindow() = default;
  constexpr TimeWindow(Timestamp start, Timestamp end) : start_(start), end_(end) {}

  constexpr Timestamp start() const { return start_; }
  constexpr Timestamp end() const { return end_; }
  // The last millisecond of it: what results are stamped with.
  constexpr Timestamp max_timestamp() const { return end_ - std::chrono::milliseconds{1}; }

  // Windows that touch intersect, too.
  constexpr bool intersects(const TimeWindow& other) const {
    return start_ <= other.end_ && end_ >= other.start_;
  }
  constexpr TimeWindow cover(const TimeWindow& other) const {
    return {std::min(start_, other.start_), std::max(end_, other.end_)};
  }
  // In order of start, then of end.
  friend constexpr auto operator<=>(const TimeWindow&, const TimeWindow&) = default;

 private:
  Timestamp start_{}, end_{};
};

// All records of a key, as long as the job runs.
class GlobalWindow {
 public:
  static constexpr GlobalWindow get() { return {}; }
  constexpr Timestamp max_timestamp() const { return flink::max_timestamp; }
  friend constexpr auto operator<=>(const GlobalWindow&, const GlobalWindow&) = default;
};

// "TimeWindow{start=0, end=1000}", in milliseconds.
std::ostream& operator<<(std::ostream& out, const TimeWindow& window);
std::ostream& operator<<(std::ostream& out, const GlobalWindow& window);

template <>
struct Serializer<TimeWindow> {
  static void write(ByteWriter& out, const TimeWindow& window) {
    out.fixed(window.start().time_since_epoch().count());
    out.fixed(window.end().time_since_epoch().count());
  }
  static void read(ByteReader& in, TimeWindow& window) {
    const auto start = in.fixed<std::int64_t>("a window's start");
    const auto end = in.fixed<std::int64_t>("a window's end");
    window = {timestamp_of_millis(start), timestamp_of_millis(end)};
  }
  static std::string schema();
};
template <>
struct Serializer<GlobalWindow> {
  static void write(ByteWriter& out, const GlobalWindow&) { out.u8(0); }
  static void read(ByteReader& in, GlobalWindow&) { in.u8("a global window"); }
  static std::string schema();
};

}  // namespace flink
