// SPDX-License-Identifier: Apache-2.0
// Progress on stderr: a phase that takes over 100 ms gets one line with its time; on a terminal its
// name shows as soon as the 100 ms are over.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "codegen/process.h"

namespace flink::codegen {

class Phases {
 public:
  enum class Show : unsigned char { quiet, slow, all };
  explicit Phases(Show show = Show::slow);

  // Waits for the child, telling the user what for.
  int wait(Process& process, std::string_view what);
  void start(std::string_view what);
  void poll();  // shows the running phase once it is slow
  void finish();

 private:
  using Clock = std::chrono::steady_clock;
  Show show_;
  bool terminal_;
  bool announced_ = false;
  std::string running_;
  Clock::time_point started_{};
};

// "1.31 s" or "45 ms".
std::string format_duration(std::chrono::nanoseconds duration);

}  // namespace flink::codegen
