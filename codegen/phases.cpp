// SPDX-License-Identifier: Apache-2.0
#include "codegen/phases.h"

#include <unistd.h>

#include <cstdio>

namespace flink::codegen {

using namespace std::chrono_literals;

Phases::Phases(Show show) : show_(show), terminal_(isatty(STDERR_FILENO) != 0) {}

int Phases::wait(Process& process, std::string_view what) {
  start(what);
  for (;;) {
    if (const auto code = process.wait_for(100ms)) {
      finish();
      return *code;
    }
    poll();
  }
}

void Phases::start(std::string_view what) {
  running_ = what;
  announced_ = false;
  started_ = Clock::now();
}

void Phases::poll() {
  if (show_ == Show::quiet || !terminal_ || announced_) return;
  if (Clock::now() - started_ < 100ms) return;
  announced_ = true;
  std::fprintf(stderr, "  %s ...", running_.c_str());
  std::fflush(stderr);
}

void Phases::finish() {
  const auto took = Clock::now() - started_;
  if (show_ == Show::quiet || (show_ == Show::slow && took < 100ms)) return;
  std::fprintf(stderr, "%s  %-28s %8s\n", announced_ ? "\r\033[K" : "", running_.c_str(),
               format_duration(took).c_str());
}

std::string format_duration(std::chrono::nanoseconds duration) {
  const auto milliseconds = std::chrono::duration<double, std::milli>(duration).count();
  char text[32];
  if (milliseconds < 999.5) {
    std::snprintf(text, sizeof text, "%.0f ms", milliseconds);
  } else {
    std::snprintf(text, sizeof text, "%.2f s", milliseconds / 1000);
  }
  return text;
}

}  // namespace flink::codegen
