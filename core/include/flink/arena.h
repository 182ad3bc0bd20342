// SPDX-License-Identifier: Apache-2.0
// Bytes for records with view fields. They live until the call of the user's function ends, and as
// long as the batches with records that the call collects after them, to side outputs too. One
// thread.
#pragma once

#include <flink/base/buffer.h>
#include <flink/types/batch.h>

#include <cstddef>
#include <cstring>
#include <string_view>
#include <vector>

namespace flink {

class Arena {
 public:
  Arena() = default;
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;
  ~Arena();

  // A copy of `bytes` that views in records of the same call may point to, however many there are.
  std::string_view copy(std::string_view bytes) {
    char* place = allocate(bytes.size());
    std::memcpy(place, bytes.data(), bytes.size());
    return {place, bytes.size()};
  }
  char* allocate(std::size_t size) {
    if (!block_ || used_ + size > block_->size()) next_block(size);
    copied_ = fresh_ = true;
    char* place = block_->data() + used_;
    used_ += size;
    return place;
  }

 private:
  template <class T>
  friend class Collector;
  static constexpr std::size_t block_bytes = 64 * 1024;

  // A call that copies much gets larger blocks, so that a batch has few to pin.
  void next_block(std::size_t size);
  // No view into what was copied is to come.
  void begin_call() noexcept {
    if (copied_) forget();
  }
  void forget() noexcept;
  // What the call has copied so far: into a batch that had nothing of it, or only what is new.
  void pin_all_in(Batch& batch) {
    pinned_ = 0;
    if (copied_) pin_new_in(batch);
  }
  void pin_new_in(Batch& batch);

  BufferRef block_;
  std::vector<BufferRef> left_;  // full ones into which the same call has copied
  std::size_t pinned_ = 0;       // so many of left_ are in the collector's batch
  std::size_t used_ = 0;
  bool copied_ = false;  // in this call
  bool fresh_ = false;   // since the last pin
};

}  // namespace flink
