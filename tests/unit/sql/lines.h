// SPDX-License-Identifier: Apache-2.0
// The lines of a file in data/, without comments, escapes decoded.
#pragma once

#include <doctest/doctest.h>

#include <fstream>
#include <string>
#include <string_view>
#include <vector>

namespace flink::sql::test {

inline std::string unescaped(std::string_view line) {
  std::string out;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] != '\\' || i + 1 == line.size()) {
      out += line[i];
      continue;
    }
    const char c = line[++i];
    if (c == 'n') out += '\n';
    else if (c == 't') out += '\t';
    else if (c == 'r') out += '\r';
    else if (c == '0') out += '\0';
    else out += c;
  }
  return out;
}

inline std::vector<std::string> raw_lines(const std::string& name) {
  std::ifstream file(std::string{FLINK_SOURCE_DIR} + "/tests/unit/sql/data/" + name);
  REQUIRE_MESSAGE(file, name);
  std::vector<std::string> out;
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with('#')) out.push_back(line);
  }
  REQUIRE(!out.empty());
  return out;
}

inline std::vector<std::string> lines(const std::string& name) {
  auto out = raw_lines(name);
  for (auto& line : out) line = unescaped(line);
  return out;
}

}  // namespace flink::sql::test
