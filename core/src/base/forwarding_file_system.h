// SPDX-License-Identifier: Apache-2.0
// Another file system, call for call. Derive from it to see or change some of the calls.
#pragma once

#include "base/file_system.h"

namespace flink::base {

class ForwardingFileSystem : public FileSystem {
 public:
  explicit ForwardingFileSystem(FileSystem& to) : to_(to) {}  // outlives it

  std::unique_ptr<ReadableFile> open_read(const Path& path) override { return to_.open_read(path); }
  std::unique_ptr<ReadableStream> open_stream(const FileStatus& status) override {
    return to_.open_stream(status);
  }
  std::unique_ptr<WritableFile> create(const Path& path, bool truncate) override {
    return to_.create(path, truncate);
  }
  std::optional<FileStatus> status(const Path& path) override { return to_.status(path); }
  std::vector<FileStatus> list(const Path& directory) override { return to_.list(directory); }
  void create_directories(const Path& path) override { to_.create_directories(path); }
  void create_private_directory(const Path& path) override { to_.create_private_directory(path); }
  void rename(const Path& from, const Path& to) override { to_.rename(from, to); }
  bool remove(const Path& path) override { return to_.remove(path); }
  void sync_directory(const Path& path) override { to_.sync_directory(path); }
  std::unique_ptr<RecoverableWriter> recoverable_writer() override {
    return to_.recoverable_writer();
  }
  std::optional<std::string> local_path(const Path& path) override { return to_.local_path(path); }

 protected:
  FileSystem& to_;
};

}  // namespace flink::base
