// SPDX-License-Identifier: Apache-2.0
#include "state/time_wheel.h"

#include <flink/base/prefetch.h>
#include <flink/state/key_rows.h>

#include <bit>
#include <utility>

namespace flink::state {

namespace {

constexpr int bits_of_word = 64;
constexpr std::size_t spares = 4, spare_entries_max = 1 << 16;
// Of rows that come at the same time, and of those that come within 256 ms.
constexpr std::size_t asked_ahead = 12, soon = 1024;

void ask(const TimeWheel::Entry& entry) {
  detail::prefetch(entry.row);
  detail::prefetch(reinterpret_cast<const char*>(entry.row) + 64);
}

}  // namespace

TimeWheel::Position TimeWheel::first() const {
  for (int level = 0; level < levels; ++level) {
    const Level* const found = levels_[static_cast<std::size_t>(level)].get();
    if (found == nullptr) continue;
    for (int word = 0; word < places / bits_of_word; ++word) {
      const std::uint64_t used = found->used[static_cast<std::size_t>(word)];
      if (used != 0) return {level, word * bits_of_word + std::countr_zero(used)};
    }
  }
  return {};
}

void TimeWheel::put(const Entry& entry) {
  const std::uint64_t bits = to_bits(entry.millis);
  const std::uint64_t differs = bits ^ at_;
  const int level = differs == 0 ? 0 : (std::bit_width(differs) - 1) / byte_bits;
  const int number = static_cast<int>(bits >> level * byte_bits & (places - 1));
  auto& there = levels_[static_cast<std::size_t>(level)];
  if (there == nullptr) there = std::make_unique<Level>();
  Place& place = there->at[static_cast<std::size_t>(number)];
  if (place.entries.empty()) {
    there->used[static_cast<std::size_t>(number / bits_of_word)] |= std::uint64_t{1}
                                                                    << number % bits_of_word;
    place.least = place.most = bits;
    if (place.entries.capacity() == 0 && !spare_.empty()) {
      place.entries.swap(spare_.back());
      spare_.pop_back();
    }
  }
  place.least = std::min(place.least, bits);
  place.most = std::max(place.most, bits);
  place.entries.push_back(entry);
}

// The place is unused then.
std::vector<TimeWheel::Entry> TimeWheel::take_out(Position position) {
  levels_[static_cast<std::size_t>(position.level)]
      ->used[static_cast<std::size_t>(position.place / bits_of_word)] &=
      ~(std::uint64_t{1} << position.place % bits_of_word);
  return std::exchange(at(position).entries, {});
}

void TimeWheel::keep_spare(std::vector<Entry> entries) {
  if (spare_.size() >= spares || entries.capacity() > spare_entries_max) return;
  entries.clear();
  spare_.push_back(std::move(entries));
}

void TimeWheel::push(std::int64_t millis, NamespacedRow* row) {
  ++size_;
  const std::uint64_t bits = to_bits(millis);
  if (bits >= at_) return moves(bits) ? moving_.push_back({millis, row}) : put({millis, row});
  early_.push_back({millis, row});
  std::push_heap(early_.begin(), early_.end(), later);
}

std::int64_t TimeWheel::next() const {
  if (!early_.empty()) return early_.front().millis;
  if (!moving_.empty()) return to_millis(at_);
  const Position position = first();
  return position.none() ? INT64_MAX : to_millis(const_cast<TimeWheel*>(this)->at(position).least);
}

void TimeWheel::begin_to_move(Position position) {
  const std::uint64_t least = at(position).least, most = at(position).most;
  std::vector<Entry> entries = take_out(position);
  at_ = least;
  if (position.level == 1) {
    for (std::size_t i = 0; i < std::min(soon, entries.size()); ++i) ask(entries[i]);
  }
  if (least == most) {  // as windows that end at once
    put(entries.front());
    std::swap(at(first()).entries, entries);
    return keep_spare(std::move(entries));
  }
  moving_ = std::move(entries);
  moving_level_ = position.level;
}

bool TimeWheel::move_piece() {
  const std::size_t stop = std::min(moving_.size(), moved_ + piece);
  for (; moved_ < stop; ++moved_) put(moving_[moved_]);
  if (moved_ < moving_.size()) return false;
  if (moved_ > 0) keep_spare(std::exchange(moving_, {}));
  moved_ = 0;
  return true;
}

Due TimeWheel::pop(std::int64_t now, Entry& taken) {
  if (!early_.empty()) {
    if (early_.front().millis > now) return Due::none;
    taken = early_.front();
    std::pop_heap(early_.begin(), early_.end(), later);
    early_.pop_back();
    --size_;
    return Due::one;
  }
  for (;;) {
    if (!moving_.empty() && to_millis(at_) > now) return Due::none;
    if (!move_piece()) return Due::not_yet;
    const Position position = first();
    if (position.none()) return Due::none;
    Place& place = at(position);
    if (to_millis(place.least) > now) return Due::none;
    if (position.level > 0) {
      begin_to_move(position);
      continue;
    }
    at_ = place.least;
    taken = place.entries[taken_++];
    if (taken_ + asked_ahead < place.entries.size()) ask(place.entries[taken_ + asked_ahead]);
    if (taken_ == place.entries.size()) {
      taken_ = 0;
      keep_spare(take_out(position));
    }
    --size_;
    return Due::one;
  }
}

const NamespacedRow* TimeWheel::ahead(std::size_t rows) const {
  if (taken_ == 0) return nullptr;
  const auto& entries = levels_.front()->at[at_ & (places - 1)].entries;
  return taken_ + rows < entries.size() ? entries[taken_ + rows].row : nullptr;
}

void TimeWheel::trim() {
  if (taken_ == 0) return;
  auto& entries = at(first()).entries;  // of `at_`
  entries.erase(entries.begin(), entries.begin() + static_cast<std::ptrdiff_t>(taken_));
  taken_ = 0;
}

void TimeWheel::clear() {
  // In BATCH each key ends with this: memory stays.
  moving_.clear();
  moved_ = 0;
  if (size_ > early_.size() || taken_ > 0) {
    for (Position at = first(); !at.none(); at = first()) keep_spare(take_out(at));
  }
  early_.clear();
  at_ = taken_ = size_ = 0;
}

}  // namespace flink::state
