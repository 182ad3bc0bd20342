// SPDX-License-Identifier: Apache-2.0
// A directory of its own, for this user only, that goes with its owner.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace flink::base {

// PARENT/PREFIX and six letters that nobody has. Throws Error{resource} with the directory that
// cannot be had, and why.
std::string make_temporary_directory(const std::filesystem::path& parent, std::string_view prefix);

class TemporaryDirectory {
 public:
  explicit TemporaryDirectory(std::string_view prefix = "flinkc-")
      : path_(make_temporary_directory(std::filesystem::temp_directory_path(), prefix)) {}
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  ~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  const std::filesystem::path& path() const { return path_; }

 private:
  const std::filesystem::path path_;
};

}  // namespace flink::base
