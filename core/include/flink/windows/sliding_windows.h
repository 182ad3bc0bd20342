// SPDX-License-Identifier: Apache-2.0
// Sliding windows: of one size, a new one every `slide`, so that each record lies in about
// size / slide of them, the newest first (Flink, "Sliding Windows"). A slide greater than the size
// leaves records out between windows.
#pragma once

#include <flink/windows/slicing.h>
#include <flink/windows/window_clock.h>

#include <vector>

namespace flink {

namespace detail {

class SlidingWindows {
 public:
  SlidingWindows(const char* name, std::chrono::milliseconds size, std::chrono::milliseconds slide,
                 std::chrono::milliseconds offset)
      : size_(size.count()), slide_(slide.count()), offset_(offset.count()) {
    check_sliding(name, size, slide, offset);
  }
  std::string warning() const { return sliding_warning(size_, slide_); }
  Slicing slicing() const { return {size_, slide_, offset_}; }

 protected:
  template <class Take>
  void windows_at(std::int64_t at, Take&& take) const {
    const std::int64_t after = saturating_add(at, -size_);
    std::int64_t start = window_start(at, offset_, slide_);
    while (start > after) {
      take(time_window(start, size_));
      if (start < INT64_MIN + slide_) break;
      start -= slide_;
    }
  }
  std::vector<TimeWindow> all_at(std::int64_t at) const {
    std::vector<TimeWindow> windows;
    windows_at(at, [&windows](const TimeWindow& window) { windows.push_back(window); });
    return windows;
  }
  std::int64_t size() const { return size_; }
  std::int64_t slide() const { return slide_; }

 private:
  std::int64_t size_, slide_, offset_;
};

template <class Clock>
class SlidingWindowsIn : public SlidingWindows {
 public:
  static SlidingWindowsIn of(std::chrono::milliseconds size, std::chrono::milliseconds slide,
                             std::chrono::milliseconds offset = {}) {
    return {name, size, slide, offset};
  }
  template <class T, class Take>
  void each_window(const T&, Timestamp at, WindowAssignerContext& ctx, Take&& take) const {
    windows_at(Clock::time_of(at, ctx), take);
  }
  template <class T>
  std::vector<TimeWindow> assign_windows(const T&, Timestamp at, WindowAssignerContext& ctx) const {
    return all_at(Clock::time_of(at, ctx));
  }
  typename Clock::Trigger get_default_trigger() const { return {}; }
  static constexpr bool is_event_time() { return Clock::event_time; }
  std::string to_string() const { return assigner_name(name, size(), slide()); }

 private:
  using SlidingWindows::SlidingWindows;
  static constexpr const char* name =
      Clock::event_time ? "SlidingEventTimeWindows" : "SlidingProcessingTimeWindows";
};

}  // namespace detail

using SlidingEventTimeWindows = detail::SlidingWindowsIn<detail::EventTimeClock>;
using SlidingProcessingTimeWindows = detail::SlidingWindowsIn<detail::ProcessingTimeClock>;

}  // namespace flink
