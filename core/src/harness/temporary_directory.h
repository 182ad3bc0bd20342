// SPDX-License-Identifier: Apache-2.0
// A directory of its own for each state that a test writes.
#pragma once

#include <flink/error.h>
#include <stdlib.h>

#include <filesystem>
#include <string>

namespace flink::detail {

// Made when it is needed, gone with its owner.
class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::string name = (std::filesystem::temp_directory_path() / "flink-test-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) {
      throw Error{ErrorKind::resource,
                  "no directory for the state of a function test can be made: " + name};
    }
    path_ = name;
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  ~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  // A fresh directory within.
  std::string make() {
    const auto made = path_ / std::to_string(++made_);
    std::filesystem::create_directories(made);
    return made.string();
  }

 private:
  std::filesystem::path path_;
  int made_ = 0;
};

}  // namespace flink::detail
