// SPDX-License-Identifier: Apache-2.0
// Where messages for people go, passed in: a file and a console in a process (entry), nothing or a
// transcript in tests and simulations. Thread-safe. A message is one event, without a newline at
// its end; it never holds an address of memory, so that a simulation's transcript repeats.
#pragma once

#include <flink/base/check.h>

#include <string_view>

namespace flink::base {

enum class LogLevel : unsigned char { trace, debug, info, warn, error };

class Log {
 public:
  virtual ~Log() = default;
  virtual void write(LogLevel level, std::string_view message) = 0;

  template <class... Parts>
  void debug(const Parts&... parts) {
    write(LogLevel::debug, detail::concat(parts...));
  }
  template <class... Parts>
  void info(const Parts&... parts) {
    write(LogLevel::info, detail::concat(parts...));
  }
  template <class... Parts>
  void warn(const Parts&... parts) {
    write(LogLevel::warn, detail::concat(parts...));
  }
  template <class... Parts>
  void error(const Parts&... parts) {
    write(LogLevel::error, detail::concat(parts...));
  }
};

class NoLog final : public Log {
 public:
  void write(LogLevel, std::string_view) override {}
};

}  // namespace flink::base
