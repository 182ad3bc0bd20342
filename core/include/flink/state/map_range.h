// SPDX-License-Identifier: Apache-2.0
// The range that MapState::entries(), keys() and values() give: first what memory has, then, one by
// one, what only runs have. An input range: begin() once. Lives within one callback.
//
// The map may be read, and entries changed or removed, while it is walked: an entry that was
// removed is not met any more. What reads load meanwhile is marked Row::loaded and comes, as memory
// has it, in its turn among the runs' entries. Other changes: the next step throws Error{user}.
#pragma once

#include <flink/base/memory.h>
#include <flink/state/keyed_state_backend.h>

#include <cstddef>
#include <iterator>
#include <optional>
#include <utility>

namespace flink::state {

enum class MapView : std::uint8_t { entries, keys, values };

// `for (const auto& [key, value] : map.entries())`
template <class K, class V>
struct MapEntry {
  const K& key;
  const V& value;
};

// Counts the walks of a map that are under way.
class MapWalk {
 public:
  explicit MapWalk(BoundState& state) : state_(&state) { ++state.walks; }
  MapWalk(MapWalk&& other) noexcept : state_(std::exchange(other.state_, nullptr)) {}
  MapWalk& operator=(MapWalk&& other) noexcept {
    std::swap(state_, other.state_);
    return *this;
  }
  ~MapWalk() {
    if (state_ != nullptr && --state_->walks == 0) state_->end_walks();
  }

 private:
  BoundState* state_;
};

template <class K, class V, MapView View>
class MapRange {
 public:
  explicit MapRange(BoundState& state)
      : walk_(state), state_(&state), owner_(state.owner()), changes_(state.changes) {
    if (owner_ != nullptr) skip_to(state.head(owner_).first);
  }
  MapRange(MapRange&&) noexcept = default;
  MapRange& operator=(MapRange&&) noexcept = default;

  struct End {};
  class Iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using difference_type = std::ptrdiff_t;
    using value_type = std::conditional_t<View == MapView::entries, MapEntry<K, V>,
                                          std::conditional_t<View == MapView::keys, K, V>>;
    explicit Iterator(MapRange* range) : range_(range) {}
    decltype(auto) operator*() const { return range_->current(); }
    Iterator& operator++() {
      range_->advance();
      return *this;
    }
    void operator++(int) { range_->advance(); }
    bool at_end() const { return range_->at_end(); }
    friend bool operator!=(const Iterator& i, End) { return !i.at_end(); }
    friend bool operator==(const Iterator& i, End) { return i.at_end(); }

   private:
    MapRange* range_;
  };
  // The range is walked once, whoever holds it.
  Iterator begin() const { return Iterator{const_cast<MapRange*>(this)}; }
  End end() const { return {}; }

 private:
  struct Held {
    K key{};
    V value{};
  };

  bool at_end() const { return element_ == nullptr && held_ == nullptr; }
  decltype(auto) current() const {
    const K& key =
        element_ != nullptr ? *static_cast<const K*>(state_->subkey_of(element_)) : held_->key;
    const V& value =
        element_ != nullptr ? *static_cast<const V*>(state_->value_of(element_)) : held_->value;
    if constexpr (View == MapView::entries) {
      // Kept, so that `auto& [key, value]` may refer to it.
      return static_cast<const MapEntry<K, V>&>(entry_.emplace(MapEntry<K, V>{key, value}));
    } else if constexpr (View == MapView::keys) return static_cast<const K&>(key);
    else return static_cast<const V&>(value);
  }
  void advance() {
    if (state_->changes != changes_) [[unlikely]]
      state_->fail_walk();
    if (element_ != nullptr) {
      skip_to(element_->next);
    } else {
      next_cold();
    }
  }
  // Removed elements keep their link, so an element may be removed while the range stands on it.
  void skip_to(Element* element) {
    while (element != nullptr && !element->is(Row::loaded) && !state_->visible(element)) {
      element = element->next;
    }
    // Behind a loaded one there are only loaded ones.
    if (element != nullptr && element->is(Row::loaded)) element = nullptr;
    element_ = element;
    if (element_ != nullptr) return;
    cold_ = state_->cold(owner_);
    if (cold_ != nullptr) held_ = std::make_unique<Held>();
    next_cold();
  }
  void next_cold() {
    if (cold_ != nullptr && cold_->next(&held_->key, &held_->value)) return;
    held_.reset();
    cold_.reset();
  }

  MapWalk walk_;
  BoundState* state_;
  Row* owner_;
  std::uint64_t changes_;
  mutable std::optional<MapEntry<K, V>> entry_;
  Element* element_ = nullptr;
  std::unique_ptr<ColdElements> cold_;
  std::unique_ptr<Held> held_;
};

}  // namespace flink::state
