// SPDX-License-Identifier: Apache-2.0
// The execution.checkpointing.* options as one value. Plain data.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/ids.h"
#include "config/configuration.h"
#include "ha/ha_services.h"

namespace flink::checkpoint {

enum class Retention : std::uint8_t { none, delete_on_cancellation, retain_on_cancellation };

struct Settings {
  std::optional<base::Duration> interval;  // none: no periodic checkpoints
  bool exactly_once = true;
  base::Duration timeout{};
  base::Duration min_pause{};
  int max_concurrent = 1;
  int tolerable_failures = 0;
  Retention retention = Retention::none;
  int num_retained = 1;
  bool unaligned = false;
  base::Duration aligned_timeout{};
  bool after_tasks_finish = true;
  bool incremental = true;
  std::string working_directory;    // where relative paths begin; empty: that of the process
  std::string directory;            // <dir>; absolute
  bool temporary = false;           // it goes with the job
  std::string savepoint_directory;  // empty: none is set
  std::string ha_directory;         // empty: nobody recovers this job
  std::string state_backend;        // "lmdb", "hashmap"

  std::string job_directory(const base::JobId& job) const { return directory + "/" + job.hex(); }
};

// Throws Error{user} for settings that contradict each other.
// What jobs of that configuration leave for those who recover them.
ha::FileHaServices ha_services_of(base::FileSystem& files,
                                  const config::Configuration& configuration);

Settings settings_of(const config::Configuration& configuration, const base::JobId& job);

}  // namespace flink::checkpoint
