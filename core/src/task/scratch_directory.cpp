// SPDX-License-Identifier: Apache-2.0
#include "task/scratch_directory.h"

#include <flink/base/check.h>
#include <flink/error.h>

#include <filesystem>
#include <system_error>

#include "base/path.h"
#include "base/temporary_directory.h"

namespace flink::task {

ScratchDirectory::ScratchDirectory(base::Executor& executor, const std::string& parents)
    : executor_(executor) {
  const auto first = parents.substr(0, parents.find_first_of(",:"));
  const auto parent = base::Path::absolute(first, {}, "io.tmp.dirs").text();
  std::error_code ignored;
  std::filesystem::create_directories(parent, ignored);  // what is next says what is wrong
  try {
    path_ = base::make_temporary_directory(parent, "flinkc-");
  } catch (const Error& error) {
    throw Error{error.kind(),
                detail::concat("a task's state: ", error.message(), "; see io.tmp.dirs")};
  }
}

ScratchDirectory::~ScratchDirectory() {
  executor_.run_blocking([path = path_] {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  });
}

}  // namespace flink::task
