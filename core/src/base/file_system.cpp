// SPDX-License-Identifier: Apache-2.0
#include "base/file_system.h"

#include <flink/base/check.h>
#include <flink/error.h>

#include <string_view>

namespace flink::base {

std::string shown(const std::string& path) {
  constexpr std::string_view before = "/proc/", after = "/fd/0";
  if (!path.starts_with(before) || !path.ends_with(after)) return path;
  if (path.size() <= before.size() + after.size()) return path;
  const auto process = path.substr(before.size(), path.size() - before.size() - after.size());
  return process.find_first_not_of("0123456789") == std::string::npos ? "/dev/stdin" : path;
}

std::unique_ptr<ReadableStream> FileSystem::open_stream(const FileStatus& status) {
  throw Error{ErrorKind::user,
              detail::concat("input '", status.path,
                             "' has no size (a pipe, device or file of /proc), and there are none "
                             "of these here (simulation); give the job a file")};
}

}  // namespace flink::base
