// SPDX-License-Identifier: Apache-2.0
// TimeWheel: rows by the time at which they are due. A wheel of 256 places for each byte of a time:
// a row waits at the place of the highest byte in which its time differs from the wheel's, and
// moves down when that place comes up. So to set a time is to append, and taking the next rows
// moves each a few times at most, from one array to another; where a place has many, in pieces, and
// who takes is told to come again. Times before the wheel's own wait in a
// heap, and come first. Rows of one time come in the order in which they were pushed. One thread.
#pragma once

#include <flink/state/timer_service.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace flink::state {

struct NamespacedRow;

class TimeWheel {
 public:
  struct Entry {
    std::int64_t millis;
    NamespacedRow* row;
  };

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  void push(std::int64_t millis, NamespacedRow* row);
  // The least time; INT64_MAX: there is none.
  std::int64_t next() const;
  // Takes the first one, unless it comes after `now`. Rows that come soon are asked for.
  Due pop(std::int64_t now, Entry& first);
  // One that comes so many after the one that was taken last, at the same time; null: none does.
  const NamespacedRow* ahead(std::size_t rows) const;
  // Until the first one is none for which is(entry) holds, such go.
  template <class Is>
  void drop_first(const Is& is);
  // All for which is(entry) holds go; it is asked once for each.
  template <class Is>
  void erase_if(const Is& is);
  void clear();

 private:
  static constexpr int byte_bits = 8, places = 1 << byte_bits, levels = 8;
  static constexpr std::size_t piece = 2048;  // of rows that move down at once
  struct Place {
    std::vector<Entry> entries;
    std::uint64_t least = 0, most = 0;  // of their times, or further apart
  };
  struct Level {
    std::array<std::uint64_t, places / 64> used{};  // a bit a place
    std::array<Place, places> at;
  };
  struct Position {
    int level = -1, place = 0;  // level -1: nothing is in the levels
    bool none() const { return level < 0; }
  };

  static std::uint64_t to_bits(std::int64_t millis) {  // in the same order
    return static_cast<std::uint64_t>(millis) ^ std::uint64_t{1} << 63;
  }
  static std::int64_t to_millis(std::uint64_t bits) {
    return static_cast<std::int64_t>(bits ^ std::uint64_t{1} << 63);
  }
  static bool later(const Entry& a, const Entry& b) { return a.millis > b.millis; }
  Position first() const;
  Place& at(Position position) {
    return levels_[static_cast<std::size_t>(position.level)]
        ->at[static_cast<std::size_t>(position.place)];
  }
  // Of the levels: what was taken of the first place is let go.
  void trim();
  void put(const Entry& entry);
  std::vector<Entry> take_out(Position position);
  void keep_spare(std::vector<Entry> entries);
  // What is in the way of the first row moves down; false: there is more to be moved.
  void begin_to_move(Position position);
  bool move_piece();
  void move_all() {
    while (!move_piece()) {
    }
  }
  // Whether that time is of the place that moves: rows of one time keep their order.
  bool moves(std::uint64_t bits) const {
    return !moving_.empty() && (bits ^ at_) >> moving_level_ * byte_bits == 0;
  }
  template <class Is>
  std::size_t erase_if(Position position, const Is& is);

  std::uint64_t at_ = 0;   // nothing in the levels is due before it
  std::size_t taken_ = 0;  // of the place of that very time
  std::size_t size_ = 0;
  std::array<std::unique_ptr<Level>, levels> levels_;
  std::vector<Entry> moving_;  // of the place of `at_` in that level
  int moving_level_ = 0;
  std::size_t moved_ = 0;                  // of moving_
  std::vector<Entry> early_;               // a heap
  std::vector<std::vector<Entry>> spare_;  // memory for places that come into use
};

template <class Is>
std::size_t TimeWheel::erase_if(Position position, const Is& is) {
  Place& place = at(position);
  const std::size_t gone = std::erase_if(place.entries, is);
  size_ -= gone;
  if (place.entries.empty()) {
    keep_spare(take_out(position));
  } else if (gone > 0) {
    if (place.entries.capacity() > 2 * place.entries.size()) place.entries.shrink_to_fit();
    place.least = UINT64_MAX;
    for (const Entry& entry : place.entries) {
      place.least = std::min(place.least, to_bits(entry.millis));
    }
  }
  return gone;
}

template <class Is>
void TimeWheel::drop_first(const Is& is) {
  while (!early_.empty()) {
    if (!is(early_.front())) return;
    std::pop_heap(early_.begin(), early_.end(), later);
    early_.pop_back();
    --size_;
  }
  move_all();
  trim();
  for (Position position = first(); !position.none(); position = first()) {
    erase_if(position, is);
    if (!at(position).entries.empty()) return;
  }
}

template <class Is>
void TimeWheel::erase_if(const Is& is) {
  size_ -= std::erase_if(early_, is);
  std::make_heap(early_.begin(), early_.end(), later);
  move_all();
  trim();
  for (int level = 0; level < levels; ++level) {
    if (levels_[static_cast<std::size_t>(level)] == nullptr) continue;
    for (int place = 0; place < places; ++place) {
      const Position position{level, place};
      if (!at(position).entries.empty()) erase_if(position, is);
    }
  }
}

}  // namespace flink::state
