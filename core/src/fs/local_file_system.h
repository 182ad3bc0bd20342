// SPDX-License-Identifier: Apache-2.0
// The operating system's files behind base::FileSystem. Stateless, thread-safe; calls block. Paths
// are plain; a leading file:// (Flink's spelling) is taken off.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/file_system.h"

namespace flink::fs {

class LocalFileSystem final : public base::FileSystem {
 public:
  std::unique_ptr<base::ReadableFile> open_read(const std::string& path) override;
  std::unique_ptr<base::ReadableStream> open_stream(const base::FileStatus& status) override;
  std::unique_ptr<base::WritableFile> create(const std::string& path, bool truncate) override;
  std::optional<base::FileStatus> status(const std::string& path) override;
  std::vector<base::FileStatus> list(const std::string& directory) override;
  void create_directories(const std::string& path) override;
  void create_private_directory(const std::string& path) override;
  void rename(const std::string& from, const std::string& to) override;
  bool remove(const std::string& path) override;
  void sync_directory(const std::string& path) override;
  std::optional<std::string> local_path(const std::string& path) override;
};

}  // namespace flink::fs
