// SPDX-License-Identifier: Apache-2.0
// A run's file copied to where others find it.
#include <flink/base/check.h>
#include <flink/error.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "state/lmdb.h"
#include "state/run_mapped.h"
#include "state/run_reader.h"

namespace flink::state {
namespace {

using flink::detail::concat;

[[noreturn]] void fail_system(const char* what, const std::string& file) {
  check_lmdb(errno, what, file);
  throw Error(ErrorKind::internal, concat("state: cannot ", what, " ", file));
}

std::string parent_of(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

// Fills `out` unless the file ends.
std::size_t read_fully(int fd, std::uint64_t offset, char* out, std::size_t size,
                       const std::string& file) {
  std::size_t done = 0;
  while (done < size) {
    const auto got = ::pread(fd, out + done, size - done, static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail_system("read", file);
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  return done;
}

// Copies the file behind `fd` in steps, summing up blocks on the way.
void copy_with_checksums(int fd, const std::string& from, base::WritableFile& to, RunFile& run) {
  std::vector<char> step(
      std::min<std::uint64_t>(copy_step_bytes, std::max<std::uint64_t>(run.bytes, 1)));
  for (std::uint64_t at = 0; at < run.bytes;) {
    const auto wanted = std::min<std::uint64_t>(step.size(), run.bytes - at);
    if (read_fully(fd, at, step.data(), wanted, from) != wanted) {
      throw Error(ErrorKind::transient,
                  concat("state: ", from,
                         " became shorter while it was copied: keep other programs "
                         "away from the scratch directory (io.tmp.dirs)"));
    }
    for (std::size_t block = 0; block < wanted; block += checksum_block_bytes) {
      const std::size_t size = std::min<std::size_t>(checksum_block_bytes, wanted - block);
      run.checksums.push_back(checksum({step.data() + block, size}));
    }
    to.append({step.data(), wanted});
    at += wanted;
  }
}

}  // namespace

bool Run::has_bytes_of(const RunFile& file) const {
  mdb_filehandle_t source = -1;
  if (mdb_env_get_fd(mapped_->env.get(), &source) != 0) return false;
  std::vector<char> step(copy_step_bytes);
  std::size_t block = 0;
  for (std::uint64_t at = 0; at < file.bytes;) {
    const auto wanted = std::min<std::uint64_t>(step.size(), file.bytes - at);
    if (read_fully(source, at, step.data(), wanted, mapped_->name) != wanted) return false;
    for (std::size_t i = 0; i < wanted; i += checksum_block_bytes, ++block) {
      const std::size_t size = std::min<std::size_t>(checksum_block_bytes, wanted - i);
      if (block >= file.checksums.size()) return false;
      if (checksum({step.data() + i, size}) != file.checksums[block]) return false;
    }
    at += wanted;
  }
  return block == file.checksums.size();
}

RunFile Run::publish(base::FileSystem& files, const std::string& path) const {
  mdb_filehandle_t source = -1;
  check_lmdb(mdb_env_get_fd(mapped_->env.get(), &source), "read", mapped_->name);
  RunFile run{.path = path, .bytes = file_.bytes, .entries = info_.entries};
  const std::string part = path + ".part";
  try {
    const auto target = files.create(part, true);
    copy_with_checksums(source, mapped_->name, *target, run);
    target->sync();
    target->close();
  } catch (const Error&) {
    try {
      files.remove(part);
    } catch (const Error&) {  // the first failure is the one to report
    }
    throw;
  }
  files.rename(part, path);
  files.sync_directory(parent_of(path));
  return run;
}

}  // namespace flink::state
