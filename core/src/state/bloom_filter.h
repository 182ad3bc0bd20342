// SPDX-License-Identifier: Apache-2.0
// Which keys a run may hold: a Bloom filter of blocks of 64 bytes (one cache line a probe), 10 to
// 20 bits a key, about 1 % false positives. Sized for the most keys there may be, folded to those
// there were. One thread while keys are added, any afterwards.
#pragma once

#include <flink/base/prefetch.h>

#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

namespace flink::state {

class BloomFilter {
 public:
  BloomFilter() = default;  // holds everything
  explicit BloomFilter(std::uint64_t keys_max);

  // Counts after fold().
  void add(std::uint64_t hash) {
    if (blocks_.empty()) return;
    flink::detail::prefetch(&blocks_[hash & (blocks_.size() - 1)]);
    if (waiting_count_ == std::size(waiting_)) set_waiting();
    waiting_[waiting_count_++] = hash;
  }
  bool may_contain(std::uint64_t hash) const {
    if (blocks_.empty()) return true;
    const Block& block = blocks_[hash & (blocks_.size() - 1)];
    std::uint64_t bits = mix(hash);
    for (int probe = 0; probe < probes; ++probe, bits >>= 9) {
      if ((block.words[(bits >> 6) & 7] >> (bits & 63) & 1) == 0) return false;
    }
    return true;
  }
  void prefetch(std::uint64_t hash) const {
    if (!blocks_.empty()) flink::detail::prefetch(&blocks_[hash & (blocks_.size() - 1)]);
  }

  // Halves it for as long as 10 bits a key remain.
  void fold(std::uint64_t keys);
  std::string_view bytes() const;
  std::size_t memory_bytes() const { return blocks_.size() * sizeof(Block); }
  // False: these are no filter's bytes.
  bool assign(std::string_view bytes);

 private:
  struct alignas(64) Block {
    std::uint64_t words[8] = {};
  };
  static constexpr int probes = 7;
  static std::uint64_t mix(std::uint64_t hash) {
    hash ^= hash >> 32;
    return hash * 0x9e3779b97f4a7c15ull;
  }

  void set_waiting();

  std::vector<Block> blocks_;  // a power of two of them
  // Keys whose blocks are on their way into the cache.
  std::uint64_t waiting_[16] = {};
  std::size_t waiting_count_ = 0;
};

}  // namespace flink::state
