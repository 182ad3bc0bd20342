// SPDX-License-Identifier: Apache-2.0
#include "base/file_systems.h"

#include <flink/base/check.h>
#include <flink/error.h>

namespace flink::base {

using detail::concat;

FileSystem& FileSystems::of(const Path& path) const {
  const auto found = by_scheme_.find(path.scheme());
  if (found != by_scheme_.end()) return found->second;
  std::string known;
  for (const auto& [scheme, files] : by_scheme_) {
    known += concat(known.empty() ? "" : ", ", scheme, ":");
  }
  throw Error{ErrorKind::user,
              concat("'", path.text(), "': there is no file system for ", path.scheme(),
                     ": here, only for ", known, "; name a path of one of these")};
}

std::unique_ptr<ReadableFile> FileSystems::open_read(const Path& path) {
  return of(path).open_read(path);
}
std::unique_ptr<ReadableStream> FileSystems::open_stream(const FileStatus& status) {
  return of(status.path).open_stream(status);
}
std::unique_ptr<WritableFile> FileSystems::create(const Path& path, bool truncate) {
  return of(path).create(path, truncate);
}
std::optional<FileStatus> FileSystems::status(const Path& path) { return of(path).status(path); }
std::vector<FileStatus> FileSystems::list(const Path& directory) {
  return of(directory).list(directory);
}
void FileSystems::create_directories(const Path& path) { of(path).create_directories(path); }
void FileSystems::create_private_directory(const Path& path) {
  of(path).create_private_directory(path);
}
void FileSystems::rename(const Path& from, const Path& to) {
  auto& files = of(from);
  if (&of(to) != &files) {
    throw Error{ErrorKind::user, concat("cannot rename '", from.text(), "' to '", to.text(),
                                        "': they lie in different file systems")};
  }
  files.rename(from, to);
}
bool FileSystems::remove(const Path& path) { return of(path).remove(path); }
void FileSystems::sync_directory(const Path& path) { of(path).sync_directory(path); }
std::optional<std::string> FileSystems::local_path(const Path& path) {
  return of(path).local_path(path);
}

}  // namespace flink::base
