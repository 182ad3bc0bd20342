// SPDX-License-Identifier: Apache-2.0
// File systems by the scheme of paths, as one: whoever makes a process makes this, and hands it
// down. A path of an unknown scheme is refused by the first call that it comes to, with those that
// are known.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "base/file_system.h"

namespace flink::base {

// Thread-safe, as those it is made of, which outlive it.
class FileSystems final : public FileSystem {
 public:
  using ByScheme = std::map<std::string, std::reference_wrapper<FileSystem>, std::less<>>;
  explicit FileSystems(ByScheme by_scheme) : by_scheme_(std::move(by_scheme)) {}

  // Throws Error{user}.
  FileSystem& of(const Path& path) const;

  std::unique_ptr<ReadableFile> open_read(const Path& path) override;
  std::unique_ptr<ReadableStream> open_stream(const FileStatus& status) override;
  std::unique_ptr<WritableFile> create(const Path& path, bool truncate) override;
  std::optional<FileStatus> status(const Path& path) override;
  std::vector<FileStatus> list(const Path& directory) override;
  void create_directories(const Path& path) override;
  void create_private_directory(const Path& path) override;
  void rename(const Path& from, const Path& to) override;
  bool remove(const Path& path) override;
  void sync_directory(const Path& path) override;
  std::optional<std::string> local_path(const Path& path) override;

 private:
  ByScheme by_scheme_;
};

}  // namespace flink::base
