// SPDX-License-Identifier: Apache-2.0
// How the file of a run is laid out (format 2). It is written once from front to back and never
// changed, so it needs no tree: entries in order of their keys, cut into blocks, and an index of
// where the blocks begin. Numbers are little-endian.
//
//   "flinkrun"
//   entries, each   [value size u32][key size u16][key][value]
//   zeros, up to a multiple of 8
//   heads           of each block: the first 16 bytes of its first key, zeros behind shorter ones,
//                   as a big-endian number of two words, the low one first
//   offsets         of each block: u64, where it begins
//   Bloom filter    its bytes
//   meta            Serializer<RunInfo>, Serializer<vector<StateDescriptor>>
//   Footer
//
// A look-up finds its block by heads, whose order is the order of keys, then reads the block.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace flink::state {

static_assert(std::endian::native == std::endian::little, "runs are mapped as they are");

inline constexpr std::string_view flat_magic = "flinkrun";
inline constexpr std::size_t entry_header_bytes = 6;

struct KeyHead {
  std::uint64_t low = 0, high = 0;

  static KeyHead of(std::string_view key) {
    char bytes[16] = {};
    key.copy(bytes, sizeof(bytes));
    KeyHead out;
    std::memcpy(&out.high, bytes, 8);
    std::memcpy(&out.low, bytes + 8, 8);
    out.high = __builtin_bswap64(out.high);
    out.low = __builtin_bswap64(out.low);
    return out;
  }
  // Without branches: the outcome cannot be foreseen.
  friend bool operator<(const KeyHead& a, const KeyHead& b) {
    return (a.high < b.high) | ((a.high == b.high) & (a.low < b.low));
  }
  friend bool operator==(const KeyHead&, const KeyHead&) = default;
};

struct FlatFooter {
  std::uint64_t entries_end = 0;
  std::uint64_t heads_at = 0;
  std::uint64_t blocks = 0;
  std::uint64_t bloom_at = 0, bloom_bytes = 0;
  std::uint64_t meta_bytes = 0;  // behind the filter, in front of the footer
  std::uint32_t bloom_has_prefixes = 0;
  std::uint32_t version = 0;
};

}  // namespace flink::state
