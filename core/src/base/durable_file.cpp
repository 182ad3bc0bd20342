// SPDX-License-Identifier: Apache-2.0
#include "base/durable_file.h"

#include <flink/base/check.h>
#include <flink/error.h>

#include <vector>

namespace flink::base {
namespace {

using detail::concat;

constexpr std::uint64_t file_bytes_max = 1ull << 32;

}  // namespace

std::string parent_of(const std::string& path) {
  const auto slash = path.find_last_of('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

void make_durable_directory(FileSystem& files, const std::string& directory) {
  std::vector<std::string> fresh;  // innermost first
  for (auto path = directory; path != "/" && path != "."; path = parent_of(path)) {
    if (files.status(path)) break;
    fresh.push_back(path);
  }
  files.create_directories(directory);
  for (const auto& path : fresh) files.sync_directory(parent_of(path));
}

void write_durably(FileSystem& files, const std::string& path, std::string_view bytes) {
  const auto beside = path + ".inprogress";
  const auto file = files.create(beside, true);
  file->append({bytes.data(), bytes.size()});
  file->sync();
  file->close();
  files.rename(beside, path);
  files.sync_directory(parent_of(path));
}

std::string read_whole(FileSystem& files, const std::string& path) {
  const auto file = files.open_read(path);
  const auto size = file->size();
  if (size > file_bytes_max) {
    throw Error{ErrorKind::user, concat("'", path, "' has ", size, " bytes: it is none of ours")};
  }
  std::string bytes(static_cast<std::size_t>(size), '\0');
  bytes.resize(file->read_at(0, {bytes.data(), bytes.size()}));
  return bytes;
}

}  // namespace flink::base
