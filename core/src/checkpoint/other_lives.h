// SPDX-License-Identifier: Apache-2.0
// Jobs under other ids that could be gone on with. Blocking; before any thread, or helpers only.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/file_system.h"

namespace flink::checkpoint {

// Ids of jobs called `name` whose records lie in that HA directory, which have checkpoints and have
// not ended: they run, or their JobManager is gone. What cannot be read is left out.
std::vector<std::string> unfinished_jobs(base::FileSystem& files, const std::string& ha_directory,
                                         std::string_view name);

}  // namespace flink::checkpoint
