// SPDX-License-Identifier: Apache-2.0
// Timers as entries of runs, and reading them ahead.
#include <flink/base/check.h>
#include <flink/error.h>
#include <flink/types/key_group.h>

#include <algorithm>

#include "state/run_stack.h"
#include "state/scratch_value.h"
#include "state/timer_entry.h"
#include "state/timers.h"

namespace flink::state {

StateDescriptor Timers::descriptor() const {
  StateDescriptor out;
  out.name = name_;
  out.id = id_;
  out.kind = "timer";
  out.key_schema = rows_.key_type->schema();
  out.namespace_schema = rows_.namespace_schema;
  return out;
}

void Timers::append_key(std::string& out, std::string& whole, const NamespacedRow& row) {
  key_writer_.clear();
  rows_.key_type->write(key_writer_, key_of(const_cast<NamespacedRow*>(&row)));
  EntryKey key;
  key.group = static_cast<std::uint16_t>(key_group(row.key_hash, max_parallelism_));
  key.state = id_;
  key.key = timer_bytes(row.due, time_scratch_);
  key.name_space = row.name_space.view();
  key.subkey = key_writer_.view();
  whole.clear();
  if (append_stored_key(out, key)) append_whole_key(whole, key);
}

void Timers::attach(const RunStack& stack, std::size_t near_max) {
  stack_ = &stack;
  near_max_ = near_max;
  const bool any = std::any_of(stack.runs().begin(), stack.runs().end(), [this](const auto& run) {
    return run.run->find_state(id_) != nullptr;
  });
  if (!any) return;
  lower_horizons(INT64_MIN);
  const std::size_t count =
      near_max == SIZE_MAX ? SIZE_MAX : std::max<std::size_t>(near_max / (4 * far_.size()), 1);
  for (std::size_t group = 0; group < far_.size(); ++group) read_ahead(group, count);
}

// The next `count` of that group that memory has not.
void Timers::read_ahead(std::size_t group, std::size_t count) {
  Horizon& horizon = horizons_[group];
  const auto number = static_cast<std::uint16_t>(groups_.first + static_cast<int>(group));
  const std::string prefix = state_prefix(number, id_);
  std::string from = horizon.key;
  if (from.empty()) {
    EntryKey first;
    first.group = number;
    first.state = id_;
    first.key = timer_bytes(horizon.millis, time_scratch_);
    append_stored_prefix(from, first);  // of the void namespace, which comes first
  }
  ScratchValue key(*rows_.key_type);
  RunMerge merge(stack_->inputs(), prefix, from);
  for (; merge.valid(); merge.next()) {
    const EntryValue value = decode_value(merge.value(), false);
    if (!value.is_value()) continue;
    DecodedKey entry = decode_entry_key(merge.key(), value);
    const std::int64_t millis = timer_millis(entry.key);
    if (count-- == 0) {
      horizon.millis = millis;
      horizon.key = merge.key();
      break;
    }
    key.read(entry.subkey);
    const std::uint64_t key_hash = rows_.key_type->hash(key.get());
    const Namespace name_space(entry.name_space);
    const Place place{name_space.row_hash(key_hash), key_hash, key.get(), name_space};
    const std::uint64_t hash = hash_of(place, millis);
    // What memory has is newer.
    if (find(hash, millis, place) != nullptr || holder(place, millis) != nullptr) continue;
    TimerRow* const timer = make(hash, millis, place);
    timer->set(Row::stored);
    timer->set(Row::queued);
    wheel_.push(millis, timer);
  }
  if (!merge.valid()) horizon = {};
  // What is in memory and came near.
  far_size_ -= std::erase_if(far_[group], [this, group](const Entry& entry) {
    if (!is_near(*entry.row, group)) return false;
    wheel_.push(entry.millis, entry.row);
    return true;
  });
  find_nearest_horizon();
}

void Timers::add_restored(std::int64_t millis, std::string_view key_bytes,
                          std::string_view name_space) {
  ScratchValue key(*rows_.key_type);
  key.read(key_bytes);
  const std::uint64_t key_hash = rows_.key_type->hash(key.get());
  const Namespace at(name_space);
  const Place place{at.row_hash(key_hash), key_hash, key.get(), at};
  const std::uint64_t hash = hash_of(place, millis);
  if (find(hash, millis, place) != nullptr) return;
  TimerRow* const timer = make(hash, millis, place);
  backend_.touch(timer);
  queue(timer);
}

}  // namespace flink::state
