// SPDX-License-Identifier: Apache-2.0
// A path of a job as all its processes mean it: relative ones begin where the JobManager works.
#pragma once

#include <flink/graph/connector_context.h>

#include <string_view>

#include "base/file_system.h"
#include "base/path.h"

namespace flink::detail {

base::Path job_path(std::string_view text, const ConnectorContext& context, std::string_view what);

// With what is missing above it; they are still there after the machine lost its power.
void create_synced_directory(base::FileSystem& files, const base::Path& path);

}  // namespace flink::detail
