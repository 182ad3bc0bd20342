// SPDX-License-Identifier: Apache-2.0
// A file of blocks for what does not fit memory: written front to back, read at any place. It has
// no name, and is gone with this object or the process. All calls but place_of_next() and bytes()
// block: on a helper. One thread writes; any number read what was written.
#pragma once

#include <flink/base/buffer.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "base/file_system.h"
#include "spill/block.h"
#include "spill/spill_directories.h"

namespace flink::spill {

struct BlockPlace {
  std::uint64_t offset = 0;
  std::uint32_t bytes = 0;  // in the file
  friend bool operator==(const BlockPlace&, const BlockPlace&) = default;
};

class SpillFile {
 public:
  // `what` says in messages whose it is: "the output of 'map (1/2)'". Throws Error when a file
  // cannot be made.
  SpillFile(SpillDirectories& directories, Codec codec, std::string what);
  ~SpillFile();
  SpillFile(const SpillFile&) = delete;
  SpillFile& operator=(const SpillFile&) = delete;

  // Blocks gather in memory up to write_bytes; write() is for the last ones, or before they are
  // read. A full disk throws Error{resource} that names the directory and how much was written.
  BlockPlace add(std::span<const char> bytes);
  void write();
  // No more is written: the writing end closes.
  void close();

  // Throws Error{transient} when it is damaged or not there.
  BufferRef read(const BlockPlace& place, std::size_t bytes_max = block_bytes_max) const;
  // So many bytes as they are.
  void read_bytes(std::uint64_t offset, std::span<char> to) const;

  std::uint64_t bytes() const { return written_ + pending_.size(); }
  const std::string& what() const { return what_; }

 private:
  static constexpr std::size_t write_bytes = 256 * 1024;

  SpillDirectories& directories_;
  const std::string what_;
  BlockEncoder encoder_;
  SpillDirectories::Opened file_;
  std::string pending_;
  std::uint64_t written_ = 0;
};

}  // namespace flink::spill
