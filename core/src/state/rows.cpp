// SPDX-License-Identifier: Apache-2.0
#include <flink/check.h>
#include <flink/state/rows.h>

#include <algorithm>

namespace flink::state {

namespace {
constexpr std::size_t initial_buckets = 32;
constexpr std::size_t first_slab_rows = 64;
constexpr std::size_t slab_bytes_max = std::size_t{4} << 20;
}  // namespace

RowTable::RowTable(std::uint32_t row_bytes, std::uint8_t id)
    : row_bytes_(row_bytes), id_(id), index_(initial_buckets) {
  FLINK_CHECK(row_bytes >= sizeof(Row) && row_bytes % 8 == 0, row_bytes);
}

Row* RowTable::add(std::uint64_t hash) {
  if (index_.full()) {
    rebuild(index_.buckets() * 2);
  } else if (erased_ > index_.buckets() * 8) {
    rebuild(index_.buckets());
  }
  Row* row = free_;
  if (row != nullptr) {
    free_ = reinterpret_cast<Row*>(row->hash);
    std::fill_n(reinterpret_cast<char*>(row), row_bytes_, '\0');
  } else {
    if (slabs_.empty() || slabs_.back().begun == slabs_.back().rows) add_slab();
    Slab& slab = slabs_.back();
    row = row_at(slab, slab.begun++);
  }
  row->hash = hash;
  row->table = id_;
  row->flags = Row::used;
  index_.insert(hash, row);
  ++used_;
  return row;
}

void RowTable::remove(Row* row) noexcept {
  index_.erase(row->hash, row);
  ++erased_;
  row->flags = 0;
  row->hash = reinterpret_cast<std::uint64_t>(free_);
  free_ = row;
  --used_;
}

void RowTable::reserve(std::size_t rows) {
  std::size_t buckets = index_.buckets();
  while (rows > buckets * 4) buckets *= 2;
  if (buckets > index_.buckets()) rebuild(buckets);
}

Row* RowTable::next(Position& position) const noexcept {
  for (; position.slab < slabs_.size(); ++position.slab, position.row = 0) {
    const Slab& slab = slabs_[position.slab];
    while (position.row < slab.begun) {
      Row* const row = row_at(slab, position.row++);
      if (row->is(Row::used)) return row;
    }
  }
  position = {};
  return nullptr;
}

// Slabs double up to a few MB, so that a small table is small and a large one lies on huge pages.
void RowTable::add_slab() {
  const std::size_t rows_max = std::max(first_slab_rows, slab_bytes_max / row_bytes_);
  const std::size_t rows =
      slabs_.empty() ? first_slab_rows : std::min(rows_max, slabs_.back().rows * 2);
  slabs_.push_back({flink::detail::Pages{rows * row_bytes_}, rows, 0});
  slab_bytes_ += rows * row_bytes_;
}

void RowTable::rebuild(std::size_t buckets) {
  index_ = flink::detail::RowIndex{buckets};
  erased_ = 0;
  Position position;
  while (Row* row = next(position)) index_.insert(row->hash, row);
}

}  // namespace flink::state
