// SPDX-License-Identifier: Apache-2.0
// A real directory that goes with the test.
#pragma once

#include <doctest/doctest.h>
#include <stdlib.h>

#include <filesystem>
#include <string>

namespace flink::test {

struct Scratch {
  Scratch() { REQUIRE(::mkdtemp(path.data()) != nullptr); }
  ~Scratch() { std::filesystem::remove_all(path); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  bool empty() const { return std::filesystem::is_empty(path); }

  std::string path = (std::filesystem::temp_directory_path() / "flinkc-test-XXXXXX").string();
};

}  // namespace flink::test
