// SPDX-License-Identifier: Apache-2.0
// The unit of files that a process writes for itself and reads back: a block of bytes, compressed
// and checksummed. Sans-io. What is read back is not trusted: a disk may lie.
//
//   block = magic:u32 codec:u8 0:u8 0:u16 raw:u32 stored:u32 checksum:u64 stored bytes
// raw and stored count bytes before and after compression; the checksum (XXH3-64) is of all but
// itself. Numbers are little-endian. A block that compression would not make smaller is stored
// as it is.
#pragma once

#include <flink/base/buffer.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "spill/codec.h"

namespace flink::spill {

inline constexpr std::size_t block_header_bytes = 24;
inline constexpr std::size_t block_bytes_max = 1u << 30;  // before compression

// One thread at a time; worth keeping, for it has the compressor's memory.
class BlockEncoder {
 public:
  explicit BlockEncoder(Codec codec);
  ~BlockEncoder();
  BlockEncoder(BlockEncoder&&) noexcept;

  // Appends the block of `bytes` (at most block_bytes_max) to `out`; what it takes there.
  std::size_t encode(std::span<const char> bytes, std::string& out);

 private:
  std::size_t compress(std::span<const char> bytes, std::span<char> to);

  struct Zstd;
  const Codec codec_;
  std::unique_ptr<Zstd> zstd_;  // null: another codec
};

// What the block `stored`, all of it and nothing else, holds. No memory is taken for more than
// `bytes_max` of it. Throws Error{transient} that says what is wrong with it.
BufferRef decode_block(std::span<const char> stored, std::size_t bytes_max = block_bytes_max);

}  // namespace flink::spill
