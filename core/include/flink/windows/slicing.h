// SPDX-License-Identifier: Apache-2.0
// Slices of sliding windows: the pieces of time, as long as size and slide can both be divided by,
// of which each window is a row. All records of a slice are in the same windows. Milliseconds; a
// value.
#pragma once

#include <flink/base/algorithm.h>
#include <flink/windows/window_assigner.h>

#include <cstdint>

namespace flink::detail {

class Slicing {
 public:
  Slicing(std::int64_t size, std::int64_t slide, std::int64_t offset);

  std::int64_t width() const noexcept { return width_; }
  // Where slices start, as a number below their width.
  std::int64_t phase() const noexcept { return (offset_ % width_ + width_) % width_; }
  std::int64_t slice_of(std::int64_t at) const { return window_start(at, offset_, width_); }

  // The windows in which a time is: `windows` of them, from the newest one back.
  struct Range {
    std::int64_t newest = 0;  // its start
    std::int64_t windows = 0;
  };
  Range windows_at(std::int64_t at) const {
    const std::int64_t newest = window_start(at, offset_, slide_);
    const auto into = static_cast<std::uint64_t>(at) - static_cast<std::uint64_t>(newest);
    if (into >= static_cast<std::uint64_t>(size_)) return {newest, 0};  // between two windows
    const std::uint64_t back = static_cast<std::uint64_t>(newest) - (std::uint64_t{1} << 63);
    const auto slide = static_cast<std::uint64_t>(slide_);
    const std::uint64_t more = (static_cast<std::uint64_t>(size_) - 1 - into) / slide;
    return {newest, 1 + static_cast<std::int64_t>(std::min(more, back / slide))};
  }
  TimeWindow window(Range range, std::int64_t back) const {
    return time_window(range.newest - back * slide_, size_);
  }
  // How many of them end after the watermark.
  std::int64_t open_windows(Range range, std::int64_t watermark) const {
    if (range.windows == 0 || last_of(window(range, 0)) <= watermark) return 0;
    const auto left =
        static_cast<__int128>(range.newest) + size_ - 1 - static_cast<__int128>(watermark);
    return left <= 0 ? 1
                     : static_cast<std::int64_t>(
                           std::min<__int128>(range.windows, (left - 1) / slide_ + 1));
  }
  // The first window after `after` in which the slice is.
  TimeWindow next_window(const TimeWindow& after, std::int64_t slice) const {
    const Range range = windows_at(slice);
    const std::int64_t first = range.newest - (range.windows - 1) * slide_;
    const std::int64_t start = after.start().time_since_epoch().count();
    return time_window(std::max(first, next_start(start)), size_);
  }
  // The start of the window behind the one that starts there.
  std::int64_t next_start(std::int64_t start) const {
    const auto since = static_cast<std::uint64_t>(start) - static_cast<std::uint64_t>(offset_);
    std::int64_t rest = static_cast<std::int64_t>(since) % slide_;  // 0 but at the edge of time
    if (rest < 0) rest += slide_;
    return saturating_add(start, slide_ - rest);
  }
  static std::int64_t last_of(const TimeWindow& window) {
    return window.max_timestamp().time_since_epoch().count();
  }

 private:
  std::int64_t size_, slide_, offset_, width_;
};

}  // namespace flink::detail
