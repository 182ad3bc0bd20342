// SPDX-License-Identifier: Apache-2.0
#include "state/entry_writer.h"

#include <flink/types/key_group.h>

#include "state/entry_key.h"

namespace flink::state {

namespace {

std::string_view serialized(ByteWriter& out, const TypeOps& type, const void* value) {
  out.clear();
  type.write(out, value);
  return out.view();
}

}  // namespace

bool EntryWriter::append_key(std::string& out, const BoundState& state, const Row* owner,
                             const void* subkey) {
  const KeyRows& rows = *state.rows;
  EntryKey key;
  const std::uint64_t key_hash =
      owner == nullptr ? rows.key_hash_of(*state.at) : rows.key_hash_of(owner);
  const int group = key_group(key_hash, max_parallelism_);
  key.group = static_cast<std::uint16_t>(group);
  key.state = state.id;
  const void* const value = owner == nullptr ? state.at->key : rows.key_of(const_cast<Row*>(owner));
  key.key = serialized(key_writer_, *rows.key_type, value);
  key.name_space = owner == nullptr ? state.at->name_space.view() : rows.namespace_of(owner);
  const std::size_t before = out.size();
  bool cut = append_stored_prefix(out, key);
  if (subkey != nullptr) {
    key.subkey = serialized(value_writer_, *state.subkey, subkey);
    cut |= append_stored_subkey(out, out.size() - before, key.subkey);
  }
  stored_scratch_.clear();
  if (cut) append_whole_key(stored_scratch_, key);
  return cut;
}

bool EntryWriter::append_prefix(std::string& out, const BoundState& state, std::uint64_t key_hash,
                                const void* key_value) {
  EntryKey key;
  key.group = static_cast<std::uint16_t>(key_group(key_hash, max_parallelism_));
  key.state = state.id;
  key.key = serialized(key_writer_, *state.rows->key_type, key_value);
  return append_stored_prefix(out, key);
}

void EntryWriter::capture_element(CapturedGroup& group, const BoundState& state, Element* e) {
  const void* const subkey = state.subkey_of(e);
  if (e->is(Row::dead)) {
    if (e->is(Row::stored)) capture_gone(group, state, e->owner, subkey, EntryTag::tombstone);
    return;
  }
  capture_value(group, state, e->owner, subkey, state.value_of(e),
                state.has_ttl ? state.stamp(e) : 0);
  e->set(Row::stored);
}

void EntryWriter::capture_key_row(CapturedGroup& group, const KeyRows& rows, Row* row) {
  if (row->is(Row::timed) || row->is(Row::timer_stored)) {
    auto& timers = *static_cast<Timers*>(rows.row_timers);
    capture_timer(group, timers, *static_cast<NamespacedRow*>(row), !row->is(Row::timed));
    row->set(Row::timer_stored);
  }
  for (const auto& state : rows.states) {
    if (is_collection(state->kind)) {
      CollectionHead& head = state->head(row);
      if (!head.cleared) continue;
      head.cleared = false;
      capture_gone(group, *state, row, nullptr, EntryTag::prefix_tombstone);
      continue;
    }
    std::uint8_t& bits = state->bits(row);
    if ((bits & present) != 0) {
      capture_value(group, *state, row, nullptr, state->cell(row),
                    state->has_ttl ? state->stamp(row) : 0);
      bits |= CellBit::stored;
    } else if ((bits & (unknown | CellBit::stored)) == CellBit::stored) {
      capture_gone(group, *state, row, nullptr, EntryTag::tombstone);
    }
  }
}

void EntryWriter::capture_value(CapturedGroup& group, const BoundState& state, const Row* owner,
                                const void* subkey, const void* value, std::int64_t stamp) {
  const std::size_t at = group.bytes.size();
  append_key(group.bytes, state, owner, subkey);
  const std::size_t key_bytes = group.bytes.size() - at;
  append_value_header(
      group.bytes, stored_scratch_,
      state.has_ttl ? std::optional{static_cast<std::uint64_t>(stamp)} : std::nullopt);
  constexpr std::size_t large_bytes = 64 * 1024;
  if (state.value->heap_bytes(value) < large_bytes) {
    group.bytes.append(serialized(value_writer_, *state.value, value));
  } else {  // not twice
    ByteWriter out(group.bytes);
    state.value->write(out, value);
  }
  group.add(at, key_bytes);
}

void EntryWriter::capture_gone(CapturedGroup& group, const BoundState& state, const Row* owner,
                               const void* subkey, EntryTag tag) {
  const std::size_t at = group.bytes.size();
  append_key(group.bytes, state, owner, subkey);
  const std::size_t key_bytes = group.bytes.size() - at;
  group.bytes.push_back(static_cast<char>(tag));
  group.add(at, key_bytes);
}

void EntryWriter::capture_timer(CapturedGroup& group, Timers& timers, const NamespacedRow& row,
                                bool gone) {
  const std::size_t at = group.bytes.size();
  timers.append_key(group.bytes, stored_scratch_, row);
  const std::size_t key_bytes = group.bytes.size() - at;
  if (gone) group.bytes.push_back(static_cast<char>(EntryTag::tombstone));
  else append_value_header(group.bytes, stored_scratch_, std::nullopt);
  group.add(at, key_bytes);
}

void EntryWriter::capture(CapturedGroup& group, const StateTables::Table& table, Row* row) {
  if (table.timers != nullptr) {
    const bool gone = row->is(Row::dead);
    if (gone && !row->is(Row::stored)) return;
    capture_timer(group, *table.timers, *static_cast<TimerRow*>(row), gone);
    row->set(Row::stored);
  } else if (table.state != nullptr) {
    capture_element(group, *table.state, static_cast<Element*>(row));
  } else {
    capture_key_row(group, *table.keys, row);
  }
}

}  // namespace flink::state
