// SPDX-License-Identifier: Apache-2.0
// How things end: Error ends a task or a request; a bug aborts through FLINK_CHECK (base/check.h);
// an expected outcome is a value (std::optional, an enum).
#pragma once

#include <exception>
#include <string>
#include <utility>

namespace flink {

// What the one who catches it should do.
enum class ErrorKind : unsigned char {
  user,       // the job, its input or its configuration is wrong: a retry changes nothing
  resource,   // something ran out (disk, memory, slots): may work later
  transient,  // a peer or device failed: retry
  internal,   // flinkc is at fault
  // It will be so after every restart too (an input that is gone, a job that is wrong as a whole):
  // the job ends at once, whatever its restart strategy. Functions may throw it.
  incurable,
};

// The message says what, where, why, and what to do next, in one or a few short lines.
class Error : public std::exception {
 public:
  Error(ErrorKind kind, std::string message) : kind_(kind), message_(std::move(message)) {}
  const char* what() const noexcept override { return message_.c_str(); }
  ErrorKind kind() const noexcept { return kind_; }
  const std::string& message() const noexcept { return message_; }

 private:
  ErrorKind kind_;
  std::string message_;
};

}  // namespace flink
