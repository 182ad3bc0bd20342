// SPDX-License-Identifier: Apache-2.0
#include <flink/check.h>
#include <flink/state/rows.h>

#include <algorithm>

namespace flink::state {

namespace {
constexpr std::size_t initial_slots = 1024;
constexpr std::size_t first_slab_rows = 64;
constexpr std::size_t slab_bytes_max = std::size_t{4} << 20;
}  // namespace

RowTable::RowTable(std::uint32_t row_bytes, std::uint16_t id)
    : row_bytes_(row_bytes), id_(id), index_(initial_slots) {
  FLINK_CHECK(row_bytes >= sizeof(Row) && row_bytes % 8 == 0, row_bytes);
}

Row* RowTable::add(std::uint64_t hash) {
  if ((used_ + 1) * 2 > index_.size()) rebuild(index_.size() * 2);
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
  place(hash, row);
  ++used_;
  return row;
}

void RowTable::remove(Row* row) noexcept {
  std::size_t hole = row->hash & mask();
  while (row_of(slot(hole)) != row) hole = (hole + 1) & mask();
  // What stands behind the hole and may come nearer to its place does, so that no gap is left.
  for (std::size_t at = (hole + 1) & mask(); slot(at) != 0; at = (at + 1) & mask()) {
    const std::size_t home = row_of(slot(at))->hash & mask();
    if (((at - home) & mask()) < ((at - hole) & mask())) continue;
    index_.data()[hole] = slot(at);
    hole = at;
  }
  index_.data()[hole] = 0;
  row->flags = 0;
  row->hash = reinterpret_cast<std::uint64_t>(free_);
  free_ = row;
  --used_;
}

void RowTable::reserve(std::size_t rows) {
  std::size_t slots = index_.size();
  while (rows * 2 > slots) slots *= 2;
  if (slots > index_.size()) rebuild(slots);
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

void RowTable::place(std::uint64_t hash, Row* row) noexcept {
  std::size_t at = hash & mask();
  while (slot(at) != 0) at = (at + 1) & mask();
  index_.data()[at] = (tag(hash) << tag_shift) | reinterpret_cast<std::uint64_t>(row);
}

void RowTable::rebuild(std::size_t slots) {
  index_ = flink::detail::ZeroedWords{slots};
  Position position;
  while (Row* row = next(position)) place(row->hash, row);
}

}  // namespace flink::state
