// SPDX-License-Identifier: Apache-2.0
#include "entry/console.h"

#include <flink/base/check.h>

#include <cstdio>

namespace flink::entry {

using jobmanager::JobStatus;

void Console::info(std::string_view line) const {
  if (options_.quiet) return;
  std::fprintf(stderr, "%.*s\n", static_cast<int>(line.size()), line.data());
}

void Console::warn(std::string_view line) const {
  std::fprintf(stderr, "%s: %.*s\n", options_.program.c_str(), static_cast<int>(line.size()),
               line.data());
}

void Console::status_changed(JobStatus status) {
  if (status == JobStatus::restarting) {
    restarting_ = true;
    ++restarts_;
  } else if (status == JobStatus::running && std::exchange(restarting_, false)) {
    info(detail::concat("Job '", options_.job_name, "' starts again (restart ", restarts_, ")"));
  }
}

void Console::failure(const jobmanager::FailureRecord& failure) {
  std::string line;
  if (!failure.task.empty()) {
    line += failure.task;
    if (!failure.taskmanager.empty()) line += detail::concat(" on ", failure.taskmanager);
    line += ": ";
  }
  line += failure.message;
  if (failure.noted) info(line + "; it is tried again");
  else if (failure.restarts) info(line + "; restarting");
  else warn(line);
}

void Console::warning(const std::string& text) { warn("warning: " + text); }

void Console::ended_before(const ha::JobResult& result) {
  const std::string said = result.detail.empty() ? "" : " (" + result.detail + ")";
  warn(detail::concat("a job of this id has ended before as ", result.status, said,
                      ": nothing is run. To run it anew give it another id (--job-id ID), or leave "
                      "out --recover"));
}

}  // namespace flink::entry
