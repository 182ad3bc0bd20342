// SPDX-License-Identifier: Apache-2.0
#include "state/descriptor.h"

#include <flink/base/check.h>
#include <flink/error.h>

#include <cerrno>
#include <cstring>

namespace flink::state {
namespace {

ErrorKind kind_of(int code) {
  switch (code) {
    case ENOSPC:
    case EDQUOT:
    case ENOMEM:
    case EMFILE:
    case ENFILE:
      return ErrorKind::resource;
    case EACCES:
    case EPERM:
    case EROFS:
    case ENOENT:
    case ENOTDIR:
      return ErrorKind::user;
    default:
      return ErrorKind::transient;
  }
}

const char* advice(int code) {
  switch (code) {
    case ENOSPC:
    case EDQUOT:
    case EIO:
      return "free space on that disk, or name directories on another one with io.tmp.dirs";
    case ENOMEM:
      return "give the process more address space (ulimit -v)";
    case EMFILE:
    case ENFILE:
      return "raise the limit of open files (ulimit -n)";
    case EACCES:
    case EPERM:
    case EROFS:
    case ENOENT:
    case ENOTDIR:
      return "check the directory of scratch files (io.tmp.dirs) and this user's rights to it";
    default:
      return "please report this";
  }
}

}  // namespace

void fail_system(int code, const char* what, const std::string& file) {
  throw Error(kind_of(code),
              detail::concat("state: cannot ", what, " ", file, ": ",
                             std::string_view{std::strerror(code)}, "; ", advice(code)));
}

std::size_t read_fully(int fd, std::uint64_t offset, std::span<char> out, const std::string& file) {
  std::size_t done = 0;
  while (done < out.size()) {
    const auto got =
        ::pread(fd, out.data() + done, out.size() - done, static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail_system(errno, "read", file);
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  return done;
}

void write_fully(int fd, std::span<const char> bytes, const std::string& file) {
  while (!bytes.empty()) {
    const auto written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail_system(errno, "write", file);
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
}

}  // namespace flink::state
