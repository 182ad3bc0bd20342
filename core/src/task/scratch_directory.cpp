// SPDX-License-Identifier: Apache-2.0
#include "task/scratch_directory.h"

#include <flink/base/check.h>
#include <flink/error.h>
#include <stdlib.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "base/path.h"

namespace flink::task {

ScratchDirectory::ScratchDirectory(base::Executor& executor, const std::string& parents)
    : executor_(executor) {
  const auto first = parents.substr(0, parents.find_first_of(",:"));
  const auto parent = base::Path::absolute(first, {}, "io.tmp.dirs").text();
  std::string name = parent + "/flinkc-XXXXXX";
  std::error_code ignored;
  std::filesystem::create_directories(parent, ignored);  // mkdtemp says what is wrong
  if (::mkdtemp(name.data()) == nullptr) {
    throw Error{ErrorKind::resource,
                detail::concat("cannot make a directory for a task's state in '", parent,
                               "': ", std::strerror(errno), "; see io.tmp.dirs")};
  }
  path_ = name;
}

ScratchDirectory::~ScratchDirectory() {
  executor_.run_blocking([path = path_] {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  });
}

}  // namespace flink::task
