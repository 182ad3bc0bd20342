// SPDX-License-Identifier: Apache-2.0
// A script of SQL as the source of a job: the text itself, which the executable reads when it
// starts. So the plan that runs is the one that is checked, whatever the compiler does.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace flink::codegen {

std::string sql_job_source(std::string_view script, std::string_view name);

// Writes it into the cache; gives its path, whose stem is the script's.
std::filesystem::path write_sql_job(const std::filesystem::path& script);

}  // namespace flink::codegen
