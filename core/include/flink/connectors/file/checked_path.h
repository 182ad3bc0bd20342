// SPDX-License-Identifier: Apache-2.0
// Paths where a job's author gives them.
#pragma once

#include <string>
#include <string_view>

namespace flink::detail {

// In its one spelling; a relative one stays, it is made absolute on the JobManager. Throws
// Error{user}, which begins with `what`, for an empty path and for what is none.
std::string checked_path(std::string_view path, std::string_view what);

}  // namespace flink::detail
