// SPDX-License-Identifier: Apache-2.0
#include "base/file_system.h"

#include <flink/check.h>
#include <flink/error.h>

namespace flink::base {

std::unique_ptr<ReadableStream> FileSystem::open_stream(const FileStatus& status) {
  throw Error{ErrorKind::user,
              detail::concat("input '", status.path,
                             "' has no size (a pipe, device or file of /proc), and there are none "
                             "of these here (simulation); give the job a file")};
}

}  // namespace flink::base
