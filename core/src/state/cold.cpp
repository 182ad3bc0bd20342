// SPDX-License-Identifier: Apache-2.0
// What is only in runs: read when it is asked for, on the slot.
#include <flink/check.h>
#include <flink/state/list_state.h>

#include <algorithm>
#include <utility>

#include "state/keyed_backend.h"
#include "state/scratch_value.h"

namespace flink::state {

std::optional<RunStack::Found> Backend::find_stored(const BoundState& state, const Row* owner,
                                                    const void* subkey) {
  if (stack_.empty()) return std::nullopt;
  std::string key;
  append_key(key, state, owner, subkey);
  return stack_.find(key, state.has_ttl);
}

void Backend::read_value(const BoundState& state, const StackedRun& run, const EntryValue& stored,
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

void Backend::fill_cell(BoundState& state, Row* row, const StackedRun& run,
                        const EntryValue& stored) {
  void* const cell = state.cell(row);
  state.value->construct(cell);
  state.bits(row) = present | CellBit::stored;
  read_value(state, run, stored, cell);
  if (state.has_ttl) state.stamp(row) = static_cast<std::int64_t>(stored.last_access_millis);
  count_heap(row, 0, state.value->heap_bytes(cell));
  note_growth();
}

Element* Backend::fill_element(BoundState& state, Row* owner, std::uint64_t hash,
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
  count_heap(e, 0, state.subkey->heap_bytes(subkey) + state.value->heap_bytes(value));
  note_growth();
  return e;
}

Row* Backend::find_cold(BoundState& state) {
  require_key(*state.at);
  const auto found = find_stored(state, nullptr, nullptr);
  if (!found) return nullptr;
  Row* const row = create_row(*state.rows, *state.at);
  row->set(Row::recent);
  fill_cell(state, row, *found->run, found->value);
  return row;
}

void Backend::load_cell(BoundState& state, Row* row) {
  state.bits(row) = 0;
  if (complete_) return;
  if (const auto found = find_stored(state, row, nullptr)) {
    fill_cell(state, row, *found->run, found->value);
  }
}

Element* Backend::load_element(BoundState& state, Row* owner, std::uint64_t hash,
                               const void* subkey) {
  if (complete_) return nullptr;
  const auto found = find_stored(state, owner, subkey);
  if (!found) return nullptr;
  return fill_element(state, owner, hash, subkey, *found->run, found->value);
}

// ---- collections

// The live entries of one collection in runs, in order of their subkeys.
class Backend::Cold final : public ColdElements {
 public:
  // `all`: also what is too old.
  Cold(Backend& backend, BoundState& state, Row* owner, bool all = false)
      : backend_(backend), state_(state), owner_(owner), all_(all), subkey_(*state.subkey) {
    backend.append_key(prefix_, state, owner);
    merge_.emplace(backend.stack_.inputs(), prefix_);
  }

  // The next one that memory does not know of.
  bool seek() {
    for (; merge_->valid(); merge_->next()) {
      stored_ = decode_value(merge_->value(), state_.has_ttl);
      if (!stored_.is_value() || merge_->key().size() == prefix_.size()) continue;
      if (stored_.whole_key.empty()) {
        subkey_.read(merge_->key().substr(prefix_.size()));
      } else {
        subkey_.read(decode_whole_key(stored_.whole_key).subkey);
      }
      hash_ = element_hash(owner_, state_.subkey->hash(subkey_.get()));
      known_ = state_.find(hash_, owner_, [this](Element* e) {
        return state_.subkey->equal(state_.subkey_of(e), subkey_.get());
      });
      // A call within the walk may have loaded it.
      if (known_ == nullptr ? !too_old() : known_->is(Row::loaded) && state_.visible(known_)) {
        return true;
      }
    }
    return false;
  }
  Element* load() {
    return backend_.fill_element(state_, owner_, hash_, subkey_.get(), run(), stored_);
  }
  void advance() { merge_->next(); }

  bool next(void* subkey, void* value) override {
    if (!seek()) return false;
    state_.subkey->destroy(subkey);
    state_.subkey->copy(subkey, subkey_.get());
    if (known_ == nullptr) {
      backend_.read_value(state_, run(), stored_, value);
    } else {  // and may have changed it
      state_.value->destroy(value);
      state_.value->copy(value, state_.value_of(known_));
    }
    advance();
    return true;
  }

 private:
  const StackedRun& run() const { return backend_.stack_.run_of(merge_->input()); }
  bool too_old() const {
    if (all_ || !state_.has_ttl) return false;
    if (state_.ttl.state_visibility() == StateVisibility::return_expired_if_not_cleaned_up) {
      return stored_.last_access_millis == 0;  // was given out
    }
    return static_cast<std::int64_t>(stored_.last_access_millis) +
               state_.ttl.time_to_live().count() <=
           backend_.wall_millis();
  }

  Backend& backend_;
  BoundState& state_;
  Row* owner_;
  bool all_;
  std::string prefix_;
  std::optional<RunMerge> merge_;
  EntryValue stored_;
  ScratchValue subkey_;
  std::uint64_t hash_ = 0;
  Element* known_ = nullptr;  // where memory has the one it stands on
};

std::unique_ptr<ColdElements> Backend::cold(BoundState& state, Row* owner) {
  if (complete_ || stack_.empty()) return nullptr;
  return std::make_unique<Cold>(*this, state, owner);
}

void Backend::load_all(BoundState& state, Row* owner) {
  CollectionHead& head = state.head(owner);
  if (!complete_ && !stack_.empty()) {
    // What is too old as well: it must not be left in runs when the list is cleared.
    for (Cold cold(*this, state, owner, true); cold.seek(); cold.advance()) cold.load();
    std::vector<Element*> chunks;
    for (Element* e = head.first; e != nullptr; e = e->next) chunks.push_back(e);
    const auto index_of = [&state](Element* e) {
      return *static_cast<const std::uint64_t*>(state.subkey_of(e));
    };
    std::sort(chunks.begin(), chunks.end(),
              [&index_of](Element* a, Element* b) { return index_of(a) < index_of(b); });
    head.first = head.last = nullptr;
    for (Element* const e : chunks) {
      e->previous = head.last;
      e->next = nullptr;
      (head.last != nullptr ? head.last->next : head.first) = e;
      head.last = e;
    }
    if (!chunks.empty()) head.next_index = std::max(head.next_index, index_of(head.last) + 1);
  }
  head.complete = true;
}

// Behind the last chunk of which any run knows, be it removed: indexes only have to ascend.
std::uint64_t Backend::next_index(BoundState& state, Row* owner) {
  if (complete_) return 0;
  std::string prefix;
  append_key(prefix, state, owner);
  std::uint64_t next = 0;
  for (const StackedRun& stacked : stack_.runs()) {
    const RunReader reader(stacked.run);
    const auto has_from = [&](std::uint64_t index) {
      std::string key = prefix;
      ByteWriter out(key);
      chunk_index_ops.write(out, &index);
      out.finish();
      RunScan scan = reader.scan(prefix);
      scan.skip_to(key);
      return scan.valid();
    };
    if (!has_from(next)) continue;
    std::uint64_t step = 1;
    while (has_from(next + step)) step *= 2;
    // It has one from next + step / 2 on (or from next), none from next + step on.
    std::uint64_t low = next + step / 2, high = next + step;
    if (step == 1) low = next;
    while (high - low > 1) {
      const std::uint64_t middle = low + (high - low) / 2;
      (has_from(middle) ? low : high) = middle;
    }
    next = low + 1;
  }
  return next;
}

// ---- all keys

namespace {
// True for as long as it lives.
class TrueForNow {
 public:
  explicit TrueForNow(bool& flag) : flag_(flag), before_(std::exchange(flag, true)) {}
  TrueForNow(const TrueForNow&) = delete;
  TrueForNow& operator=(const TrueForNow&) = delete;
  ~TrueForNow() { flag_ = before_; }

 private:
  bool& flag_;
  bool before_;
};
// For a while the state's cursor is the operator's own, which says the current key.
class StandsAtRows {
 public:
  explicit StandsAtRows(BoundState& state)
      : state_(state), before_(std::exchange(state.at, state.rows)) {}
  StandsAtRows(const StandsAtRows&) = delete;
  StandsAtRows& operator=(const StandsAtRows&) = delete;
  ~StandsAtRows() { state_.at = before_; }

 private:
  BoundState& state_;
  Cursor* before_;
};
}  // namespace

// The key is not current any more. False: some of it has to be written first.
bool Backend::let_go(KeyRows& rows, Row* row) {
  bool held = false;
  for (const auto& state : rows.states) {
    if (!is_collection(state->kind) || state->kind == StateKind::timer) continue;
    for (Element* e = state->head(row).first; e != nullptr;) {
      Element* const element = std::exchange(e, e->next);
      if (element->epoch <= clean_epoch_) evict_element(*state, element);
    }
    held |= state->head(row).held > 0;
  }
  return !held && row->epoch <= clean_epoch_ && evict_key_row(rows, row);
}

// What a walk over all keys has brought into memory; a flush may have freed some of it.
void Backend::let_go(KeyRows& rows, std::vector<Row*>& visited) {
  const auto all = [this, &rows](Row* row) { return !row->is(Row::used) || let_go(rows, row); };
  std::erase_if(visited, all);
  if (flushes_.empty() && dirty_bytes_ > step_bytes()) begin_spill();
  if (memory_bytes() <= limit_ + budget_ / 2) return;
  finish_flushes_now();
  std::erase_if(visited, all);
}

void Backend::for_each_key(BoundState& state, const std::function<void()>& visit) {
  KeyRows& rows = *state.rows;
  settle();
  const StandsAtRows stands(state);
  std::vector<Row*> in_memory;
  RowTable::Position position;
  while (Row* const row = rows.table->next(position)) in_memory.push_back(row);
  const TrueForNow kept(keep_all_);
  std::size_t look_at_bytes = budget_ != 0 ? limit_ : SIZE_MAX;
  const auto visit_row = [&](Row* row) {
    rows.stand_on(row);
    if (is_collection(state.kind)) {
      CollectionHead& head = state.head(row);
      if (head.live == 0 &&
          (head.complete || state.cold(row) == nullptr || !Cold(*this, state, row).seek())) {
        return;
      }
    } else if (state.read() == nullptr) {
      return;
    }
    visit();
  };
  for (Row* const row : in_memory) visit_row(row);
  std::vector<Row*> visited;
  if (!complete_ && !stack_.empty()) {
    ScratchValue key(*rows.key_type);
    for (int group = setup_.groups.first; group <= setup_.groups.last; ++group) {
      std::string last;
      RunMerge merge(stack_.inputs(), state_prefix(static_cast<std::uint16_t>(group), state.id));
      for (; merge.valid(); merge.next()) {
        const EntryValue stored = decode_value(merge.value(), state.has_ttl);
        const std::string_view prefix = merge.key().substr(0, prefix_size(merge.key()));
        if (!stored.is_value() || prefix == last) continue;
        last = prefix;
        const DecodedKey decoded = decode_entry_key(merge.key(), stored);
        key.read(decoded.key);
        const Namespace name_space(decoded.name_space);
        const std::uint64_t hash = rows.key_type->hash(key.get());
        if (rows.find(name_space.row_hash(hash), key.get(), name_space) != nullptr) {
          continue;  // was visited, or came meanwhile and has nothing old
        }
        Row* const row = make_row(rows, hash, key.get(), name_space);
        visit_row(row);
        leave_key();
        if (!let_go(rows, row)) visited.push_back(row);
        if (memory_bytes() <= look_at_bytes) continue;
        let_go(rows, visited);
        look_at_bytes = std::max(limit_, memory_bytes()) + step_bytes();
      }
    }
  }
  leave_key();
  note_growth();
}

}  // namespace flink::state
