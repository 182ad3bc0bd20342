// SPDX-License-Identifier: Apache-2.0
// Files of cases:
//   ### name words
//   # tables that it needs, by their names in tables.txt
//   a statement
//   --
//   lines that it should give
#pragma once

#include <map>
#include <string>
#include <vector>

namespace flink::planner {

struct Case {
  std::string name;
  std::vector<std::string> words;
  std::vector<std::string> tables;
  std::string statement;
  std::vector<std::string> expected;
};

std::vector<Case> read_cases(const std::string& path);
// Statements by name: no second line, and nothing expected.
std::map<std::string, std::string> read_tables(const std::string& path);

}  // namespace flink::planner
