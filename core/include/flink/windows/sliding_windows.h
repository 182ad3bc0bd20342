// SPDX-License-Identifier: Apache-2.0
// Sliding windows: of one size, a new one every `slide`, so that each record lies in about
// size / slide of them, the newest first (Flink, "Sliding Windows"). A slide greater than the size
// leaves records out between windows.
#pragma once

#include <flink/windows/slicing.h>
#include <flink/windows/time_triggers.h>
#include <flink/windows/window_assigner.h>

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

}  // namespace detail

class SlidingEventTimeWindows : public detail::SlidingWindows {
 public:
  static SlidingEventTimeWindows of(std::chrono::milliseconds size, std::chrono::milliseconds slide,
                                    std::chrono::milliseconds offset = {}) {
    return {"SlidingEventTimeWindows", size, slide, offset};
  }
  template <class T, class Take>
  void each_window(const T&, Timestamp at, WindowAssignerContext&, Take&& take) const {
    windows_at(at.time_since_epoch().count(), take);
  }
  template <class T>
  std::vector<TimeWindow> assign_windows(const T&, Timestamp at, WindowAssignerContext&) const {
    return all_at(at.time_since_epoch().count());
  }
  EventTimeTrigger get_default_trigger() const { return {}; }
  static constexpr bool is_event_time() { return true; }
  std::string to_string() const {
    return detail::assigner_name("SlidingEventTimeWindows", size(), slide());
  }

 private:
  using SlidingWindows::SlidingWindows;
};

class SlidingProcessingTimeWindows : public detail::SlidingWindows {
 public:
  static SlidingProcessingTimeWindows of(std::chrono::milliseconds size,
                                         std::chrono::milliseconds slide,
                                         std::chrono::milliseconds offset = {}) {
    return {"SlidingProcessingTimeWindows", size, slide, offset};
  }
  template <class T, class Take>
  void each_window(const T&, Timestamp, WindowAssignerContext& ctx, Take&& take) const {
    windows_at(ctx.current_processing_time().time_since_epoch().count(), take);
  }
  template <class T>
  std::vector<TimeWindow> assign_windows(const T&, Timestamp, WindowAssignerContext& ctx) const {
    return all_at(ctx.current_processing_time().time_since_epoch().count());
  }
  ProcessingTimeTrigger get_default_trigger() const { return {}; }
  static constexpr bool is_event_time() { return false; }
  std::string to_string() const {
    return detail::assigner_name("SlidingProcessingTimeWindows", size(), slide());
  }

 private:
  using SlidingWindows::SlidingWindows;
};

}  // namespace flink
