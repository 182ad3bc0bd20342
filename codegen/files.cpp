// SPDX-License-Identifier: Apache-2.0
#include "codegen/files.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <cerrno>
#include <charconv>
#include <cstring>

#include "base/text.h"
#include "flink/base/check.h"
#include "flink/error.h"

namespace flink::codegen {
namespace {

[[noreturn]] void fail(std::string_view what, const fs::path& path) {
  const std::string why = std::strerror(errno);
  throw Error{ErrorKind::resource, detail::concat(what, " ", path.string(), ": ", why)};
}

class Descriptor {
 public:
  explicit Descriptor(int value) : value_(value) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (value_ >= 0) close(value_);
  }
  int get() const { return value_; }

 private:
  int value_;
};

fs::path beside(const fs::path& path) {
  fs::path out = path;
  out += detail::concat(".tmp", getpid());
  return out;
}

void write_all(int descriptor, std::string_view text, const fs::path& path) {
  while (!text.empty()) {
    const auto written = write(descriptor, text.data(), text.size());
    if (written < 0 && errno != EINTR) fail("cannot write", path);
    if (written > 0) text.remove_prefix(static_cast<std::size_t>(written));
  }
}

std::int64_t mtime_ns_of(const struct stat& info) {
  return std::int64_t{info.st_mtim.tv_sec} * 1'000'000'000 + info.st_mtim.tv_nsec;
}

std::int64_t to_integer(std::string_view text) {
  std::int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

}  // namespace

std::optional<std::string> try_read_file(const fs::path& path) {
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) return std::nullopt;
  std::string out;
  struct stat info {};
  if (fstat(file.get(), &info) == 0 && S_ISREG(info.st_mode)) {
    out.reserve(static_cast<std::size_t>(info.st_size));
  }
  char block[65536];
  for (;;) {
    const auto count = read(file.get(), block, sizeof block);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return std::nullopt;
    if (count == 0) return out;
    out.append(block, static_cast<std::size_t>(count));
  }
}

std::string read_file(const fs::path& path) {
  auto text = try_read_file(path);
  if (!text) fail("cannot read", path);
  return std::move(*text);
}

void write_file(const fs::path& path, std::string_view text) {
  const auto temporary = beside(path);
  {
    const Descriptor file(open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
    if (file.get() < 0) fail("cannot write", path);
    write_all(file.get(), text, path);
  }
  if (rename(temporary.c_str(), path.c_str()) != 0) fail("cannot write", path);
}

void replace_file(const fs::path& from, const fs::path& to) {
  const Descriptor source(open(from.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat info {};
  if (source.get() < 0 || fstat(source.get(), &info) != 0) fail("cannot read", from);
  const auto temporary = beside(to);
  {
    const Descriptor target(
        open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, info.st_mode & 0777));
    if (target.get() < 0) fail("cannot write", to);
    if (ioctl(target.get(), FICLONE, source.get()) != 0) {
      off_t left = info.st_size;
      while (left > 0) {
        const auto sent =
            sendfile(target.get(), source.get(), nullptr, static_cast<std::size_t>(left));
        if (sent <= 0) fail("cannot write", to);
        left -= sent;
      }
    }
  }
  // The time goes along: an equal copy is recognized by size and time.
  const timespec times[2] = {info.st_atim, info.st_mtim};
  utimensat(AT_FDCWD, temporary.c_str(), times, 0);
  if (rename(temporary.c_str(), to.c_str()) != 0) fail("cannot write", to);
}

std::string hash_text(std::string_view text) {
  const auto hash = XXH3_128bits(text.data(), text.size());
  return base::hex64(hash.high64) + base::hex64(hash.low64);
}

FileStamp stamp_file(const fs::path& path) {
  FileStamp stamp;
  stamp.path = path.string();
  struct stat info {};
  if (stat(path.c_str(), &info) != 0) return stamp;
  stamp.size = info.st_size;
  stamp.mtime_ns = mtime_ns_of(info);
  stamp.hash = hash_text(read_file(path));
  return stamp;
}

bool still_matches(const FileStamp& stamp) {
  struct stat info {};
  if (stat(stamp.path.c_str(), &info) != 0) return stamp.size < 0;
  if (info.st_size != stamp.size) return false;
  if (mtime_ns_of(info) == stamp.mtime_ns) return true;
  const auto text = try_read_file(stamp.path);
  return text && hash_text(*text) == stamp.hash;
}

std::string format_stamps(const std::vector<FileStamp>& stamps) {
  std::string out;
  for (const auto& stamp : stamps) {
    out +=
        detail::concat(stamp.size, "\t", stamp.mtime_ns, "\t", stamp.hash, "\t", stamp.path, "\n");
  }
  return out;
}

std::vector<FileStamp> parse_stamps(std::string_view text) {
  std::vector<FileStamp> out;
  while (!text.empty()) {
    const auto end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
    std::string_view fields[3];
    bool whole = true;
    for (auto& field : fields) {
      const auto tab = line.find('\t');
      if (tab == std::string_view::npos) {
        whole = false;
        break;
      }
      field = line.substr(0, tab);
      line.remove_prefix(tab + 1);
    }
    if (!whole) continue;
    out.push_back(
        {std::string{line}, to_integer(fields[0]), to_integer(fields[1]), std::string{fields[2]}});
  }
  return out;
}

bool all_match(const std::vector<FileStamp>& stamps) {
  for (const auto& stamp : stamps) {
    if (!still_matches(stamp)) return false;
  }
  return true;
}

FileLock::FileLock(const fs::path& path)
    : descriptor_(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666)) {
  if (descriptor_ < 0) fail("cannot lock", path);
  while (flock(descriptor_, LOCK_EX) != 0) {
    if (errno != EINTR) fail("cannot lock", path);
  }
}

FileLock::~FileLock() { close(descriptor_); }

}  // namespace flink::codegen
