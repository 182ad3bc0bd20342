// SPDX-License-Identifier: Apache-2.0
// GlobalWindows: all records of a key in one window, which fires when a trigger says so (Flink,
// "Global Windows"): of itself never, or once, at the end of a bounded input.
#pragma once

#include <flink/windows/global_triggers.h>
#include <flink/windows/window_assigner.h>

#include <string>
#include <vector>

namespace flink {

template <class Trigger>
class GlobalWindowsOf {
 public:
  template <class T, class Take>
  void each_window(const T&, Timestamp, WindowAssignerContext&, Take&& take) const {
    take(GlobalWindow::get());
  }
  template <class T>
  std::vector<GlobalWindow> assign_windows(const T&, Timestamp, WindowAssignerContext&) const {
    return {GlobalWindow::get()};
  }
  Trigger get_default_trigger() const { return Trigger::create(); }
  static constexpr bool is_event_time() { return false; }
  std::string to_string() const { return "GlobalWindows"; }
};

class GlobalWindows {
 public:
  static GlobalWindowsOf<NeverTrigger> create() { return {}; }
  static GlobalWindowsOf<EndOfStreamTrigger> create_with_end_of_stream_trigger() { return {}; }
};

}  // namespace flink
