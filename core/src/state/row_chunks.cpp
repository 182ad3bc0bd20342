// SPDX-License-Identifier: Apache-2.0
#include <flink/base/check.h>
#include <flink/error.h>
#include <flink/state/row_chunks.h>

#include <algorithm>
#include <bit>

namespace flink::detail {

namespace {
constexpr std::size_t chunk_bytes_min = std::size_t{4} << 20;
// A small table lies on small pages, and on few of them.
constexpr std::size_t small_bytes = std::size_t{2} << 20;
}  // namespace

RowChunks::RowChunks(std::size_t row_bytes)
    : row_bytes_(row_bytes),
      shift_(std::countr_zero(std::max(chunk_bytes_min, std::bit_ceil(row_bytes)) / 8)),
      rows_of_chunk_((std::size_t{8} << shift_) / row_bytes) {
  FLINK_CHECK(row_bytes > 0 && row_bytes % 8 == 0, row_bytes);
}

RowChunks::~RowChunks() = default;

void RowChunks::clear() noexcept {
  chunks_.clear();
  addresses_.clear();
  added_ = 0;
}

void RowChunks::add_chunk() {
  if (chunks_.size() >> (32 - shift_) != 0) {
    throw Error{
        ErrorKind::user,
        "a table of keyed state has reached 32 GB in one subtask; raise the parallelism, or "
        "let a time-to-live remove what is no longer used"};
  }
  chunks_.emplace_back(std::size_t{8} << shift_, chunks_.empty() ? small_bytes : 0);
  addresses_.push_back(static_cast<char*>(chunks_.back().address()));
}

}  // namespace flink::detail
