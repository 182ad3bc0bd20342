// SPDX-License-Identifier: Apache-2.0
// `flinkc new NAME`: a directory with a job that runs, from the templates.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace flink::codegen {

// Copies every template into `directory`/NAME with @NAME@ replaced; returns the files made. Throws
// Error when the name is no identifier-like word or the directory exists.
std::vector<std::filesystem::path> scaffold(const std::filesystem::path& templates_dir,
                                            const std::filesystem::path& directory,
                                            const std::string& name);

}  // namespace flink::codegen
