// SPDX-License-Identifier: Apache-2.0
// WindowSlices: what a key has in slices, as a state of the key, for contents whose parts can be
// added up without anybody seeing in which order: sum, min, max, and aggregate. Beside it are the
// contents themselves: what a savepoint has from before there were slices.
#pragma once

#include <flink/error.h>
#include <flink/operators/field_updates.h>
#include <flink/windows/slices.h>
#include <flink/windows/slicing.h>
#include <flink/windows/window_contents.h>

#include <cstdint>
#include <optional>
#include <type_traits>
#include <utility>

namespace flink::detail {

// A record that combines a field of several; the others are those of the one that came first.
template <class T>
struct FirstOf {
  T record{};
  std::uint64_t arrival = 0;
};

template <class Contents>
struct SliceSum;  // undefined: these contents cannot be added up

template <class T, class Update>
struct FoldSliceSum {
  using Accumulator = FirstOf<T>;
  Update update;
  explicit FoldSliceSum(const FoldContents<T, Update>& of) : update(of.update()) {}
  void begin(const T& record, std::uint64_t arrival, Accumulator& sum) const {
    sum = {record, arrival};
  }
  void add(const T& record, Accumulator& sum) const { update(sum.record, record); }
  void merge(const Accumulator& from, Accumulator& into) const {
    if (into.arrival < from.arrival) return update(into.record, from.record);
    Accumulator sum = from;
    update(sum.record, std::as_const(into).record);
    into = std::move(sum);
  }
  static Accumulator before_slices(const T& record) { return {record, 0}; }
  template <class F>
  void with(const Accumulator& sum, F&& f) const {
    f(sum.record);
  }
};
template <class T, class Field, class Combine>
struct SliceSum<FoldContents<T, CombineField<T, Field, Combine>>>
    : FoldSliceSum<T, CombineField<T, Field, Combine>> {
  using FoldSliceSum<T, CombineField<T, Field, Combine>>::FoldSliceSum;
};
template <class T, class Combine>
struct SliceSum<FoldContents<T, CombineNamedField<T, Combine>>>
    : FoldSliceSum<T, CombineNamedField<T, Combine>> {
  using FoldSliceSum<T, CombineNamedField<T, Combine>>::FoldSliceSum;
};
template <class T, class A>
struct SliceSum<AggregateContents<T, A>> {
  using Accumulator = typename A::Accumulator;
  A aggregate;
  explicit SliceSum(const AggregateContents<T, A>& of) : aggregate(of.aggregate()) {}
  void begin(const T& record, std::uint64_t, Accumulator& sum) const {
    sum = aggregate.create_accumulator();
    aggregate.add(record, sum);
  }
  void add(const T& record, Accumulator& sum) const { aggregate.add(record, sum); }
  void merge(const Accumulator& from, Accumulator& into) const { aggregate.merge(from, into); }
  static const Accumulator& before_slices(const Accumulator& sum) { return sum; }
  template <class F>
  void with(const Accumulator& sum, F&& f) const {
    f(aggregate.get_result(sum));
  }
};
template <class Contents>
constexpr bool adds_up = requires {
  sizeof(SliceSum<Contents>);
};

[[noreturn]] void refuse_other_slices(std::int64_t width, std::int64_t phase,
                                      const Slicing& slicing);

template <class Contents>
class WindowSlices {
 public:
  using Sum = SliceSum<Contents>;
  using Accumulator = typename Sum::Accumulator;
  using Held = Slices<Accumulator>;

  explicit WindowSlices(const Contents& contents) : sum_(contents) {}
  StateHandle& handle() { return state_; }
  // Those of the current key; null: it has none.
  Held* load(const Slicing& slicing) {
    auto* const held = static_cast<Held*>(state_.bound().read());
    if (held != nullptr && (held->width != slicing.width() || held->phase != slicing.phase())) {
      refuse_other_slices(held->width, held->phase, slicing);
    }
    return held;
  }
  // Adds a record, and answers what the key has now.
  template <class T>
  Held& add(const T& record, std::int64_t slice, const Slicing& slicing) {
    state::BoundState& state = state_.bound();
    Held* held = load(slicing);
    if (held == nullptr) {
      Held fresh;
      fresh.width = slicing.width();
      fresh.phase = slicing.phase();
      held = &state::set_cell<Held>(state, std::move(fresh));
    }
    SlicesOf<Accumulator, Sum> slices(*held, sum_);
    if (slices.is_over(slice)) [[unlikely]]
      change(*held, [&slices] { slices.drop_over(); });
    state::Row* const row = state.write();
    const std::size_t before = bytes_of(*held);
    const auto [value, is_new] = slices.find_or_add(slice);
    std::size_t value_bytes = 0;
    if constexpr (!std::is_trivially_copyable_v<Accumulator>) {
      if (!is_new) value_bytes = heap_bytes(*value);
    }
    ++held->arrivals;
    if (is_new) sum_.begin(record, held->arrivals, *value);
    else sum_.add(record, *value);
    if (Accumulator* const front = slices.front_with(slice)) sum_.add(record, *front);
    state.written(row, before + value_bytes, bytes_of(*held) + heap_bytes(*value));
    return *held;
  }
  // The sum of a window. Before slices: what such contents have of it.
  std::optional<Accumulator> sum(Held* held, const TimeWindow& window, bool in_turn,
                                 const void* before_slices) {
    std::optional<Accumulator> sum;
    if (held != nullptr) {
      const std::size_t before = held->sums.heap_bytes();
      sum = SlicesOf<Accumulator, Sum>(*held, sum_)
                .sum(millis(window.start()), millis(window.end()), in_turn);
      grow(before, held->sums.heap_bytes());
    }
    if (before_slices == nullptr) return sum;
    const auto& kept = Sum::before_slices(*static_cast<const Before*>(before_slices));
    if (sum) sum_.merge(kept, *sum);
    else sum = kept;
    return sum;
  }
  template <class F>
  void with(const Accumulator& sum, F&& f) const {
    sum_.with(sum, f);
  }
  // The slices before that time are in no window any more.
  void retire(Held& held, std::int64_t end) {
    SlicesOf<Accumulator, Sum> slices(held, sum_);
    change(held, [&slices, end] { slices.retire(end); });
    if (slices.empty()) state_.bound().clear();
  }
  void set_armed(Held& held, std::int64_t end) {
    state_.bound().write();
    held.armed = end;
  }
  void set_fired(Held& held, std::int64_t end) {
    state_.bound().write();
    held.fired = end;
  }

 private:
  using Before = typename Contents::Kept;
  static std::int64_t millis(Timestamp at) { return at.time_since_epoch().count(); }
  // But for what the accumulators hold.
  static std::size_t bytes_of(const Held& held) {
    return held.slices.size() * sizeof(Slice<Accumulator>) + held.sums.heap_bytes();
  }
  // Also what accumulators hold.
  template <class Change>
  void change(Held& held, Change&& how) {
    state::BoundState& state = state_.bound();
    state::Row* const row = state.write();
    const std::size_t before = heap_bytes(held);
    how();
    state.written(row, before, heap_bytes(held));
  }
  void grow(std::size_t before, std::size_t after) {
    if (before == after) return;
    state::BoundState& state = state_.bound();
    state.written(state.write(), before, after);
  }

  ValueState<Held> state_{"window-slices"};
  Sum sum_;
};

}  // namespace flink::detail
