// SPDX-License-Identifier: Apache-2.0
// A job that is written in SQL: what `flinkc build job.sql` calls.
#pragma once

#include <flink/environment.h>

#include <string_view>

namespace flink {

// The script's statements in order; its INSERTs, and queries whose rows are printed, are the job.
// `name` is what errors call the script. Throws Error{user} with all that is wrong with a
// statement, as flinkc check shows it.
void define_sql_job(StreamExecutionEnvironment& env, std::string_view script,
                    std::string_view name);

}  // namespace flink
