// SPDX-License-Identifier: Apache-2.0
// MapState<K, V>: a map a key, each entry of it kept, evicted and written alone (Flink, "Working
// with State"): a map of millions of entries costs what is touched.
//   for (const auto& [user, count] : counts.entries()) …
// Pointers are valid until the next call on a handle or the callback's end. While a range is walked
// the map may be read, and entries of it changed or removed; once a new key came, or after clear(),
// the walk's next step throws Error{user}.
#pragma once

#include <flink/state/map_range.h>
#include <flink/state/state_checks.h>
#include <flink/state/state_handle.h>

namespace flink {

template <class K, class V>
class MapState : public StateHandle {
 public:
  static_assert((state::map_key_fits<K>() && state::state_fits<V>()) || true);  // says why not
  explicit MapState(std::string_view name, const StateTtlConfig& ttl = {})
      : StateHandle(name, state::StateKind::map, &state::value_ops<V>, &state::key_ops<K>, ttl) {}

  // Null when there is none.
  const V* get(const K& key) const {
    state::BoundState& state = bound();
    if (state.surely_empty()) return nullptr;
    state::Row* const owner = state.owner();
    const std::uint64_t hash = state::element_hash(owner, key_hash(key));
    state::Element* element = find(state, hash, owner, key);
    if (element == nullptr) {
      element = state.load(owner, hash, &key);
      if (element == nullptr) return nullptr;
    }
    const bool visible = state.has_ttl ? state.visible(element) : !element->is(state::Row::dead);
    return visible ? static_cast<const V*>(state.value_of(element)) : nullptr;
  }
  V get_or(const K& key, V otherwise) const {
    const V* const found = get(key);
    return found != nullptr ? *found : std::move(otherwise);
  }
  bool contains(const K& key) const { return get(key) != nullptr; }

  void put(const K& key, const V& value) const { set(key, value); }
  void put(const K& key, V&& value) const { set(key, std::move(value)); }
  // Any range of pairs.
  template <class Pairs>
  void put_all(const Pairs& pairs) const {
    for (const auto& [key, value] : pairs) set(key, value);
  }
  // For operators: changes a value where it lies, made first when there is none. grow(V&) says how
  // many bytes more it owns then; nobody looks at the rest of it.
  template <class Grow>
  void grow(const K& key, Grow&& grow) const {
    if (get(key) == nullptr) put(key, V{});
    state::BoundState& state = bound();
    state::Row* const owner = state.owner_to_write();
    state::Element* const element =
        find(state, state::element_hash(owner, key_hash(key)), owner, key);
    state.change(element);
    const std::size_t grown = grow(*static_cast<V*>(state.value_of(element)));
    state.element_written(element, 0, grown);
  }
  void remove(const K& key) const {
    state::BoundState& state = bound();
    state::Row* const owner = state.owner();
    if (owner == nullptr) return;
    const std::uint64_t hash = state::element_hash(owner, key_hash(key));
    if (state::Element* const element = find(state, hash, owner, key); element != nullptr) {
      state.remove(element);
    } else {
      state.remove_unseen(owner, hash, &key);
    }
  }
  // In no particular order.
  state::MapRange<K, V, state::MapView::entries> entries() const {
    return state::MapRange<K, V, state::MapView::entries>{bound()};
  }
  state::MapRange<K, V, state::MapView::keys> keys() const {
    return state::MapRange<K, V, state::MapView::keys>{bound()};
  }
  state::MapRange<K, V, state::MapView::values> values() const {
    return state::MapRange<K, V, state::MapView::values>{bound()};
  }
  bool is_empty() const {
    if (bound().surely_empty()) return true;
    const auto all = keys();
    return !(all.begin() != all.end());
  }
  void clear() const {
    state::BoundState& state = bound();
    state.note_change();
    state.clear_all();
  }

 private:
  static state::Element* find(state::BoundState& state, std::uint64_t hash, state::Row* owner,
                              const K& key) {
    return state.find(hash, owner, [&](state::Element* e) {
      return key_equal(*static_cast<const K*>(state.subkey_of(e)), key);
    });
  }
  template <class U>
  void set(const K& key, U&& value) const {
    state::BoundState& state = bound();
    state::Row* const owner = state.owner_to_write();
    const std::uint64_t hash = state::element_hash(owner, key_hash(key));
    state::Element* element = find(state, hash, owner, key);
    if (state.walks != 0) [[unlikely]] {
      // A walk bears that an entry changes, wherever it is, but not that one comes.
      if (element == nullptr) element = state.load(owner, hash, &key);
      if (element == nullptr || !state.visible(element)) state.note_change();
    }
    if (element == nullptr || element->is(state::Row::dead)) {
      V made(std::forward<U>(value));  // when this throws, nothing has changed
      if (element == nullptr) {
        element = state.add(owner, hash, &key);
      } else {
        state.change(element);
      }
      construct(state, element, std::move(made));
      return;
    }
    state.change(element);
    V& held = *static_cast<V*>(state.value_of(element));
    std::size_t before = 0;
    if constexpr (!std::is_trivially_copyable_v<V>) before = state::heap_bytes(held);
    held = std::forward<U>(value);
    state.element_written(element, before, state::heap_bytes(held));
  }
  static void construct(state::BoundState& state, state::Element* element, V&& made) {
    auto* const held = static_cast<V*>(state.value_of(element));
    if constexpr (std::is_nothrow_move_constructible_v<V>) {
      ::new (static_cast<void*>(held)) V(std::move(made));
    } else {
      try {
        ::new (static_cast<void*>(held)) V(std::move(made));
      } catch (...) {
        state.give_up(element);
        throw;
      }
    }
    state.element_written(element, 0, state::heap_bytes(*held));
  }
};

}  // namespace flink
