// SPDX-License-Identifier: Apache-2.0
// base::Log over spdlog: one file a process.
#pragma once

#include <memory>
#include <string>

#include "base/log.h"
#include "config/configuration.h"

namespace flink::entry {

// Appends to `path`, whose directory is made when missing; env.log.level says from which level on.
// When the file cannot be opened the log is silent, and `problem` says why.
std::unique_ptr<base::Log> open_log(const std::string& path, const std::string& level,
                                    std::string& problem);

// "log/wc-4711-taskmanager-1.log"
std::string log_path(const std::string& directory, const std::string& program, long process,
                     const std::string& name);

}  // namespace flink::entry
