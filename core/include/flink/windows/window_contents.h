// SPDX-License-Identifier: Apache-2.0
// What a window keeps: one accumulated record (reduce, sum, …), an accumulator (aggregate), all
// elements, or all elements with their timestamps, for an evictor. Each a state named
// "window-contents", of the namespace in which its handle stands. with(f) calls f with what the
// window's function gets, unless there is nothing. One thread: the slot's.
#pragma once

#include <flink/state/aggregating_state.h>
#include <flink/state/list_state.h>
#include <flink/state/value_state.h>
#include <flink/windows/elements.h>

#include <cstdint>
#include <optional>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

namespace flink::detail {

inline constexpr const char* window_contents = "window-contents";

// Update: void(T& kept, const T& record).
template <class T, class Update>
class FoldContents final : public StateHandle {
 public:
  using Result = const T&;
  using Kept = T;
  explicit FoldContents(Update update)
      : StateHandle(window_contents, state::StateKind::reducing, &state::value_ops<T>, nullptr, {}),
        update_(std::move(update)) {}
  StateHandle& handle() { return *this; }
  const Update& update() const { return update_; }

  bool empty() const { return bound().read() == nullptr; }
  // True: it was empty.
  bool add(const T& record, std::int64_t) { return fold(record); }
  // To a row as of KeyedOperatorState::changed_row(); false: there is nothing yet.
  bool add_to_row(state::Row* row, const T& record) requires std::is_trivially_copyable_v<T> {
    if ((bound().bits(row) & state::present) == 0) return false;
    update_(*static_cast<T*>(bound().cell(row)), record);
    return true;
  }
  void clear() { bound().clear(); }
  void merge(const state::Namespace& into, std::span<const state::Namespace> from) {
    std::optional<T> merged;
    state::NamespaceVisit visit(bound());
    for (const state::Namespace& source : from) {
      visit.enter(source);
      const auto* const held = static_cast<const T*>(bound().read());
      if (held == nullptr) continue;
      if (merged) update_(*merged, *held);
      else merged = *held;
      clear();
    }
    if (!merged) return;
    visit.enter(into);
    fold(*merged);
  }
  template <class F>
  void with(F&& f) {
    if (const auto* const held = static_cast<const T*>(bound().read())) f(*held);
  }

 private:
  bool fold(const T& record) {
    state::BoundState& state = bound();
    auto* const held = static_cast<T*>(state.read());
    if (held == nullptr) {
      state::set_cell<T>(state, record);
      return true;
    }
    state::change_cell(state, *held, [&](T& kept) { update_(kept, record); });
    return false;
  }
  Update update_;
};

template <class T, class A>
class AggregateContents {
 public:
  using Result = const typename AggregatingState<A>::Out&;
  using Kept = typename AggregatingState<A>::Accumulator;
  explicit AggregateContents(A aggregate) : state_(window_contents, std::move(aggregate)) {}
  StateHandle& handle() { return state_; }
  const A& aggregate() const { return state_.function(); }

  bool empty() const { return state_.bound().read() == nullptr; }
  bool add(const T& record, std::int64_t) {
    const bool was_empty = empty();
    state_.add(record);
    return was_empty;
  }
  bool add_to_row(state::Row* row, const T& record) requires std::is_trivially_copyable_v<Kept> {
    state::BoundState& state = state_.bound();
    if ((state.bits(row) & state::present) == 0) return false;
    aggregate().add(record, *static_cast<Kept*>(state.cell(row)));
    return true;
  }
  void clear() { state_.clear(); }
  void merge(const state::Namespace& into, std::span<const state::Namespace> from) {
    state_.merge_namespaces(into, from);
  }
  template <class F>
  void with(F&& f) {
    if (const auto* const result = state_.get()) f(*result);
  }

 private:
  AggregatingState<A> state_;
};

template <class T>
class ListContents {
 public:
  using Result = Elements<T>;
  StateHandle& handle() { return state_; }

  bool empty() const {
    const state::Row* const row = state_.bound().at->row;
    return row == nullptr || state_.bound().head(const_cast<state::Row*>(row)).live == 0;
  }
  // Of a list of which nothing is in memory it is said that it was empty, whatever runs have.
  bool add(const T& record, std::int64_t) {
    const bool was_empty = empty();
    state_.add(record);
    return was_empty;
  }
  void clear() { state_.clear(); }
  void merge(const state::Namespace& into, std::span<const state::Namespace> from) {
    state_.merge_namespaces(into, from);
  }
  template <class F>
  void with(F&& f) {
    state::BoundState& state = state_.bound();
    state::Row* const owner = state.owner();
    if (owner == nullptr) return;
    state.load_all(owner);
    pieces_.clear();
    for (state::Element* at = state.head(owner).first; at != nullptr; at = at->next) {
      if (!state.visible(at)) continue;
      const auto& chunk = *static_cast<const std::vector<T>*>(state.value_of(at));
      pieces_.push_back({reinterpret_cast<const char*>(chunk.data()), chunk.size()});
    }
    if (!pieces_.empty()) f(Elements<T>{pieces_, sizeof(T)});
  }

 private:
  ListState<T> state_{window_contents};
  std::vector<ElementsPiece> pieces_;
};

}  // namespace flink::detail
