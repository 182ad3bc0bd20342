// SPDX-License-Identifier: Apache-2.0
// Where a process spills to: io.tmp.dirs, in turn. Files made here have no name from the moment on
// in which they are open, so that nothing of them is left behind however the process ends. Any
// thread; outlives its files.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/file_system.h"

namespace flink::spill {

class SpillDirectories {
 public:
  // `names`: as io.tmp.dirs has them. `seed`: names are made of it, so that processes do not meet.
  SpillDirectories(base::FileSystem& file_system, std::string_view names, std::uint64_t seed);

  struct Opened {
    std::string directory;  // the one of io.tmp.dirs
    std::unique_ptr<base::WritableFile> writer;
    std::shared_ptr<base::ReadableFile> reader;
  };
  // Blocks: on a helper. Throws Error of the file system's kind.
  Opened open();

  // Of all files that there are now.
  std::uint64_t bytes() const { return bytes_.load(std::memory_order_relaxed); }

 private:
  friend class SpillFile;

  base::FileSystem& file_system_;
  std::vector<base::Path> directories_;
  const std::uint64_t seed_;
  std::atomic<std::uint64_t> next_{0};
  std::atomic<std::uint64_t> bytes_{0};
};

}  // namespace flink::spill
