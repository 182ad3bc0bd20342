// SPDX-License-Identifier: Apache-2.0
#include "base/temporary_directory.h"

#include <flink/base/check.h>
#include <flink/error.h>
#include <stdlib.h>

#include <cerrno>
#include <cstring>

namespace flink::base {

std::string make_temporary_directory(const std::filesystem::path& parent, std::string_view prefix) {
  std::string path = (parent / (std::string{prefix} + "XXXXXX")).string();
  if (::mkdtemp(path.data()) != nullptr) return path;
  throw Error{ErrorKind::resource, detail::concat("cannot make a directory in '", parent.string(),
                                                  "': ", std::strerror(errno))};
}

}  // namespace flink::base
