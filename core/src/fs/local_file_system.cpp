// SPDX-License-Identifier: Apache-2.0
#include "fs/local_file_system.h"

#include <dirent.h>
#include <fcntl.h>
#include <flink/base/check.h>
#include <flink/error.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "fs/descriptor.h"
#include "fs/local_stream.h"

namespace flink::fs {

namespace {

std::string plain(const base::Path& path) {
  if (path.is_local()) return path.text();
  throw Error{ErrorKind::user, detail::concat("'", path.text(), "': there is no file system for ",
                                              path.scheme(), ": here; name a local path")};
}

class LocalReadableFile final : public base::ReadableFile {
 public:
  LocalReadableFile(std::string path, int fd) : path_(std::move(path)), file_(fd) {}

  std::size_t read_at(std::uint64_t offset, std::span<char> out) override {
    std::size_t done = 0;
    while (done < out.size()) {
      const auto got = retried([&] {
        return ::pread(file_.get(), out.data() + done, out.size() - done,
                       static_cast<off_t>(offset + done));
      });
      if (got < 0) fail("read", path_, errno);
      if (got == 0) break;
      done += static_cast<std::size_t>(got);
    }
    return done;
  }

  std::uint64_t size() override {
    struct stat info {};
    if (::fstat(file_.get(), &info) != 0) fail("read the size of", path_, errno);
    return static_cast<std::uint64_t>(info.st_size);
  }

 private:
  std::string path_;
  Descriptor file_;
};

class LocalWritableFile final : public base::WritableFile {
 public:
  LocalWritableFile(std::string path, int fd) : path_(std::move(path)), file_(fd) {}

  void append(std::span<const char> bytes) override {
    FLINK_CHECK(file_.get() >= 0, path_);
    while (!bytes.empty()) {
      const auto put = retried([&] { return ::write(file_.get(), bytes.data(), bytes.size()); });
      if (put < 0) fail("write to", path_, errno);
      bytes = bytes.subspan(static_cast<std::size_t>(put));
      written_ += put;
    }
    // What will be synced goes to the disk meanwhile: sync() then waits for little. It will also
    // tell what goes wrong with that.
    if (written_ - on_their_way_ >= write_back_bytes) {
      (void)::sync_file_range(file_.get(), on_their_way_, written_ - on_their_way_,
                              SYNC_FILE_RANGE_WRITE);
      on_their_way_ = written_;
    }
  }

  void sync() override {
    FLINK_CHECK(file_.get() >= 0, path_);
    if (::fdatasync(file_.get()) != 0) fail("sync", path_, errno);
  }

  // A write error may show only here (network file systems).
  void close() override {
    const int fd = file_.release();
    if (fd >= 0 && ::close(fd) != 0 && errno != EINTR) fail("close", path_, errno);
  }

 private:
  static constexpr off_t write_back_bytes = 2 << 20;
  std::string path_;
  Descriptor file_;
  off_t written_ = 0;
  off_t on_their_way_ = 0;  // up to here
};

base::FileStatus status_of(const std::string& path, const struct stat& info) {
  const bool directory = S_ISDIR(info.st_mode);
  std::string stream = stream_of(path, info);
  const bool sized = !directory && stream.empty();
  return {path, sized ? static_cast<std::uint64_t>(info.st_size) : 0, directory, std::move(stream)};
}

// Nothing: `error` says why.
std::optional<base::FileStatus> look_up(const std::string& given, int& error) {
  const auto path = shared_name(given);
  struct stat info {};
  if (::stat(path.c_str(), &info) == 0) return status_of(path, info);
  error = errno;
  return std::nullopt;
}

}  // namespace

std::unique_ptr<base::ReadableFile> LocalFileSystem::open_read(const base::Path& given) {
  const auto path = plain(given);
  const int fd = retried([&] { return ::open(path.c_str(), O_RDONLY | O_CLOEXEC); });
  if (fd < 0) fail("read", path, errno);
  auto file = std::make_unique<LocalReadableFile>(path, fd);
  // open(2) takes directories, too; the read would fail later and less clearly.
  struct stat info {};
  if (::fstat(fd, &info) != 0) fail("read", path, errno);
  if (S_ISDIR(info.st_mode)) fail("read", path, EISDIR);
  return file;
}

std::unique_ptr<base::ReadableStream> LocalFileSystem::open_stream(const base::FileStatus& status) {
  return open_local_stream(status);
}

std::unique_ptr<base::WritableFile> LocalFileSystem::create(const base::Path& given,
                                                            bool truncate) {
  const auto path = plain(given);
  const int flags = O_WRONLY | O_CREAT | O_CLOEXEC | (truncate ? O_TRUNC : O_EXCL);
  const int fd = retried([&] { return ::open(path.c_str(), flags, 0666); });
  if (fd < 0) fail("create", path, errno);
  return std::make_unique<LocalWritableFile>(path, fd);
}

std::optional<base::FileStatus> LocalFileSystem::status(const base::Path& given) {
  const auto path = plain(given);
  int error = 0;
  auto found = look_up(path, error);
  if (found || error == ENOENT || error == ENOTDIR) return found;
  fail("look up", path, error);
}

std::vector<base::FileStatus> LocalFileSystem::list(const base::Path& given) {
  auto path = plain(given);
  struct Close {
    void operator()(DIR* directory) const { ::closedir(directory); }
  };
  const std::unique_ptr<DIR, Close> directory{::opendir(path.c_str())};
  if (!directory) fail("list", path, errno);
  if (!path.ends_with('/')) path += '/';
  std::vector<base::FileStatus> found;
  for (;;) {
    errno = 0;
    const dirent* entry = ::readdir(directory.get());
    if (!entry) {
      if (errno != 0) fail("list", path, errno);
      break;
    }
    const std::string_view name = entry->d_name;
    if (name == "." || name == "..") continue;
    int error = 0;
    auto one = look_up(path + entry->d_name, error);
    if (one) found.push_back(std::move(*one));
    // Gone since, or a link that leads nowhere or to itself: not there.
    else if (error != ENOENT && error != ENOTDIR && error != ELOOP)
      fail("look up", path + entry->d_name, error);
  }
  std::sort(found.begin(), found.end(),
            [](const auto& a, const auto& b) { return a.path < b.path; });
  return found;
}

void LocalFileSystem::create_directories(const base::Path& given) {
  const auto path = plain(given);
  for (std::size_t end = 0; end < path.size();) {
    end = std::min(path.find('/', end + 1), path.size());
    const auto part = path.substr(0, end);
    if (::mkdir(part.c_str(), 0777) == 0) continue;
    const int error = errno;  // also EROFS or EACCES for one that exists
    struct stat info {};
    if (::stat(part.c_str(), &info) == 0) {
      if (S_ISDIR(info.st_mode)) continue;
      fail("create directory", path, ENOTDIR);
    }
    fail("create directory", part, error);
  }
}

void LocalFileSystem::create_private_directory(const base::Path& given) {
  const auto path = plain(given);
  create_directories(given.parent());
  if (::mkdir(path.c_str(), 0700) != 0) fail("create directory", path, errno);
}

void LocalFileSystem::rename(const base::Path& given_from, const base::Path& given_to) {
  const auto from = plain(given_from);
  const auto to = plain(given_to);
  if (::rename(from.c_str(), to.c_str()) != 0) {
    const int error = errno;
    fail("rename", from + "' to '" + to, error);
  }
}

bool LocalFileSystem::remove(const base::Path& given) {
  const auto path = plain(given);
  if (::remove(path.c_str()) == 0) return true;
  if (errno == ENOENT) return false;
  fail("remove", path, errno);
}

void LocalFileSystem::sync_directory(const base::Path& given) {
  const auto path = plain(given);
  const Descriptor directory{::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (directory.get() < 0) fail("sync directory", path, errno);
  if (::fsync(directory.get()) != 0) fail("sync directory", path, errno);
}

std::optional<std::string> LocalFileSystem::local_path(const base::Path& path) {
  return plain(path);
}

}  // namespace flink::fs
