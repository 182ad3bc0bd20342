// SPDX-License-Identifier: Apache-2.0
// CleanRows: the rows that eviction may take, in the order in which they became clean; so it never
// looks at rows that have to stay. A row is noted where it is in a cache anyway: when a flush has
// written it, or when it came from runs. What is noted may have changed or gone since: whoever
// takes it looks. Timers are not noted. The slot's thread only.
#pragma once

#include <flink/state/rows.h>

#include <cstddef>
#include <deque>

namespace flink::state {

class CleanRows {
 public:
  // Until then nothing is noted: nobody takes any.
  void enable() { enabled_ = true; }
  bool empty() const { return rows_.empty(); }
  std::size_t size() const { return rows_.size(); }

  void note(Row* row) {
    if (!enabled_ || row->is(Row::noted)) return;
    row->set(Row::noted);
    rows_.push_back(row);
    if (rows_.size() > forget_at_) [[unlikely]]
      forget_gone();
  }
  // The oldest; null when it has gone since.
  Row* take() {
    Row* const row = rows_.front();
    rows_.pop_front();
    if (!row->is(Row::used) || !row->is(Row::noted)) return nullptr;
    row->unset(Row::noted);
    return row;
  }
  // So many places behind the oldest; null: there are not so many. It may have gone.
  const Row* ahead(std::size_t places) const {
    return places < rows_.size() ? rows_[places] : nullptr;
  }

 private:
  static constexpr std::size_t few = 1024;
  void forget_gone();

  bool enabled_ = false;
  std::deque<Row*> rows_;  // tables keep the memory of rows that are gone
  std::size_t forget_at_ = few;
};

}  // namespace flink::state
