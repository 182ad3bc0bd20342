// SPDX-License-Identifier: Apache-2.0
#include <flink/base/check.h>
#include <flink/state/rows.h>

#include <algorithm>
#include <array>

namespace flink::state {

namespace {
constexpr std::size_t initial_buckets = 32;
constexpr std::size_t rows_kept = 1024;  // whose memory is used again
constexpr std::size_t burst = 32;        // index lines asked for before the first is needed
}  // namespace

RowTable::RowTable(std::uint32_t row_bytes, std::uint8_t id)
    : row_bytes_(row_bytes), id_(id), chunks_(row_bytes), index_(initial_buckets, chunks_) {
  FLINK_CHECK(row_bytes >= sizeof(Row) && row_bytes % 8 == 0, row_bytes);
}

Row* RowTable::add(std::uint64_t hash) {
  if (index_.full()) {
    rebuild(index_.buckets() * 2);
  } else if (erased_ > index_.buckets() * 8) {
    rebuild(index_.buckets());
  }
  const bool again = free_ != no_row;
  const std::uint32_t at = again ? free_ : chunks_.add();
  Row* const row = row_at(at);
  if (again) {
    free_ = static_cast<std::uint32_t>(row->hash);
    // The next one to be used again, by the time that it is: it left the cache while it was free.
    if (free_ != no_row) {
      const auto* const next = reinterpret_cast<const char*>(row_at(free_));
      flink::detail::prefetch(next);
      flink::detail::prefetch(next + row_bytes_ - 1);
    }
    std::fill_n(reinterpret_cast<char*>(row), row_bytes_, '\0');
  }
  row->hash = hash;
  row->table = id_;
  row->flags = Row::used;
  index_.insert(hash, at);
  ++used_;
  return row;
}

void RowTable::remove(Row* row) noexcept {
  const std::uint32_t id = index_.erase(row->hash, row);
  ++erased_;
  row->flags = 0;
  row->hash = free_;
  free_ = id;
  --used_;
}

void RowTable::reserve(std::size_t rows) {
  std::size_t buckets = index_.buckets();
  while (rows > buckets * index_.rows_wanted) buckets *= 2;
  if (buckets > index_.buckets()) rebuild(buckets);
}

void RowTable::shrink() {
  if (used_ > 0 || chunks_.added() <= rows_kept) return;
  chunks_.clear();
  index_ = flink::detail::RowIndex{initial_buckets, chunks_};
  erased_ = 0;
  free_ = no_row;
}

Row* RowTable::next(Position& position, std::size_t places) const noexcept {
  while (position.row < chunks_.added()) {
    if (places-- == 0) return nullptr;
    Row* const row = row_at(chunks_.id_of(position.row++));
    if (row->is(Row::used)) return row;
  }
  position = {};
  return nullptr;
}

void RowTable::rebuild(std::size_t buckets) {
  index_ = flink::detail::RowIndex{buckets, chunks_};
  erased_ = 0;
  struct Entry {
    std::uint64_t hash;
    std::uint32_t id;
  };
  std::array<Entry, burst> entries;
  std::size_t count = 0;
  const auto insert_all = [&] {
    for (std::size_t i = 0; i < count; ++i) index_.insert(entries[i].hash, entries[i].id);
    count = 0;
  };
  for (std::size_t number = 0; number < chunks_.added(); ++number) {
    const std::uint32_t id = chunks_.id_of(number);
    const Row* const row = row_at(id);
    if (!row->is(Row::used)) continue;
    entries[count++] = {row->hash, id};
    index_.view().prefetch(row->hash);
    if (count == burst) insert_all();
  }
  insert_all();
}

}  // namespace flink::state
