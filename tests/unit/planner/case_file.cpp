// SPDX-License-Identifier: Apache-2.0
#include "unit/planner/case_file.h"

#include <fstream>
#include <sstream>

namespace flink::planner {

namespace {

std::vector<std::string> words_of(const std::string& text) {
  std::istringstream in{text};
  std::vector<std::string> out;
  for (std::string word; in >> word;) out.push_back(word);
  return out;
}

}  // namespace

std::vector<Case> read_cases(const std::string& path) {
  std::ifstream in{path};
  std::vector<Case> out;
  bool expects = false;
  for (std::string line; std::getline(in, line);) {
    if (line.rfind("### ", 0) == 0) {
      auto words = words_of(line.substr(4));
      out.push_back({words.at(0), {words.begin() + 1, words.end()}, {}, {}, {}});
      expects = false;
    } else if (line == "#" || line.rfind("# ", 0) == 0) {
      out.back().tables = words_of(line.substr(1));
    } else if (line == "--") {
      expects = true;
    } else if (expects) {
      out.back().expected.push_back(line);
    } else {
      out.back().statement += (out.back().statement.empty() ? "" : "\n") + line;
    }
  }
  return out;
}

std::map<std::string, std::string> read_tables(const std::string& path) {
  std::map<std::string, std::string> out;
  for (const Case& one : read_cases(path)) out[one.name] = one.statement;
  return out;
}

}  // namespace flink::planner
