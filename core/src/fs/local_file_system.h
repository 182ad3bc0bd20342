// SPDX-License-Identifier: Apache-2.0
// The operating system's files behind base::FileSystem. Stateless, thread-safe; calls block.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/file_system.h"

namespace flink::fs {

class LocalFileSystem final : public base::FileSystem {
 public:
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
  std::optional<std::string> local_path(const base::Path& path) override;
};

}  // namespace flink::fs
