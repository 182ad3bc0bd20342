// SPDX-License-Identifier: Apache-2.0
// What is only in runs: read when it is asked for, on the slot.
#include "state/cold_state.h"

#include <utility>

namespace flink::state {

ColdState::ColdState(StateTables& tables, Gauges& gauges, const KeyedStateSetup& setup)
    : tables_(tables),
      gauges_(gauges),
      clock_(*setup.clock),
      groups_(setup.groups),
      operator_name_(setup.operator_name),
      entries_(setup.max_parallelism) {}

std::vector<StateDescriptor> ColdState::descriptors() const {
  std::vector<StateDescriptor> out = tables_.descriptors();
  out.insert(out.end(), carried_.begin(), carried_.end());
  return out;
}

std::optional<RunStack::Found> ColdState::find_stored(const BoundState& state, const Row* owner,
                                                      const void* subkey) {
  if (stack_.empty()) return std::nullopt;
  key_scratch_.clear();
  entries_.append_key(key_scratch_, state, owner, subkey);
  const std::string_view key = key_scratch_;
  if (subkey != nullptr) {
    const std::string_view prefix = key.substr(0, prefix_size(key));
    const std::uint64_t hash = hash_entry_key(prefix);
    return stack_.find_under(key, prefix, state.has_ttl, hash, expected_.find(prefix, hash, true));
  }
  const auto place = expected_.find(key, hash_entry_key(key), false);
  return place ? stack_.find_at(key, state.has_ttl, *place) : stack_.find(key, state.has_ttl);
}

void ColdState::expect(const KeyRows& rows, std::uint64_t hash, const void* key) {
  if (stack_.empty() || rows.namespaced) return;
  if (!std::exchange(expecting_, true)) expected_.begin();
  for (const auto& state : rows.states) {
    if (expected_.full()) return;
    if (entries_.append_prefix(expected_.room(), *state, hash, key)) continue;
    expected_.add(is_collection(state->kind));
  }
}

void ColdState::look_up_expected() {
  if (std::exchange(expecting_, false)) expected_.look_up();
  else expected_.begin();
}

void ColdState::read_value(const BoundState& state, const StackedRun& run, const EntryValue& stored,
                           void* value) {
  std::string_view bytes = stored.bytes;
  if (const auto found = run.converters.find(state.id); found != run.converters.end()) {
    convert_scratch_.clear();
    found->second->convert(bytes, convert_scratch_);
    bytes = convert_scratch_;
  }
  ByteReader in(bytes);
  state.value->read(in, value);
}

void ColdState::fill_cell(BoundState& state, Row* row, const StackedRun& run,
                          const EntryValue& stored) {
  void* const cell = state.cell(row);
  state.value->construct(cell);
  state.bits(row) = present | CellBit::stored;
  read_value(state, run, stored, cell);
  if (state.has_ttl) state.stamp(row) = static_cast<std::int64_t>(stored.last_access_millis);
  gauges_.count_heap(row, 0, state.value->heap_bytes(cell));
  tables_.note_growth();
}

Element* ColdState::fill_element(BoundState& state, Row* owner, std::uint64_t hash,
                                 const void* subkey, const StackedRun& run,
                                 const EntryValue& stored) {
  auto* const e = static_cast<Element*>(state.elements->add(hash));
  e->owner = owner;
  e->set(Row::stored);
  e->set(Row::recent);
  state.subkey->copy(state.subkey_of(e), subkey);
  void* const value = state.value_of(e);
  state.value->construct(value);
  CollectionHead& head = state.head(owner);
  if (head.held++ == 0) ++state.owners;
  ++head.live;
  e->previous = head.last;
  (head.last != nullptr ? head.last->next : head.first) = e;
  head.last = e;
  read_value(state, run, stored, value);
  if (state.has_ttl) state.stamp(e) = static_cast<std::int64_t>(stored.last_access_millis);
  gauges_.count_heap(e, 0, state.subkey->heap_bytes(subkey) + state.value->heap_bytes(value));
  tables_.clean_rows().note(e);
  tables_.note_growth();
  return e;
}

Row* ColdState::find_row(BoundState& state) {
  const auto found = find_stored(state, nullptr, nullptr);
  if (!found) return nullptr;
  Row* const row = state.backend->create_row(*state.rows, *state.at);
  row->set(Row::recent);
  fill_cell(state, row, *found->run, found->value);
  return row;
}

void ColdState::load_cell(BoundState& state, Row* row) {
  state.bits(row) = 0;
  if (gauges_.complete) return;
  if (const auto found = find_stored(state, row, nullptr)) {
    fill_cell(state, row, *found->run, found->value);
  }
}

Element* ColdState::load_element(BoundState& state, Row* owner, std::uint64_t hash,
                                 const void* subkey) {
  if (gauges_.complete) return nullptr;
  const auto found = find_stored(state, owner, subkey);
  if (!found) return nullptr;
  return fill_element(state, owner, hash, subkey, *found->run, found->value);
}

}  // namespace flink::state
