// SPDX-License-Identifier: Apache-2.0
// flinkc sql: statements of the command line, of files, or of a person at the prompt.
#pragma once

#include <string>
#include <vector>

namespace flink::flinkc {

struct SqlOptions {
  std::vector<std::string> statements;  // -e
  std::string file;                     // -f, "-" is stdin
  std::string init;                     // -i
  std::vector<std::string> settings;    // -D key=value
  bool json = false, csv = false, tsv = false;
  bool schema = false, echo = false, keep_going = false;
};

int run_sql(const SqlOptions& options);

}  // namespace flink::flinkc
