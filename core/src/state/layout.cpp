// SPDX-License-Identifier: Apache-2.0
// Registration of states, and how rows are laid out for them.
#include <flink/base/check.h>
#include <flink/error.h>

#include <algorithm>
#include <cstddef>

#include "state/kinds.h"
#include "state/tables.h"

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

}  // namespace

KeyRows& StateTables::key_rows(const TypeOps& key, std::string namespace_schema) {
  for (const auto& rows : key_rows_) {
    if (rows->key_type == &key && rows->namespace_schema == namespace_schema) return *rows;
  }
  FLINK_CHECK(key_rows_.empty(), "one type of key and of namespace an operator");
  auto rows = std::make_unique<KeyRows>();
  rows->backend = &backend_;
  rows->key_type = &key;
  rows->namespaced = !namespace_schema.empty();
  rows->namespace_schema = std::move(namespace_schema);
  key_rows_.push_back(std::move(rows));
  return *key_rows_.back();
}

BoundState& StateTables::register_state(KeyRows& rows, StateSpec spec) {
  constexpr std::size_t states_max = 250;  // tables are numbered by a byte
  if (rows.states.size() >= states_max) {
    throw Error{ErrorKind::incurable, flink::detail::concat("a function has more than ", states_max,
                                                            " states: put values that belong "
                                                            "together into one struct")};
  }
  const std::uint32_t id = state_id(spec.name);
  for (const auto& other : rows.states) {
    if (other->id == id) fail_duplicate(spec.name);
  }
  auto state = std::make_unique<BoundState>();
  state->backend = &backend_;
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

TimerQueue& StateTables::register_timers(KeyRows& rows, bool event_time) {
  timers_.push_back(std::make_unique<Timers>(
      backend_, gauges_, rows,
      event_time ? "_timer_state/event_user-timers" : "_timer_state/processing_user-timers",
      groups_, max_parallelism_));
  return *timers_.back();
}

void StateTables::lay_out() {
  for (const auto& rows : key_rows_) lay_out(*rows);
  for (const auto& timers : timers_) {
    timers->lay_out(static_cast<std::uint8_t>(tables_.size()));
    tables_.push_back({&timers->table(), key_rows_.front().get(), nullptr, timers.get()});
  }
}

void StateTables::lay_out(KeyRows& rows) {
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

}  // namespace flink::state
