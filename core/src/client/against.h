// SPDX-License-Identifier: Apache-2.0
// `flinkc check --against SAVEPOINT`: whether the job that describes itself so can be restored from
// there. Blocking.
#pragma once

#include <string>
#include <string_view>

#include "base/file_system.h"
#include "checkpoint/compatibility.h"

namespace flink::client {

// The operators in what `JOB describe --json` prints. Throws Error when it cannot be read.
std::vector<checkpoint::OperatorShape> described_operators(std::string_view description);

// `description`: the same. Throws Error when either cannot be read.
checkpoint::Compatibility check_against(base::FileSystem& files, const std::string& savepoint,
                                        std::string_view description,
                                        bool allow_non_restored_state);

}  // namespace flink::client
