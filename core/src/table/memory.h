// SPDX-License-Identifier: Apache-2.0
// Where the bytes of a batch's values live: taken one after the other, given back all at once.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

namespace flink::table {

class Memory {
 public:
  // Aligned for every value; never null.
  void* allocate(std::size_t size) {
    size = (size + alignment - 1) / alignment * alignment;
    if (used_ + size > room_) next_block(size);
    void* place = at_ + used_;
    used_ += size;
    return place;
  }
  template <class T>
  T* array(std::size_t count) {
    return static_cast<T*>(allocate(count * sizeof(T)));
  }
  std::string_view copy(std::string_view bytes) {
    if (bytes.empty()) return {"", 0};
    char* place = array<char>(bytes.size());
    std::memcpy(place, bytes.data(), bytes.size());
    return {place, bytes.size()};
  }
  // Everything that was given out is gone; the first block stays for what comes.
  void clear() {
    if (blocks_.size() > 1) blocks_.resize(1);
    used_ = 0;
    room_ = blocks_.empty() ? 0 : block_bytes;
    at_ = blocks_.empty() ? nullptr : blocks_[0].get();
  }

 private:
  static constexpr std::size_t alignment = 16;
  static constexpr std::size_t block_bytes = 64 * 1024;

  void next_block(std::size_t size) {
    room_ = std::max(size, block_bytes);
    blocks_.push_back(std::make_unique<std::byte[]>(room_));
    at_ = blocks_.back().get();
    used_ = 0;
  }

  std::vector<std::unique_ptr<std::byte[]>> blocks_;
  std::byte* at_ = nullptr;
  std::size_t used_ = 0;
  std::size_t room_ = 0;
};

}  // namespace flink::table
