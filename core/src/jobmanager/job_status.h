// SPDX-License-Identifier: Apache-2.0
// Flink's JobStatus, and the instants that the state machines are given: they never ask a clock.
#pragma once

#include <cstdint>

#include "base/clock.h"

namespace flink::jobmanager {

enum class JobStatus : std::uint8_t {
  initializing,
  created,
  running,
  failing,
  failed,
  cancelling,
  canceled,
  finished,
  restarting,
  suspended,  // this JobManager lets go of it; another may take it up
};
inline constexpr int job_status_count = 10;

constexpr const char* job_status_name(JobStatus status) {
  constexpr const char* names[] = {"INITIALIZING", "CREATED",    "RUNNING",  "FAILING",
                                   "FAILED",       "CANCELLING", "CANCELED", "FINISHED",
                                   "RESTARTING",   "SUSPENDED"};
  return names[static_cast<int>(status)];
}
constexpr bool is_terminal(JobStatus status) {
  return status == JobStatus::failed || status == JobStatus::canceled ||
         status == JobStatus::finished || status == JobStatus::suspended;
}

using base::Instant;

}  // namespace flink::jobmanager
