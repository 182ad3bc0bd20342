// SPDX-License-Identifier: Apache-2.0
// A directory of its own for each state that a test writes.
#pragma once

#include <filesystem>
#include <string>

#include "base/temporary_directory.h"

namespace flink::detail {

// Made when it is needed, gone with its owner.
class TemporaryDirectory {
 public:
  // A fresh directory within.
  std::string make() {
    const auto made = directory_.path() / std::to_string(++made_);
    std::filesystem::create_directories(made);
    return made.string();
  }

 private:
  base::TemporaryDirectory directory_{"flink-test-"};
  int made_ = 0;
};

}  // namespace flink::detail
