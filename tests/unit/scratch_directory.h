// SPDX-License-Identifier: Apache-2.0
// A real directory that goes with the test.
#pragma once

#include <filesystem>
#include <string>

#include "base/temporary_directory.h"

namespace flink::test {

class Scratch {
  base::TemporaryDirectory directory_{"flinkc-test-"};

 public:
  bool empty() const { return std::filesystem::is_empty(path); }
  // Of something within.
  std::string operator/(const std::string& name) const { return path + "/" + name; }

  const std::string path = directory_.path().string();
};

}  // namespace flink::test
