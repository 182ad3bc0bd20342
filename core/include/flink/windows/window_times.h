// SPDX-License-Identifier: Apache-2.0
// When a window, or an element, is too late, and when a window's state goes (Flink, "Allowed
// Lateness"). Milliseconds; a value.
#pragma once

#include <flink/windows/window_assigner.h>

#include <cstdint>
#include <string>
#include <vector>

namespace flink::detail {

class WindowTimes {
 public:
  WindowTimes(bool event_time, std::int64_t lateness)
      : event_time_(event_time), lateness_(lateness) {}

  bool event_time() const noexcept { return event_time_; }
  bool keeps_fired() const noexcept { return event_time_ && lateness_ > 0; }
  std::int64_t cleanup_time(std::int64_t max_timestamp) const noexcept {
    return event_time_ ? saturating_add(max_timestamp, lateness_) : max_timestamp;
  }
  bool has_cleanup(std::int64_t max_timestamp) const noexcept {
    return cleanup_time(max_timestamp) != INT64_MAX;
  }
  // Nothing is added any more.
  bool is_window_late(std::int64_t max_timestamp, std::int64_t watermark) const noexcept {
    return event_time_ && cleanup_time(max_timestamp) <= watermark;
  }
  // An element that no window takes is not lost unless it is late itself: sliding windows leave
  // some out when their slide is greater than their size.
  bool is_element_late(std::int64_t at, std::int64_t watermark) const noexcept {
    return event_time_ && saturating_add(at, lateness_) <= watermark;
  }

 private:
  bool event_time_;
  std::int64_t lateness_;
};

// What of a window operator is legal, but most likely not as it was meant.
struct WindowOddities {
  std::string assigner;                  // its own warning
  bool lateness_without_effect = false;  // on processing time
  bool never_fires = false;              // a global window, and no trigger was given
  bool grows_for_ever = false;           // a global window keeps all elements, and none are purged
};
std::vector<std::string> window_warnings(const WindowOddities& odd);

// Throw Error{user}.
std::int64_t checked_lateness(std::chrono::milliseconds lateness);
[[noreturn]] void refuse_trigger_of_merging_windows();

}  // namespace flink::detail
