// SPDX-License-Identifier: Apache-2.0
// A run's file put where others find it.
#include <fcntl.h>
#include <flink/base/check.h>
#include <flink/error.h>

#include <algorithm>
#include <cerrno>

#include "state/descriptor.h"
#include "state/run_reader.h"

namespace flink::state {
namespace {

using flink::detail::concat;

std::string parent_of(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

}  // namespace

// Reads the file in steps; `step(bytes)` false: enough. Returns what was read until then.
template <class Step>
std::uint64_t Run::read_through(const Step& step) const {
  std::vector<char> room(std::min<std::uint64_t>(copy_step_bytes, file_.bytes));
  std::uint64_t at = 0;
  while (at < file_.bytes) {
    const auto wanted = std::min<std::uint64_t>(room.size(), file_.bytes - at);
    const std::size_t got = read_fully(bytes_->descriptor(), at, {room.data(), wanted}, file_.path);
    if (got != wanted || !step(std::span<const char>{room.data(), got})) break;
    at += got;
  }
  return at;
}

bool Run::has_bytes_of(const RunFile& file) const {
  if (file.bytes != file_.bytes) return false;
  std::size_t block = 0;
  const std::uint64_t same = read_through([&](std::span<const char> bytes) {
    for (std::size_t at = 0; at < bytes.size(); at += checksum_block_bytes, ++block) {
      const std::size_t size = std::min(checksum_block_bytes, bytes.size() - at);
      if (block >= file.checksums.size()) return false;
      if (checksum({bytes.data() + at, size}) != file.checksums[block]) return false;
    }
    return true;
  });
  return same == file.bytes && block == file.checksums.size();
}

// The file itself under that name, as long as it has none; nobody writes into it any more.
bool Run::link_to(const std::string& name) const {
  const std::string open_file = concat("/proc/self/fd/", bytes_->descriptor());
  ::unlink(name.c_str());
  if (::linkat(AT_FDCWD, open_file.c_str(), AT_FDCWD, name.c_str(), AT_SYMLINK_FOLLOW) != 0) {
    return false;  // it had one, or that is another disk
  }
  if (::fsync(bytes_->descriptor()) != 0) {
    const int code = errno;
    ::unlink(name.c_str());
    fail_system(code, "sync", name);
  }
  return true;
}

void Run::copy_to(base::WritableFile& target) const {
  std::size_t block = 0;
  const std::uint64_t copied = read_through([&](std::span<const char> bytes) {
    for (std::size_t at = 0; at < bytes.size(); at += checksum_block_bytes, ++block) {
      const std::size_t size = std::min(checksum_block_bytes, bytes.size() - at);
      if (checksum({bytes.data() + at, size}) != file_.checksums[block]) return false;
    }
    target.append(bytes);
    return true;
  });
  if (copied == file_.bytes) return;
  throw Error(
      ErrorKind::transient,
      concat("state: ", file_.path, " is not what was written there any more, from byte ", copied,
             " on: keep other programs away from the scratch directory "
             "(io.tmp.dirs), and check the disk"));
}

RunFile Run::publish(base::FileSystem& files, const std::string& path) const {
  const std::string part = path + ".part";
  try {
    const auto local = files.local_path(part);
    if (!local || !link_to(*local)) {
      const auto target = files.create(part, true);
      copy_to(*target);
      target->sync();
      target->close();
    }
  } catch (const Error&) {
    try {
      files.remove(part);
    } catch (const Error&) {  // the first failure is the one to report
    }
    throw;
  }
  files.rename(part, path);
  files.sync_directory(parent_of(path));
  RunFile published = file_;
  published.path = path;
  published.entries = info_.entries;
  return published;
}

}  // namespace flink::state
