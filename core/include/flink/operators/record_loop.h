// SPDX-License-Identifier: Apache-2.0
// The typed loops over a batch: of operators without keys, and of those that make each record's
// key the current one.
#pragma once

#include <flink/base/algorithm.h>
#include <flink/collector.h>
#include <flink/operators/keyed_operator_state.h>
#include <flink/types/batch.h>
#include <flink/types/hash_batch.h>

#include <array>
#include <type_traits>
#include <utility>

namespace flink::detail {

template <class In, class Out, class Body>
inline void for_each_record(RecordBatch<In>& batch, Collector<Out>& out, Pace& pace, Body&& body) {
  const std::size_t size = batch.size();
  const auto hand_on = [&out] { out.flush(); };
  if (!batch.stamped()) [[likely]] {
    out.clear_timestamp();
    paced(pace, size, hand_on, [&](std::size_t i) { body(batch[i]); });
  } else {
    paced(pace, size, hand_on, [&, timestamps = batch.timestamps()](std::size_t i) {
      out.set_timestamp(timestamps[i]);
      body(batch[i]);
    });
  }
}

// Results that lie side by side without more ado: they are counted once a strip, not one by one.
template <class Out>
constexpr bool in_strips = std::is_trivially_copyable_v<Out> && !has_views<Out>;

// emit(record, to): constructs one result there or none, and answers how many. For records without
// timestamps and results that are in_strips: a test a record would be a tenth of a short function.
template <class In, class Out, class Emit>
inline void for_each_strip(RecordBatch<In>& batch, Collector<Out>& out, Pace& pace, Emit&& emit) {
  out.clear_timestamp();
  const std::size_t size = batch.size();
  for (std::size_t i = 0; i < size;) {
    const std::size_t stop = std::min(size, i + std::min(pace.stretch(), chained_records_max<Out>));
    Out* const first = out.room(stop - i);
    Out* to = first;
    try {
      for (; i < stop; ++i) to += emit(batch[i], to);
    } catch (...) {  // the user's function threw: what it made before still goes on
      out.commit(static_cast<std::size_t>(to - first));
      throw;
    }
    out.commit(static_cast<std::size_t>(to - first));
    pace.look([&out] { out.flush(); });
  }
}

// Stands in for the key selector of a stream that has none.
struct NoKey {
  using key_type = void;
};
template <class Selector>
constexpr bool has_key = !std::is_same_v<Selector, NoKey>;

// What a loop over keys asks for beside the rows of the next few records: ahead(step, row, index of
// the record) for all of them, then the next step, which finds what the one before has asked for.
struct NothingAhead {
  static constexpr int steps = 0;
  void operator()(int, state::Row*, std::size_t) const {}
};

// The keyed state of an operator, or nothing.
template <class Selector>
class KeyScope {
 public:
  using Key = typename Selector::key_type;

  void open(OperatorContext& context, const std::vector<StateHandle*>& handles, bool with_timers) {
    state_.open(context, handles, with_timers);
  }
  // body(record, its index), the record's key being current; none is afterwards. `ahead` is called
  // before, with rows that are most likely those of the next few records.
  template <class In, class Select, class HandOn, class Body, class Ahead = NothingAhead>
  void for_each(RecordBatch<In>& batch, const Select& select, Pace& pace, const HandOn& hand_on,
                Body&& body, [[maybe_unused]] Ahead ahead = {}) {
    if (state_.backend() == nullptr) {  // no state: nothing to look up
      paced(pace, batch.size(), hand_on, [&](std::size_t i) {
        state_.set_current_key(0, select(std::as_const(batch)[i]));
        body(batch[i], i);
      });
      return;
    }
    constexpr std::size_t at_once = Ahead::steps == 0 ? group : group / 2;
    std::array<std::uint64_t, at_once> hashes;
    for (std::size_t start = 0; start < batch.size();) {
      const std::size_t count = std::min(std::min(at_once, pace.stretch()), batch.size() - start);
      hash_keys<In>(select, batch.data() + start, count, hashes.data());
      for (std::size_t i = 0; i < count; ++i) state_.prefetch_index(hashes[i]);
      if (Ahead::steps == 0 || !state_.backend()->complete()) {
        state_.prefetch_rows(hashes.data(), count, [&](std::size_t i) -> decltype(auto) {
          return select(std::as_const(batch)[start + i]);
        });
      }
      [[maybe_unused]] std::array<state::Row*, at_once> rows;
      if constexpr (Ahead::steps > 0) {
        for (std::size_t i = 0; i < count; ++i) rows[i] = state_.likely_head(hashes[i]);
        for (int step = 0; step < Ahead::steps; ++step) {
          for (std::size_t i = 0; i < count; ++i) {
            if (rows[i] != nullptr) ahead(step, rows[i], start + i);
          }
        }
      }
      for (std::size_t i = 0; i < count; ++i) {
        In& record = batch[start + i];
        if constexpr (Ahead::steps > 0) {
          state_.set_current_key(hashes[i], select(std::as_const(record)), rows[i]);
        } else {
          state_.set_current_key(hashes[i], select(std::as_const(record)));
        }
        body(record, start + i);
      }
      start += count;
      pace.look(hand_on);
    }
    state_.clear_current_key();
  }
  state::KeyedOperatorState<Key>& state() noexcept { return state_; }

 private:
  // Small enough that its lines are still in L1 when their turn comes.
  static constexpr std::size_t group = 32;
  state::KeyedOperatorState<Key> state_;
};

template <>
class KeyScope<NoKey> {
 public:
  void open(OperatorContext&, const std::vector<StateHandle*>&, bool) {}
  template <class In, class HandOn, class Body>
  void for_each(RecordBatch<In>& batch, const NoKey&, Pace& pace, const HandOn& hand_on,
                Body&& body, NothingAhead = {}) {
    paced(pace, batch.size(), hand_on, [&](std::size_t i) { body(batch[i], i); });
  }
};

// Whether nobody asks for a record's key.
template <class Selector>
bool keyless([[maybe_unused]] KeyScope<Selector>& keys) {
  if constexpr (has_key<Selector>) return keys.state().backend() == nullptr;
  else return true;
}

// for_each_record() with keys.
template <class In, class Out, class Selector, class Body>
inline void for_each_keyed(RecordBatch<In>& batch, Collector<Out>& out, Pace& pace,
                           KeyScope<Selector>& keys, const Selector& select, Body&& body) {
  if (keyless(keys)) return for_each_record<In>(batch, out, pace, body);
  if constexpr (has_key<Selector>) {
    out.clear_timestamp();
    const auto hand_on = [&out] { out.flush(); };
    keys.for_each(batch, select, pace, hand_on, [&](In& record, std::size_t i) {
      if (batch.stamped()) out.set_timestamp(batch.timestamps()[i]);
      body(record);
    });
  }
}

}  // namespace flink::detail
