// SPDX-License-Identifier: Apache-2.0
// Real files on a disk that has room for so many bytes.
#pragma once

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "base/forwarding_file_system.h"
#include "fs/descriptor.h"
#include "fs/local_file_system.h"

namespace flink::test {

class FullDisk final : public base::ForwardingFileSystem {
 public:
  explicit FullDisk(std::uint64_t bytes)
      : ForwardingFileSystem(files_), left_(std::make_shared<std::atomic<std::uint64_t>>(bytes)) {}

  std::unique_ptr<base::WritableFile> create(const base::Path& path, bool truncate) override {
    return std::make_unique<Writer>(to_.create(path, truncate), path.text(), left_);
  }

 private:
  using Left = std::shared_ptr<std::atomic<std::uint64_t>>;
  struct Writer final : base::WritableFile {
    Writer(std::unique_ptr<base::WritableFile> real, std::string name, Left room)
        : file(std::move(real)), path(std::move(name)), left(std::move(room)) {}
    void append(std::span<const char> bytes) override {
      if (left->load() < bytes.size()) fs::fail("write to", path, ENOSPC);
      left->fetch_sub(bytes.size());
      file->append(bytes);
    }
    void sync() override { file->sync(); }
    void close() override { file->close(); }
    std::unique_ptr<base::WritableFile> file;
    std::string path;
    Left left;
  };

  fs::LocalFileSystem files_;
  Left left_;
};

}  // namespace flink::test
