// SPDX-License-Identifier: Apache-2.0
// What is wrong with a command line, in the words of flinkc: for those of jobs and of both tools.
#pragma once

#include <string>
#include <string_view>

namespace flink::config {

// `kind`, `what`: get_name() and what() of a CLI::ParseError, which say only that an argument
// mismatches.
std::string usage_text(std::string_view kind, std::string_view what);

}  // namespace flink::config
