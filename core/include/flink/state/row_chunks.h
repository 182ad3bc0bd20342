// SPDX-License-Identifier: Apache-2.0
// Memory of the rows of one table: chunks of a few MB that are never moved, so 32 bits name a row
// and pointers to rows stay valid. One thread. Compiled once, in core/src/state.
#pragma once

#include <flink/state/pages.h>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace flink::detail {

class RowChunks {
 public:
  explicit RowChunks(std::size_t row_bytes);  // a multiple of 8
  RowChunks(const RowChunks&) = delete;
  RowChunks& operator=(const RowChunks&) = delete;
  ~RowChunks();

  // A copy of what it takes to find a row, which stays in registers. Valid until the next add().
  class View {
   public:
    char* at(std::uint32_t id) const noexcept {
      return addresses_[id >> shift_] + std::size_t{id & mask_} * 8;
    }

   private:
    friend class RowChunks;
    View(char* const* addresses, int shift)
        : addresses_(addresses), shift_(shift), mask_((std::uint32_t{1} << shift) - 1) {}
    char* const* addresses_;
    int shift_;  // ids count 8 bytes
    std::uint32_t mask_;
  };
  View view() const noexcept { return {addresses_.data(), shift_}; }
  char* at(std::uint32_t id) const noexcept { return view().at(id); }

  // One more row, zeroed: its id. Throws Error{user} at 32 GB.
  std::uint32_t add() {
    if (added_ == chunks_.size() * rows_of_chunk_) [[unlikely]]
      add_chunk();
    return id_of(added_++);
  }
  // Rows are numbered in the order in which they were added.
  std::size_t added() const noexcept { return added_; }
  std::uint32_t id_of(std::size_t number) const noexcept {
    const std::size_t chunk = number / rows_of_chunk_;
    const std::size_t row = number % rows_of_chunk_;
    return static_cast<std::uint32_t>(chunk << shift_ | row * (row_bytes_ / 8));
  }
  std::size_t bytes() const noexcept { return added_ * row_bytes_; }
  // Gives the memory back.
  void clear() noexcept;

 private:
  void add_chunk();

  std::size_t row_bytes_;
  int shift_;
  std::size_t rows_of_chunk_;
  std::vector<Pages> chunks_;
  std::vector<char*> addresses_;
  std::size_t added_ = 0;
};

}  // namespace flink::detail
