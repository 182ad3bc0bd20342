// SPDX-License-Identifier: Apache-2.0
// The life of rows in memory.
#include "state/tables.h"

#include <flink/base/check.h>
#include <flink/base/prefetch.h>
#include <flink/types/key_group.h>

#include <algorithm>
#include <utility>

#include "state/kinds.h"

namespace flink::state {

namespace {
constexpr std::size_t garbage_min = 64;
}  // namespace

StateTables::StateTables(KeyedStateBackend& backend, Gauges& gauges, KeyGroupRange groups,
                         int max_parallelism)
    : backend_(backend),
      gauges_(gauges),
      groups_(groups),
      max_parallelism_(max_parallelism),
      dirty_(static_cast<std::size_t>(groups.last - groups.first + 1)) {}

bool StateTables::nothing_to_destroy(const Table& table) {
  if (table.timers != nullptr) return false;
  if (table.state != nullptr) return table.state->subkey->trivial && table.state->value->trivial;
  return table.keys->key_type->trivial && !table.keys->namespaced &&
         std::all_of(table.keys->states.begin(), table.keys->states.end(),
                     [](const auto& state) { return state->value->trivial; });
}

void StateTables::destroy(const Table& table, Row* row) {
  if (table.timers != nullptr) {
    table.timers->destroy(static_cast<TimerRow*>(row));
  } else if (table.state != nullptr) {
    auto* const e = static_cast<Element*>(row);
    table.state->subkey->destroy(table.state->subkey_of(e));
    if (!e->is(Row::dead)) table.state->value->destroy(table.state->value_of(e));
  } else {
    for (const auto& state : table.keys->states) {
      if (!is_collection(state->kind) && (state->bits(row) & present) != 0) {
        state->value->destroy(state->cell(row));
      }
    }
    table.keys->destroy_key(row);
  }
}

StateTables::~StateTables() {
  for (const Table& table : tables_) {
    if (nothing_to_destroy(table)) continue;
    RowTable::Position position;
    while (Row* const row = table.rows->next(position)) destroy(table, row);
  }
}

void StateTables::drop_all() {
  leave_key();
  for (const Table& table : tables_) {
    if (table.timers != nullptr) table.timers->forget_all();
    const bool trivial = nothing_to_destroy(table);
    RowTable::Position position;
    while (table.rows->size() > 0) {
      Row* const row = table.rows->next(position);
      if (!trivial) destroy(table, row);
      table.rows->remove(row);
    }
    table.rows->shrink();
    if (table.state != nullptr) {
      table.state->owners = 0;
      table.state->note_change();
    }
  }
  for (const std::size_t group : dirty_groups_) dirty_[group] = {};
  dirty_groups_.clear();
  compact_due_.clear();
  clean_garbage_.clear();
  gauges_.heap_bytes = gauges_.dirty_bytes = 0;
}

StateDescriptor StateTables::descriptor(const BoundState& state) {
  StateDescriptor out;
  out.name = state.name;
  out.id = state.id;
  out.kind = kind_name(state.kind);
  out.key_schema = state.rows->key_type->schema();
  if (state.kind == StateKind::map) out.subkey_schema = state.subkey->schema();
  out.value_schema = state.value->schema();
  out.namespace_schema = state.rows->namespace_schema;
  out.ttl = state.has_ttl;
  return out;
}

std::vector<StateDescriptor> StateTables::descriptors() const {
  std::vector<StateDescriptor> out;
  for (const auto& rows : key_rows_) {
    for (const auto& state : rows->states) out.push_back(descriptor(*state));
  }
  for (const auto& timers : timers_) out.push_back(timers->descriptor());
  return out;
}

void StateTables::leave_key() {
  for (const auto& rows : key_rows_) rows->leave();
}

Row* StateTables::make_row(KeyRows& rows, std::uint64_t key_hash, const void* key,
                           const Namespace& name_space) {
  Row* const row = rows.table->add(name_space.row_hash(key_hash));
  rows.key_type->copy(rows.key_of(row), key);
  gauges_.count_heap(row, 0, rows.key_type->heap_bytes(key));
  if (rows.namespaced) {
    auto* const named = static_cast<NamespacedRow*>(row);
    named->key_hash = key_hash;
    ::new (&named->name_space) Namespace(name_space);
    gauges_.count_heap(row, 0, name_space.heap_bytes());
  }
  for (const auto& state : rows.states) {
    if (is_collection(state->kind)) {
      CollectionHead& head = state->head(row);
      head.complete = head.index_known = gauges_.complete;
    } else {
      state->bits(row) = gauges_.complete ? 0 : static_cast<std::uint8_t>(unknown | stored);
    }
  }
  clean_rows_.note(row);
  return row;
}

bool StateTables::is_empty(const KeyRows& rows, Row* row) const {
  // What was not looked up yet is nothing when memory has everything.
  const int something = gauges_.complete ? present : present | unknown;
  return std::all_of(rows.states.begin(), rows.states.end(), [row, something](const auto& state) {
    if (!is_collection(state->kind)) return (state->bits(row) & something) == 0;
    const CollectionHead& head = state->head(row);
    return head.held == 0 && !head.cleared;
  });
}

bool StateTables::removable(const Row* row) const {
  auto* const mutable_row = const_cast<Row*>(row);
  // A flush that has not come past it yet has it on its list.
  if (row->epoch > gauges_.clean_epoch && oldest_flush_ != 0 && row->captured >= oldest_flush_) {
    return false;
  }
  if (!table_of(row).has_key_rows()) {
    const bool written = row->epoch <= gauges_.clean_epoch;
    return row->is(Row::dead) && !row->is(Row::queued) && (written || !row->is(Row::stored));
  }
  const KeyRows& rows = *table_of(row).keys;
  if (row->is(Row::timed) || !is_empty(rows, mutable_row)) return false;
  if (row->epoch <= gauges_.clean_epoch) return true;
  if (row->is(Row::timer_stored)) return false;
  return std::none_of(rows.states.begin(), rows.states.end(), [mutable_row](const auto& state) {
    return !is_collection(state->kind) && (state->bits(mutable_row) & stored) != 0;
  });
}

void StateTables::note_garbage(Row* row) {
  if (row->epoch == gauges_.epoch) {
    const std::size_t group = group_index(row);
    DirtyRows& dirty = dirty_[group];
    if (++dirty.garbage < garbage_min || dirty.garbage * 2 < dirty.rows.size()) return;
    dirty.garbage = 0;
    compact_due_.push_back(group);
    gauges_.unsettled = true;
  } else if (row->epoch <= gauges_.clean_epoch) {
    clean_garbage_.push_back(row);
    gauges_.unsettled = true;
  }
}

// They come in no order of memory: each is asked for in advance, then what it takes to remove it.
void StateTables::prefetch_ahead(const std::vector<Row*>& rows, std::size_t at) const {
  constexpr std::size_t rows_ahead = 12, index_ahead = 6;
  if (at + rows_ahead >= rows.size()) return;
  detail::prefetch(rows[at + rows_ahead]);
  const Row* const row = rows[at + index_ahead];
  table_of(row).rows->prefetch_index(row->hash);
}

// Elements first: a key row goes when its elements are gone.
void StateTables::compact(DirtyRows& dirty) {
  const bool any_elements = std::any_of(tables_.begin(), tables_.end(),
                                        [](const Table& table) { return table.state != nullptr; });
  for (const bool elements : {true, false}) {
    if (elements && !any_elements) continue;
    std::size_t at = 0;
    std::erase_if(dirty.rows, [&](Row* row) {
      prefetch_ahead(dirty.rows, at++);
      if (is_element(row) != elements || !removable(row)) return false;
      gauges_.dirty_bytes -= std::min<std::size_t>(gauges_.dirty_bytes, bytes_of(row));
      free_row(row);
      return true;
    });
  }
  dirty.garbage = 0;
}

void StateTables::free_row(Row* row) {
  const Table& table = table_of(row);
  if (table.timers != nullptr) {
    table.timers->free(static_cast<TimerRow*>(row));
  } else if (table.state != nullptr) {
    free_element(static_cast<Element*>(row));
  } else {
    free_key_row(*table.keys, row);
  }
}

void StateTables::free_element(Element* e) {
  BoundState& state = *table_of(e).state;
  Row* const owner = e->owner;
  gauges_.count_heap(e, e->heap_bytes, 0);
  state.subkey->destroy(state.subkey_of(e));
  state.elements->remove(e);
  CollectionHead& head = state.head(owner);
  FLINK_CHECK(head.held > 0);
  if (--head.held > 0) return;
  --state.owners;
  if (owner->epoch > gauges_.clean_epoch) return;
  if (removable(owner)) note_garbage(owner);
  clean_rows_.note(owner);
}

void StateTables::free_key_row(KeyRows& rows, Row* row) {
  for (const auto& state : rows.states) {
    if (!is_collection(state->kind) && (state->bits(row) & present) != 0) {
      state->value->destroy(state->cell(row));
    }
  }
  gauges_.count_heap(row, row->heap_bytes, 0);
  rows.destroy_key(row);
  rows.table->remove(row);
}

std::size_t StateTables::memory_bytes() const {
  std::size_t bytes = gauges_.heap_bytes + run_bytes_;
  for (const Table& table : tables_) bytes += table.rows->used_bytes();
  for (const auto& timers : timers_) bytes += timers->queue_bytes();
  return bytes;
}

std::size_t StateTables::group_index(const Row* row) const {
  if (const Timers* const timers = table_of(row).timers; timers != nullptr) {
    return timers->group_index(static_cast<const TimerRow*>(row)->key_hash);
  }
  const Row* const owner = is_element(row) ? static_cast<const Element*>(row)->owner : row;
  const KeyRows& rows = *table_of(owner).keys;
  const int group = key_group(rows.key_hash_of(owner), max_parallelism_);
  FLINK_CHECK(groups_.contains(group), group, groups_.first, groups_.last);
  return static_cast<std::size_t>(group - groups_.first);
}

void StateTables::make_dirty(Row* row, std::size_t group) {
  row->epoch = gauges_.epoch;
  gauges_.dirty_bytes += bytes_of(row);
  if (gauges_.one_key && dirty_[group].rows.empty()) dirty_groups_.push_back(group);
  dirty_[group].rows.push_back(row);
  note_growth();
}

std::vector<DirtyRows> StateTables::end_epoch() {
  ++gauges_.epoch;
  compact_due_.clear();
  dirty_groups_.clear();
  return std::exchange(dirty_, std::vector<DirtyRows>(dirty_.size()));
}

void StateTables::collect_garbage() {
  for (const std::size_t group : compact_due_) compact(dirty_[group]);
  compact_due_.clear();
  // Freeing an element may make its key row garbage, at the end of the list.
  for (std::size_t i = 0; i < clean_garbage_.size(); ++i) {
    Row* const row = clean_garbage_[i];
    if (row->is(Row::used) && row->epoch <= gauges_.clean_epoch && removable(row)) free_row(row);
  }
  clean_garbage_.clear();
}

}  // namespace flink::state
