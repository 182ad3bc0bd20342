// SPDX-License-Identifier: Apache-2.0
// Tumbling windows: each record in one, one after the other (Flink, "Tumbling Windows"). They start
// at multiples of their size, counted from 1970-01-01 UTC; an offset moves that:
// TumblingEventTimeWindows::of(24h, -8h) are the days of UTC+8.
#pragma once

#include <flink/windows/window_clock.h>
#include <flink/windows/window_stagger.h>

#include <vector>

namespace flink {

namespace detail {

class TumblingWindows {
 public:
  TumblingWindows(const char* name, std::chrono::milliseconds size,
                  std::chrono::milliseconds offset, WindowStagger stagger)
      : size_(size.count()),
        offset_(offset.count()),
        stagger_(stagger),
        staggered_(stagger == WindowStagger::ALIGNED) {
    check_tumbling(name, size, offset);
  }

 protected:
  TimeWindow window_at(std::int64_t at, const WindowAssignerContext& ctx) const {
    if (!staggered_) [[unlikely]]
      spread(ctx);
    return time_window(window_start(at, offset_, size_), size_);
  }
  std::int64_t size() const { return size_; }

 private:
  void spread(const WindowAssignerContext& ctx) const {
    const std::int64_t now = ctx.current_processing_time().time_since_epoch().count();
    offset_ = (offset_ + stagger_offset(stagger_, ctx.subtask_index(), now, size_)) % size_;
    staggered_ = true;
  }
  std::int64_t size_;
  mutable std::int64_t offset_;
  WindowStagger stagger_;
  mutable bool staggered_;  // the subtask has found its offset
};

template <class Clock>
class TumblingWindowsIn : public TumblingWindows {
 public:
  static TumblingWindowsIn of(std::chrono::milliseconds size, std::chrono::milliseconds offset = {},
                              WindowStagger stagger = WindowStagger::ALIGNED) {
    return {name, size, offset, stagger};
  }
  TimeWindow only_window(Timestamp at, const WindowAssignerContext& ctx) const {
    return window_at(Clock::time_of(at, ctx), ctx);
  }
  template <class T, class Take>
  void each_window(const T&, Timestamp at, WindowAssignerContext& ctx, Take&& take) const {
    take(only_window(at, ctx));
  }
  template <class T>
  std::vector<TimeWindow> assign_windows(const T&, Timestamp at, WindowAssignerContext& ctx) const {
    return {only_window(at, ctx)};
  }
  typename Clock::Trigger get_default_trigger() const { return {}; }
  static constexpr bool is_event_time() { return Clock::event_time; }
  std::string to_string() const { return assigner_name(name, size()); }

 private:
  using TumblingWindows::TumblingWindows;
  static constexpr const char* name =
      Clock::event_time ? "TumblingEventTimeWindows" : "TumblingProcessingTimeWindows";
};

}  // namespace detail

using TumblingEventTimeWindows = detail::TumblingWindowsIn<detail::EventTimeClock>;
using TumblingProcessingTimeWindows = detail::TumblingWindowsIn<detail::ProcessingTimeClock>;

}  // namespace flink
