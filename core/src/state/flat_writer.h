// SPDX-License-Identifier: Apache-2.0
// FlatWriter: writes the file of a run (flat_format.h) from front to back, and its checksums on the
// way. The file has no name where the file system can do that, so nobody has to remove it, and gets
// one when it is published. Blocking: for helpers; one thread. Memory: what is buffered, at least
// the largest entry, and 24 bytes a block.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "state/descriptor.h"
#include "state/flat_format.h"
#include "state/run_format.h"

namespace flink::state {

class FlatWriter {
 public:
  // `scratch_file`: a name in a private local directory, used if need be.
  FlatWriter(std::string scratch_file, std::size_t buffered_bytes_max);

  // Keys strictly ascending. Room for the value, valid until the next call.
  char* append(std::string_view key, std::size_t value_bytes);

  struct Written {
    Descriptor file;
    std::uint64_t bytes = 0;
    std::vector<std::uint64_t> checksums;
  };
  // Once; nothing may follow.
  Written finish(const RunInfo& info, const std::vector<StateDescriptor>& states,
                 std::string_view bloom, bool bloom_has_prefixes);

 private:
  char* take(std::size_t bytes);
  void put(std::string_view bytes);
  void write_blocks(bool all);
  std::uint64_t position() const { return written_ + used_; }

  std::string name_;
  Descriptor file_;
  std::size_t buffered_max_;
  std::unique_ptr<char[]> buffer_;
  std::size_t capacity_ = 0, used_ = 0;
  std::uint64_t written_ = 0;  // in front of the buffer, whole blocks of checksums
  std::vector<std::uint64_t> checksums_;
  std::vector<KeyHead> heads_;
  std::vector<std::uint64_t> offsets_;
  std::string last_key_;
};

}  // namespace flink::state
