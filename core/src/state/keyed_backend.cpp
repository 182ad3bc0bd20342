// SPDX-License-Identifier: Apache-2.0
// Registration, layout, and the life of rows.
#include "state/keyed_backend.h"

#include <flink/check.h>
#include <flink/error.h>
#include <flink/types/key_group.h>

#include <algorithm>
#include <cstddef>

#include "state/kinds.h"

namespace flink::state {

namespace {

constexpr std::uint32_t aligned(std::uint32_t offset, std::uint32_t alignment) {
  return (offset + alignment - 1) / alignment * alignment;
}
// A small row does not straddle two cache lines.
std::uint32_t row_size(std::uint32_t bytes) {
  if (bytes <= 32) return 32;
  if (bytes <= 64) return 64;
  return aligned(bytes, 32);
}

constexpr std::size_t garbage_min = 64;

}  // namespace

std::unique_ptr<KeyedState> make_keyed_state_backend(KeyedStateSetup setup) {
  return std::make_unique<Backend>(std::move(setup));
}

Backend::Backend(KeyedStateSetup setup) : setup_(std::move(setup)) {
  FLINK_CHECK(setup_.clock != nullptr && !setup_.groups.empty());
  if (setup_.type != "hashmap") budget_ = limit_ = setup_.memory_bytes;
  if (budget_ != 0) look_at(limit_);
  dirty_.resize(static_cast<std::size_t>(setup_.groups.last - setup_.groups.first + 1));
}

bool Backend::nothing_to_destroy(const Table& table) {
  if (table.state != nullptr) return table.state->subkey->trivial && table.state->value->trivial;
  return table.keys->key_type->trivial && !table.keys->namespaced &&
         std::all_of(table.keys->states.begin(), table.keys->states.end(),
                     [](const auto& state) { return state->value->trivial; });
}

Backend::~Backend() {
  for (const Table& table : tables_) {
    if (nothing_to_destroy(table)) continue;
    RowTable::Position position;
    while (Row* const row = table.rows->next(position)) {
      if (table.state != nullptr) {
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
  }
}

// ---- registration

KeyRows& Backend::key_rows(const TypeOps& key, std::string namespace_schema) {
  FLINK_CHECK(!started_);
  for (const auto& rows : key_rows_) {
    if (rows->key_type == &key && rows->namespace_schema == namespace_schema) return *rows;
  }
  FLINK_CHECK(key_rows_.empty(), "one type of key and of namespace an operator");
  auto rows = std::make_unique<KeyRows>();
  rows->backend = this;
  rows->key_type = &key;
  rows->namespaced = !namespace_schema.empty();
  rows->namespace_schema = std::move(namespace_schema);
  key_rows_.push_back(std::move(rows));
  return *key_rows_.back();
}

BoundState& Backend::register_state(KeyRows& rows, StateSpec spec) {
  FLINK_CHECK(!started_);
  constexpr std::size_t states_max = 250;  // tables are numbered by a byte
  if (rows.states.size() >= states_max) {
    throw Error{ErrorKind::user, flink::detail::concat("a function has more than ", states_max,
                                                       " states: put values that belong "
                                                       "together into one struct")};
  }
  const std::uint32_t id = state_id(spec.name);
  for (const auto& other : rows.states) {
    if (other->id == id) fail_duplicate(spec.name);
  }
  auto state = std::make_unique<BoundState>();
  state->backend = this;
  state->rows = &rows;
  state->at = &rows;
  state->name = std::move(spec.name);
  state->id = id;
  state->kind = spec.kind;
  state->value = spec.value;
  state->subkey = spec.subkey;
  state->ttl = spec.ttl;
  state->has_ttl = spec.ttl.is_enabled();
  rows.states.push_back(std::move(state));
  return *rows.states.back();
}

TimerQueue& Backend::register_timers(KeyRows& rows, bool event_time) {
  StateSpec spec;
  spec.name = event_time ? "_timer_state/event_user-timers" : "_timer_state/processing_user-timers";
  spec.kind = StateKind::timer;
  spec.value = &no_value_ops;
  spec.subkey = &timer_time_ops;
  timers_.push_back(std::make_unique<TimerQueue>(register_state(rows, std::move(spec))));
  return *timers_.back();
}

void Backend::start() {
  FLINK_CHECK(!started_);
  started_ = true;
  for (const auto& rows : key_rows_) lay_out(*rows);
  find_aging();
  restore();
}

void Backend::lay_out(KeyRows& rows) {
  std::uint32_t end = rows.namespaced ? sizeof(NamespacedRow) : sizeof(Row);
  rows.key_offset = aligned(end, rows.key_type->align);
  end = rows.key_offset + rows.key_type->size;
  for (const auto& state : rows.states) {
    // The first one's lie in the row's head: a key with one state mostly fits a cache line.
    state->bits_offset = state == rows.states.front() ? offsetof(Row, cell_bits) : end++;
  }
  std::uint32_t alignment = std::max<std::uint32_t>(8, rows.key_type->align);
  for (const auto& state : rows.states) {
    const bool collection = is_collection(state->kind);
    if (state->has_ttl && !collection) {
      state->stamp_offset = aligned(end, 8);
      end = state->stamp_offset + 8;
    }
    const std::uint32_t align = collection ? alignof(CollectionHead) : state->value->align;
    alignment = std::max(alignment, align);
    state->cell_offset = aligned(end, align);
    end = state->cell_offset + (collection ? sizeof(CollectionHead) : state->value->size);
  }
  rows.table = std::make_unique<RowTable>(aligned(row_size(end), alignment),
                                          static_cast<std::uint8_t>(tables_.size()));
  tables_.push_back({rows.table.get(), &rows, nullptr});
  for (const auto& state : rows.states) {
    if (!is_collection(state->kind)) continue;
    end = sizeof(Element);
    if (state->has_ttl) {
      state->stamp_offset = end;
      end += 8;
    }
    state->subkey_offset = aligned(end, state->subkey->align);
    state->value_offset = aligned(state->subkey_offset + state->subkey->size, state->value->align);
    alignment = std::max({std::uint32_t{8}, state->subkey->align, state->value->align});
    state->elements = std::make_unique<RowTable>(
        aligned(row_size(state->value_offset + state->value->size), alignment),
        static_cast<std::uint8_t>(tables_.size()));
    tables_.push_back({state->elements.get(), &rows, state.get()});
  }
}

// ---- rows

Row* Backend::create_row(KeyRows& rows, Cursor& at) {
  require_key(at);
  Row* const row = make_row(rows, rows.key_hash_of(at), at.key, at.name_space);
  at.row = row;
  at.key = rows.key_of(row);
  // Others may stand in the same namespace.
  const auto tell = [row, &at](Cursor& other) {
    if (other.key != nullptr && other.hash == row->hash && other.name_space == at.name_space) {
      other.row = row;
    }
  };
  if (rows.namespaced) {
    tell(rows);
    for (Cursor& other : rows.cursors) tell(other);
  }
  note_growth();
  return row;
}

Row* Backend::make_row(KeyRows& rows, std::uint64_t key_hash, const void* key,
                       const Namespace& name_space) {
  Row* const row = rows.table->add(name_space.row_hash(key_hash));
  rows.key_type->copy(rows.key_of(row), key);
  count_heap(row, 0, rows.key_type->heap_bytes(key));
  if (rows.namespaced) {
    auto* const named = static_cast<NamespacedRow*>(row);
    named->key_hash = key_hash;
    ::new (&named->name_space) Namespace(name_space);
    count_heap(row, 0, name_space.heap_bytes());
  }
  for (const auto& state : rows.states) {
    if (is_collection(state->kind)) {
      CollectionHead& head = state->head(row);
      head.complete = head.index_known = complete_ || state->kind == StateKind::timer;
    } else {
      state->bits(row) = complete_ ? 0 : static_cast<std::uint8_t>(unknown | stored);
    }
  }
  return row;
}

bool Backend::is_empty(const KeyRows& rows, Row* row) const {
  // What was not looked up yet is nothing when memory has everything.
  const int something = complete_ ? present : present | unknown;
  return std::all_of(rows.states.begin(), rows.states.end(), [row, something](const auto& state) {
    if (!is_collection(state->kind)) return (state->bits(row) & something) == 0;
    const CollectionHead& head = state->head(row);
    return head.held == 0 && !head.cleared;
  });
}

bool Backend::removable(const Row* row) const {
  auto* const mutable_row = const_cast<Row*>(row);
  // A flush that has not come past it yet has it on its list.
  if (row->epoch > clean_epoch_ && !flushes_.empty() && row->captured >= flushes_.front()->epoch) {
    return false;
  }
  if (is_element(row)) {
    const bool written = row->epoch <= clean_epoch_;
    return row->is(Row::dead) && !row->is(Row::queued) && (written || !row->is(Row::stored));
  }
  const KeyRows& rows = *table_of(row).keys;
  if (!is_empty(rows, mutable_row)) return false;
  if (row->epoch <= clean_epoch_) return true;
  return std::none_of(rows.states.begin(), rows.states.end(), [mutable_row](const auto& state) {
    return !is_collection(state->kind) && (state->bits(mutable_row) & stored) != 0;
  });
}

void Backend::note_garbage(Row* row) {
  if (row->epoch == epoch_) {
    const std::size_t group = group_index(row);
    DirtyRows& dirty = dirty_[group];
    if (++dirty.garbage < garbage_min || dirty.garbage * 2 < dirty.rows.size()) return;
    dirty.garbage = 0;
    compact_due_.push_back(group);
    unsettled_ = true;
  } else if (row->epoch <= clean_epoch_) {
    clean_garbage_.push_back(row);
    unsettled_ = true;
  }
}

void Backend::require_key(const Cursor& at) const {
  if (at.key != nullptr) return;
  throw Error{ErrorKind::user,
              flink::detail::concat("keyed state of ", setup_.operator_name,
                                    " is used where no key is current: use it while an element "
                                    "of a keyed input is processed, or in on_timer(), not in "
                                    "open() or close() or for broadcast elements")};
}

// No key is current: its row may go.
void Backend::leave_key() {
  for (const auto& rows : key_rows_) rows->leave();
}

void Backend::settle_slow() {
  unsettled_ = false;
  leave_key();
  for (const std::size_t group : compact_due_) compact(dirty_[group]);
  compact_due_.clear();
  // Freeing an element may make its key row garbage, at the end of the list.
  for (std::size_t i = 0; i < clean_garbage_.size(); ++i) {
    Row* const row = clean_garbage_[i];
    if (row->is(Row::used) && row->epoch <= clean_epoch_ && removable(row)) free_row(row);
  }
  clean_garbage_.clear();
  clean_up();
  make_room();
}

// Elements first: a key row goes when its elements are gone.
void Backend::compact(DirtyRows& dirty) {
  for (const bool elements : {true, false}) {
    std::erase_if(dirty.rows, [this, elements](Row* row) {
      if (is_element(row) != elements || !removable(row)) return false;
      dirty_bytes_ -=
          std::min<std::size_t>(dirty_bytes_, table_of(row).rows->row_bytes() + row->heap_bytes);
      free_row(row);
      return true;
    });
  }
  dirty.garbage = 0;
}

void Backend::free_row(Row* row) {
  const Table& table = table_of(row);
  if (table.state != nullptr) {
    free_element(static_cast<Element*>(row));
  } else {
    free_key_row(*table.keys, row);
  }
}

void Backend::free_element(Element* e) {
  BoundState& state = *table_of(e).state;
  Row* const owner = e->owner;
  count_heap(e, e->heap_bytes, 0);
  state.subkey->destroy(state.subkey_of(e));
  state.elements->remove(e);
  CollectionHead& head = state.head(owner);
  FLINK_CHECK(head.held > 0);
  if (--head.held > 0) return;
  --state.owners;
  if (owner->epoch <= clean_epoch_ && removable(owner)) note_garbage(owner);
}

void Backend::free_key_row(KeyRows& rows, Row* row) {
  for (const auto& state : rows.states) {
    if (!is_collection(state->kind) && (state->bits(row) & present) != 0) {
      state->value->destroy(state->cell(row));
    }
  }
  count_heap(row, row->heap_bytes, 0);
  rows.destroy_key(row);
  rows.table->remove(row);
}

std::size_t Backend::memory_bytes() const {
  std::size_t bytes = heap_bytes_;
  for (const Table& table : tables_) bytes += table.rows->used_bytes();
  return bytes;
}

}  // namespace flink::state
