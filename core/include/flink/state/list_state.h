// SPDX-License-Identifier: Apache-2.0
// ListState<T>: a list a key (Flink, "Working with State"), kept in chunks: adding costs the last
// chunk, not the list.
//   for (const Reading& reading : readings.get()) …
// A range ends where the list ended when it was got: what is added while it is walked is not met.
// An element is valid until the next call on this handle or the callback's end. After update() or
// clear() the next step of a walk throws Error{user}.
#pragma once

#include <flink/state/state_checks.h>
#include <flink/state/state_handle.h>

#include <cstddef>
#include <iterator>
#include <span>
#include <vector>

namespace flink {

namespace state {

inline constexpr std::size_t chunk_elements_max = 64;
inline constexpr std::size_t chunk_bytes_max = 4096;
// The number of a chunk, big-endian so that chunks are in order.
extern const TypeOps chunk_index_ops;

template <class T>
class ListRange {
 public:
  using Chunk = std::vector<T>;
  explicit ListRange(BoundState& state) : state_(&state), changes_(state.changes) {
    if (Row* const owner = state.owner(); owner != nullptr) {
      state.load_all(owner);
      last_ = state.head(owner).last;
      if (last_ != nullptr) last_size_ = chunk(last_).size();
      first_ = skip(state.head(owner).first);
    }
  }
  class Iterator {
   public:
    using iterator_category = std::forward_iterator_tag;
    using difference_type = std::ptrdiff_t;
    using value_type = T;
    using reference = typename Chunk::const_reference;
    using pointer = const T*;
    Iterator() = default;
    Iterator(const ListRange* range, Element* chunk) : range_(range), chunk_(chunk) {}
    reference operator*() const { return range_->chunk(chunk_)[at_]; }
    pointer operator->() const { return &range_->chunk(chunk_)[at_]; }
    Iterator& operator++() {
      range_->check_unchanged();
      if (++at_ == range_->size_of(chunk_)) {
        chunk_ = range_->after(chunk_);
        at_ = 0;
      }
      return *this;
    }
    Iterator operator++(int) {
      Iterator before = *this;
      ++*this;
      return before;
    }
    friend bool operator==(const Iterator& a, const Iterator& b) {
      return a.chunk_ == b.chunk_ && a.at_ == b.at_;
    }

   private:
    const ListRange* range_ = nullptr;
    Element* chunk_ = nullptr;
    std::size_t at_ = 0;
  };
  Iterator begin() const { return {this, first_}; }
  Iterator end() const { return {this, nullptr}; }
  bool empty() const { return first_ == nullptr; }
  // Walks the chunks.
  std::size_t size() const {
    std::size_t elements = 0;
    for (Element* at = first_; at != nullptr; at = after(at)) elements += size_of(at);
    return elements;
  }

 private:
  const Chunk& chunk(Element* element) const {
    return *static_cast<const Chunk*>(state_->value_of(element));
  }
  std::size_t size_of(Element* element) const {
    return element == last_ ? last_size_ : chunk(element).size();
  }
  Element* after(Element* element) const {
    return element == last_ ? nullptr : skip(element->next);
  }
  Element* skip(Element* element) const {
    while (element != nullptr && !state_->visible(element)) {
      element = element == last_ ? nullptr : element->next;
    }
    return element;
  }
  void check_unchanged() const {
    if (state_->changes != changes_) [[unlikely]]
      state_->fail_walk();
  }

  BoundState* state_;
  std::uint64_t changes_;
  Element* first_ = nullptr;
  Element* last_ = nullptr;  // and how much of it the list had
  std::size_t last_size_ = 0;
};

// The chunk to append to: the last one, or a new one (its value constructed).
Element* open_chunk(BoundState& state, std::size_t (*size)(const void* chunk));

}  // namespace state

template <class T>
class ListState : public StateHandle {
  using Chunk = std::vector<T>;

 public:
  static_assert(state::state_fits<T>() || true);  // says why not
  explicit ListState(std::string_view name, const StateTtlConfig& ttl = {})
      : StateHandle(name, state::StateKind::list, &state::value_ops<Chunk>, &state::chunk_index_ops,
                    ttl) {}

  // Empty when there is nothing.
  state::ListRange<T> get() const { return state::ListRange<T>{bound()}; }
  void add(const T& value) const {
    append([&](Chunk& chunk) { chunk.push_back(value); });
  }
  void add(T&& value) const {
    append([&](Chunk& chunk) { chunk.push_back(std::move(value)); });
  }
  // Any range of values, also one over this list.
  template <class Values>
  void add_all(const Values& values) const {
    for (T& value : copied(values)) add(std::move(value));
  }
  void add_all(const std::vector<T>& values) const {
    for (const auto& value : values) add(value);
  }
  // Replaces what was there. Any range of values, also one over this list.
  template <class Values>
  void update(const Values& values) const {
    std::vector<T> all = copied(values);
    clear();
    for (T& value : all) add(std::move(value));
  }
  void update(const std::vector<T>& values) const {
    clear();
    add_all(values);
  }
  void clear() const {
    state::BoundState& state = bound();
    state.note_change();
    state.clear_all();
  }

  // For operators with namespaces, of the current key: puts what `from` have behind `into`'s, in
  // that order, and takes it away there.
  void merge_namespaces(const state::Namespace& into,
                        std::span<const state::Namespace> from) const {
    std::vector<T> merged;
    state::NamespaceVisit visit(bound());
    for (const state::Namespace& source : from) {
      if (source == into) continue;
      visit.enter(source);
      for (const auto& value : get()) merged.push_back(value);
      clear();
    }
    if (merged.empty()) return;
    visit.enter(into);
    for (auto&& value : merged) add(std::move(value));
  }

 private:
  template <class Values>
  static std::vector<T> copied(const Values& values) {
    std::vector<T> all;
    for (const auto& value : values) all.push_back(value);
    return all;
  }
  static std::size_t size(const void* chunk) { return static_cast<const Chunk*>(chunk)->size(); }

  template <class Push>
  void append(Push&& push) const {
    state::BoundState& state = bound();
    state::Element* const element = state::open_chunk(state, &size);
    auto& chunk = *static_cast<Chunk*>(state.value_of(element));
    // The chunk's own size moves by the element's: no need to look at the others.
    const std::size_t capacity = chunk.capacity();
    try {
      push(chunk);
    } catch (...) {  // no chunk is empty
      if (chunk.empty()) state.remove(element);
      throw;
    }
    std::size_t grown = (chunk.capacity() - capacity) * sizeof(T);
    if constexpr (!std::is_trivially_copyable_v<T>) grown += state::heap_bytes<T>(chunk.back());
    state.element_written(element, 0, grown);
  }
};

}  // namespace flink
