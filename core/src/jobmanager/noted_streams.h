// SPDX-License-Identifier: Apache-2.0
// The files of a source's coordinator, with a note of what it found that can be read once only: a
// job that reads such a thing cannot go on from a savepoint. Thread-safe.
#pragma once

#include <mutex>
#include <set>
#include <string>

#include "base/file_system.h"

namespace flink::jobmanager {

class NotedStreams final : public base::FileSystem {
 public:
  explicit NotedStreams(base::FileSystem* files) : files_(files) {}

  // Their paths, as people know them.
  std::set<std::string> noted() const;

  std::unique_ptr<base::ReadableFile> open_read(const base::Path& path) override;
  std::unique_ptr<base::ReadableStream> open_stream(const base::FileStatus& status) override;
  std::unique_ptr<base::WritableFile> create(const base::Path& path, bool truncate) override;
  std::optional<base::FileStatus> status(const base::Path& path) override;
  std::vector<base::FileStatus> list(const base::Path& directory) override;
  void create_directories(const base::Path& path) override;
  void create_private_directory(const base::Path& path) override;
  void rename(const base::Path& from, const base::Path& to) override;
  bool remove(const base::Path& path) override;
  void sync_directory(const base::Path& path) override;
  std::unique_ptr<base::RecoverableWriter> recoverable_writer() override;
  std::optional<std::string> local_path(const base::Path& path) override;

 private:
  void note(const base::FileStatus& status);

  base::FileSystem* files_;
  mutable std::mutex mutex_;
  std::set<std::string> noted_;
};

}  // namespace flink::jobmanager
