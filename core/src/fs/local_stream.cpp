// SPDX-License-Identifier: Apache-2.0
#include "fs/local_stream.h"

#include <fcntl.h>
#include <flink/base/check.h>
#include <flink/error.h>
#include <linux/magic.h>
#include <poll.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "fs/descriptor.h"

namespace flink::fs {
namespace {

bool starts_with(std::string& text, std::string_view prefix, const std::string& instead) {
  if (!text.starts_with(prefix)) return false;
  text.replace(0, prefix.size(), instead);
  return true;
}

// Files that the kernel makes up as they are read: of 0 bytes, in /sys of a page.
bool made_up(const std::string& path, const struct stat& info) {
  if (info.st_size != 0 && info.st_size != ::sysconf(_SC_PAGESIZE)) return false;
  struct statfs where {};
  if (::statfs(path.c_str(), &where) != 0) return false;
  switch (static_cast<unsigned long>(where.f_type)) {
    case PROC_SUPER_MAGIC:
    case SYSFS_MAGIC:
    case CGROUP_SUPER_MAGIC:
    case CGROUP2_SUPER_MAGIC:
    case DEBUGFS_MAGIC:
    case TRACEFS_MAGIC:
    case SECURITYFS_MAGIC:
      return true;
    default:
      return false;
  }
}

// /dev/null, /dev/zero and their like.
bool of_memory(const struct stat& info) {
  constexpr unsigned memory_devices = 1;
  return S_ISCHR(info.st_mode) && major(info.st_rdev) == memory_devices;
}

class LocalStream final : public base::ReadableStream {
 public:
  LocalStream(std::string path, int fd) : path_(std::move(path)), file_(fd) {}

  std::optional<std::size_t> read(std::span<char> out) override {
    // A pipe that has no writer yet reads as ended, but does not poll so.
    pollfd state{file_.get(), POLLIN, 0};
    const int ready = retried([&] { return ::poll(&state, 1, 0); });
    if (ready < 0) fail("read", path_, errno);
    if (ready == 0) return std::nullopt;
    const auto got = retried([&] { return ::read(file_.get(), out.data(), out.size()); });
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return std::nullopt;
    if (got < 0) fail("read", path_, errno);
    return static_cast<std::size_t>(got);
  }

 private:
  std::string path_;
  Descriptor file_;
};

}  // namespace

std::string shared_name(const std::string& path) {
  std::string named = path == "/dev/stdin" ? "/dev/fd/0" : path;
  const std::string self = "/proc/" + std::to_string(::getpid()) + "/";
  if (!starts_with(named, "/dev/fd/", self + "fd/") && !starts_with(named, "/proc/self/", self) &&
      !starts_with(named, "/proc/thread-self/", self)) {
    return path;
  }
  // Redirected from a file, it is that file, which can be read again.
  char target[4096];
  const auto length = ::readlink(named.c_str(), target, sizeof target);
  if (length <= 0 || length == sizeof target) return named;
  const std::string file(target, static_cast<std::size_t>(length));
  struct stat here {
  }, there{};
  if (::stat(named.c_str(), &here) == 0 && ::stat(file.c_str(), &there) == 0 &&
      S_ISREG(here.st_mode) && here.st_dev == there.st_dev && here.st_ino == there.st_ino) {
    return file;
  }
  return named;
}

std::string stream_of(const std::string& path, const struct stat& info) {
  if (S_ISDIR(info.st_mode)) return {};
  if (S_ISREG(info.st_mode)) return made_up(path, info) ? base::stream_for_all : "";
  if (of_memory(info)) return base::stream_for_all;
  return std::to_string(info.st_dev) + ":" + std::to_string(info.st_ino);
}

std::unique_ptr<base::ReadableStream> open_local_stream(const base::FileStatus& status) {
  const int flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
  const int fd = retried([&] { return ::open(status.path.c_str(), flags); });
  if (fd < 0 && errno != ENOENT) fail("read", base::shown(status.path), errno);
  auto stream = std::make_unique<LocalStream>(base::shown(status.path), fd);
  struct stat info {};
  if (fd < 0 || ::fstat(fd, &info) != 0 || stream_of(status.path, info) != status.stream) {
    throw Error{ErrorKind::user,
                detail::concat("input '", base::shown(status.path),
                               "' is not here what it is on the JobManager; only TaskManagers of "
                               "its machine can read standard input, pipes and devices, while "
                               "their owner lives: start them there, or give the job a file")};
  }
  return stream;
}

}  // namespace flink::fs
