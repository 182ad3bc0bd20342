// SPDX-License-Identifier: Apache-2.0
#include "state/bloom_filter.h"

#include <bit>
#include <cstring>

namespace flink::state {
namespace {

constexpr std::uint64_t bits_a_key = 10;
constexpr std::uint64_t bits_a_block = 512;

std::uint64_t blocks_for(std::uint64_t keys) {
  return std::bit_ceil(keys * bits_a_key / bits_a_block + 1);
}

}  // namespace

BloomFilter::BloomFilter(std::uint64_t keys_max) : blocks_(blocks_for(keys_max)) {}

void BloomFilter::set_waiting() {
  for (std::size_t i = 0; i < waiting_count_; ++i) {
    Block& block = blocks_[waiting_[i] & (blocks_.size() - 1)];
    std::uint64_t bits = mix(waiting_[i]);
    for (int probe = 0; probe < probes; ++probe, bits >>= 9) {
      block.words[(bits >> 6) & 7] |= std::uint64_t{1} << (bits & 63);
    }
  }
  waiting_count_ = 0;
}

void BloomFilter::fold(std::uint64_t keys) {
  set_waiting();
  while (blocks_.size() > blocks_for(keys)) {
    const std::size_t half = blocks_.size() / 2;
    for (std::size_t i = 0; i < half; ++i) {
      for (int word = 0; word < 8; ++word) blocks_[i].words[word] |= blocks_[half + i].words[word];
    }
    blocks_.resize(half);
  }
  blocks_.shrink_to_fit();
}

std::string_view BloomFilter::bytes() const {
  return {reinterpret_cast<const char*>(blocks_.data()), blocks_.size() * sizeof(Block)};
}

bool BloomFilter::assign(std::string_view bytes) {
  if (bytes.size() % sizeof(Block) != 0) return false;
  const std::size_t count = bytes.size() / sizeof(Block);
  if (count != 0 && !std::has_single_bit(count)) return false;
  blocks_.resize(count);
  if (count > 0) std::memcpy(static_cast<void*>(blocks_.data()), bytes.data(), bytes.size());
  return true;
}

}  // namespace flink::state
