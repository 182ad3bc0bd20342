// SPDX-License-Identifier: Apache-2.0
// The prompt of flinkc sql: lines are edited, remembered and completed by libedit; a statement ends
// with a semicolon, Ctrl-C takes back what was typed, or cancels the query that runs.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sql_client/client.h"

namespace flink::flinkc {

// Until QUIT, EXIT or the end of the input. Gives the exit code.
int run_prompt(sql_client::Client& client);

// What may stand for the word before the cursor: keywords, tables, columns and functions, sorted.
std::vector<std::string> completions(const planner::Session& session, std::string_view word);

}  // namespace flink::flinkc
