// SPDX-License-Identifier: Apache-2.0
// What handles do beyond their inline paths: TTL, missing rows, chains of elements.
#include <flink/base/check.h>
#include <flink/error.h>
#include <flink/state/keyed_state_backend.h>

namespace flink::state {

namespace {

// The stamp of what expired and was given out all the same: the next look removes it.
constexpr std::int64_t given_out = 0;

// Flink: expired from the very millisecond on.
bool expired(const BoundState& state, std::int64_t stamp) {
  return stamp + state.ttl.time_to_live().count() <= state.backend->wall_millis();
}

void chain(CollectionHead& head, Element* e) {
  e->previous = head.last;
  e->next = nullptr;
  (head.last != nullptr ? head.last->next : head.first) = e;
  head.last = e;
  ++head.live;
}
// The element keeps its `next`: a range may stand on it.
void unchain(CollectionHead& head, Element* e) {
  (e->previous != nullptr ? e->previous->next : head.first) = e->next;
  (e->next != nullptr ? e->next->previous : head.last) = e->previous;
  e->previous = nullptr;
  --head.live;
}

void drop_cell(BoundState& state, Row* row) {
  if ((state.bits(row) & present) == 0) return;
  void* const cell = state.cell(row);
  state.backend->add_heap(row, state.value->heap_bytes(cell), 0);
  state.value->destroy(cell);
}

void drop_value(BoundState& state, Element* e) {
  void* const value = state.value_of(e);
  state.backend->add_heap(e, e->heap_bytes, 0);
  state.value->destroy(value);
  e->set(Row::dead);
}

void check_key(const BoundState& state) {
  if (state.at->key != nullptr) return;
  const std::string where =
      " where no key is current (" +
      (state.rows->hook != nullptr ? std::string{state.rows->hook} : "process_broadcast_element") +
      "): ";
  throw Error{ErrorKind::user, "state \"" + state.name + "\" is used" + where +
                                   "use it in process_element or on_timer, or, for every key, "
                                   "through ctx.apply_to_keyed_state in process_broadcast_element"};
}

}  // namespace

// ---- small states

void* BoundState::read_slow() {
  Row* row = at->row;
  if (row == nullptr) check_key(*this);
  if (row == nullptr) row = backend->find_cold(*this);
  if (row == nullptr) return nullptr;
  if ((bits(row) & unknown) != 0) backend->load_cell(*this, row);
  if ((bits(row) & present) == 0) return nullptr;
  if (has_ttl) {
    backend->note_aging(*this);
    if (expired(*this, stamp(row))) {
      if (ttl.state_visibility() == StateVisibility::return_expired_if_not_cleaned_up &&
          stamp(row) != given_out) {
        backend->touch(row);
        stamp(row) = given_out;
        return cell(row);
      }
      clear();
      return nullptr;
    }
    const std::int64_t now = backend->wall_millis();
    if (ttl.update_type() == UpdateType::on_read_and_write && stamp(row) != now) {
      backend->touch(row);
      stamp(row) = now;
    }
  }
  return cell(row);
}

Row* BoundState::write() {
  if (at->row == nullptr) check_key(*this);
  Row* const row = at->row != nullptr ? at->row : backend->create_row(*rows, *at);
  backend->touch(row);
  return row;
}

void BoundState::written(Row* row, std::size_t heap_before, std::size_t heap_after) {
  std::uint8_t& held = bits(row);
  held = static_cast<std::uint8_t>((held | present) & ~unknown);
  if (has_ttl) {
    stamp(row) = backend->wall_millis();
    backend->note_aging(*this);
  }
  if (heap_before != heap_after) backend->add_heap(row, heap_before, heap_after);
}

void BoundState::clear() {
  if (at->row == nullptr) check_key(*this);
  if (at->row == nullptr && backend->complete()) return;
  Row* row = at->row;
  if (row != nullptr && (bits(row) & (present | unknown)) == 0) return;
  row = write();
  drop_cell(*this, row);
  bits(row) = static_cast<std::uint8_t>(bits(row) & stored);
  backend->note_garbage(row);
}

// ---- collections

Row* BoundState::owner() {
  if (at->row == nullptr) check_key(*this);
  if (at->row != nullptr || backend->complete()) return at->row;
  return backend->create_row(*rows, *at);  // a place for what is read
}

Row* BoundState::owner_to_write() {
  if (at->row == nullptr) check_key(*this);
  return at->row != nullptr ? at->row : backend->create_row(*rows, *at);
}

Element* BoundState::load(Row* owner, std::uint64_t hash, const void* subkey_value) {
  if (head(owner).complete) return nullptr;
  Element* const e = backend->load_element(*this, owner, hash, subkey_value);
  if (e != nullptr && walks != 0) {
    loaded.push_back(e);
    e->set(Row::loaded);
  }
  return e;
}

Element* BoundState::add(Row* owner, std::uint64_t hash, const void* subkey_value) {
  CollectionHead& collection = head(owner);
  auto* const e = static_cast<Element*>(elements->add(hash));
  e->owner = owner;
  try {
    subkey->copy(subkey_of(e), subkey_value);
  } catch (...) {
    elements->remove(e);
    throw;
  }
  // Counted at once: what follows counts the value only.
  backend->add_heap(e, 0, subkey->heap_bytes(subkey_of(e)));
  if (collection.held++ == 0) ++owners;
  if (!collection.complete) e->set(Row::stored);
  chain(collection, e);
  backend->touch(e);
  return e;
}

bool BoundState::change(Element* e) {
  backend->touch(e);
  if (!e->is(Row::dead)) return false;
  e->unset(Row::dead);
  chain(head(e->owner), e);
  return true;
}

void BoundState::element_written(Element* e, std::size_t heap_before, std::size_t heap_after) {
  if (has_ttl) {
    stamp(e) = backend->wall_millis();
    backend->note_aging(*this);
  }
  if (heap_before != heap_after) backend->add_heap(e, heap_before, heap_after);
}

void BoundState::remove(Element* e) {
  if (e->is(Row::dead)) return;
  backend->touch(e);
  drop_value(*this, e);
  unchain(head(e->owner), e);
  backend->note_garbage(e);
}

void BoundState::give_up(Element* e) {
  e->set(Row::dead);
  unchain(head(e->owner), e);
  backend->note_garbage(e);
}

void BoundState::remove_unseen(Row* owner, std::uint64_t hash, const void* subkey_value) {
  if (head(owner).complete) return;
  give_up(add(owner, hash, subkey_value));
}

void BoundState::clear_all() {
  if (at->row == nullptr && backend->complete()) return;
  Row* const owner = owner_to_write();
  CollectionHead& collection = head(owner);
  bool in_runs = !collection.complete;
  for (Element* e = collection.first; e != nullptr; e = e->next) {
    backend->touch(e);
    drop_value(*this, e);
    in_runs |= e->is(Row::stored);
    e->unset(Row::stored);  // the tombstone of the prefix covers it
    backend->note_garbage(e);
  }
  if (in_runs) {
    backend->touch(owner);
    collection.cleared = true;
    collection.cleared_epoch = backend->epoch();
  }
  collection.first = collection.last = nullptr;
  collection.live = 0;
  collection.next_index = 0;
  collection.index_known = collection.complete = true;
}

void BoundState::end_walks() noexcept {
  for (Element* const e : loaded) e->unset(Row::loaded);
  loaded.clear();
}

void BoundState::fail_walk() const {
  const bool list = kind == StateKind::list;
  throw Error{
      ErrorKind::user,
      (list ? "list state \"" : "map state \"") + name +
          (list ? "\" was changed by update() or clear() while its get() was walked: leave "
                  "the loop first; only add() may be called within"
                : "\" got a new key by put(), or was cleared, while its entries(), keys() or "
                  "values() were walked: collect such changes and make them after the loop; "
                  "entries that are there may be put() and removed within")};
}

bool BoundState::visible(Element* e) {
  if (e->is(Row::dead)) return false;
  if (!has_ttl) return true;
  std::int64_t& last_access = stamp(e);
  backend->note_aging(*this);
  if (expired(*this, last_access)) {
    if (ttl.state_visibility() == StateVisibility::return_expired_if_not_cleaned_up) {
      if (kind == StateKind::list) return true;  // a range may be walked again
      if (last_access != given_out) {
        backend->touch(e);
        last_access = given_out;
        return true;
      }
    }
    remove(e);
    return false;
  }
  const std::int64_t now = backend->wall_millis();
  if (ttl.update_type() == UpdateType::on_read_and_write && last_access != now) {
    backend->touch(e);
    last_access = now;
  }
  return true;
}

void BoundState::load_all(Row* owner) {
  if (!head(owner).complete) backend->load_all(*this, owner);
}

void BoundState::find_next_index(Row* owner) {
  CollectionHead& collection = head(owner);
  if (collection.index_known) return;
  const std::uint64_t stored_index = collection.complete ? 0 : backend->next_index(*this, owner);
  collection.next_index = std::max(collection.next_index, stored_index);
  collection.index_known = true;
}

std::unique_ptr<ColdElements> BoundState::cold(Row* owner) {
  if (owner == nullptr || head(owner).complete) return nullptr;
  return backend->cold(*this, owner);
}

BoundState& bind_only_state(KeyedStateBackend& backend, std::string name, const TypeOps& key,
                            std::size_t key_offset, const TypeOps& value,
                            std::size_t value_offset) {
  KeyRows& rows = backend.key_rows(key);
  BoundState& state =
      backend.register_state(rows, {std::move(name), StateKind::reducing, &value, nullptr, {}});
  backend.start();
  FLINK_CHECK(rows.key_offset == key_offset && state.cell_offset == value_offset);
  return state;
}

}  // namespace flink::state
