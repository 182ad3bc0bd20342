// SPDX-License-Identifier: Apache-2.0
#include "fs/descriptor.h"

#include <fcntl.h>
#include <flink/base/check.h>
#include <flink/error.h>
#include <sys/resource.h>

#include <algorithm>
#include <cstring>

namespace flink::fs {
namespace {

const char* advice(int error) {
  switch (error) {
    case ENOENT:
      return "check the path";
    case EACCES:
    case EPERM:
      return "give this user the right to it";
    case ENOTDIR:
      return "a part of the path is not a directory";
    case EISDIR:
      return "name a file in that directory";
    case EEXIST:
      return "move it away or name another one";
    case ENOSPC:
    case EDQUOT:
      return "free space on that disk or name a path on another one";
    case EMFILE:
    case ENFILE:
      return "raise the limit of open files (ulimit -n)";
    case EROFS:
      return "the file system is read-only: name a path on another one";
    case ENOTEMPTY:
      return "the directory is not empty";
    case ENAMETOOLONG:
      return "choose a shorter name";
    case ENXIO:
      return "a socket cannot be opened as a file: pipe it through cat";
    default:
      return "see the system's log";
  }
}

ErrorKind kind_of(int error) {
  switch (error) {
    case ENOSPC:
    case EDQUOT:
    case EMFILE:
    case ENFILE:
    case ENOMEM:
      return ErrorKind::resource;
    case EIO:
    case EAGAIN:
    case ESTALE:
    case ETIMEDOUT:
      return ErrorKind::transient;
    default:
      return ErrorKind::user;
  }
}

}  // namespace

void fill_standard_descriptors() noexcept {
  for (int fd = 0; fd <= 2; ++fd) {
    if (::fcntl(fd, F_GETFD) < 0 && errno == EBADF) (void)::open("/dev/null", O_RDONLY);
  }
}

void allow_many_descriptors() noexcept {
  constexpr rlim_t enough = 65536;
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  const rlim_t wanted = std::min(limit.rlim_max, enough);
  if (limit.rlim_cur >= wanted) return;
  limit.rlim_cur = wanted;
  (void)::setrlimit(RLIMIT_NOFILE, &limit);
}

void fail(const char* operation, const std::string& path, int error) {
  throw Error{kind_of(error), detail::concat("cannot ", operation, " '", path,
                                             "': ", std::strerror(error), "; ", advice(error))};
}

}  // namespace flink::fs
