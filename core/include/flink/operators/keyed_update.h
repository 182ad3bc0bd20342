// SPDX-License-Identifier: Apache-2.0
// Rolling aggregation of a keyed stream: reduce, sum, min, max, min_by, max_by (Flink, "Reduce").
// Emits the accumulated record for every record that comes in. In BATCH records come sorted by key,
// and that of each key goes on once, at its end, with the greatest timestamp (Flink's
// BatchGroupedReduceOperator).
#pragma once

#include <flink/base/algorithm.h>
#include <flink/operators/function_operator.h>
#include <flink/operators/keyed_operator_state.h>
#include <flink/operators/record_loop.h>
#include <flink/state/keyed_table.h>
#include <flink/types/hash_batch.h>
#include <flink/types/key_hash.h>
#include <flink/types/record_type.h>
#include <flink/types/views.h>

#include <array>

namespace flink::detail {

// Marks sum, min, max, …: they depend on nothing but their two arguments.
struct BuiltinUpdate {};
template <class Update>
constexpr bool is_builtin_update = std::is_base_of_v<BuiltinUpdate, Update>;

enum class Emits : bool { updates, finals };

// Update: void(T& accumulated, const T& record), as a user function with optional hooks. One class
// for both kinds: every job that aggregates can run either way, and would compile two.
template <class T, class Selector, class Update>
class KeyedUpdateOperator final : public FunctionOperator<Update> {
  // Our own updates of one field of a plain record.
  static constexpr bool assigns =
      std::is_trivially_copyable_v<T> && requires(const Update& update, T& kept, const T& record) {
    update.assign(kept, update.combined(kept, record));
  };

 public:
  using Key = typename Selector::key_type;

  KeyedUpdateOperator(const Selector& selector, const Update& prototype, Emits emits)
      : FunctionOperator<Update>(prototype), selector_(selector) {
    if (emits == Emits::finals) final_ = make_ref<RecordBatch<T>>(std::size_t{1});
  }

  void open(OperatorContext& context) override {
    out_.bind(context.output(), context.turn());
    if (!final_) {
      if (context.keyed_state() == nullptr) state::fail_without_backend();
      table_.bind(*context.keyed_state(), "_op_state");
    }
    FunctionOperator<Update>::open(context);
  }

  void process(int, BatchRef& batch) override {
    auto& records = static_cast<RecordBatch<T>&>(*batch);
    out_.begin(records);
    if (final_) return add_to_finals(records);
    table_.settle();
    std::array<std::uint64_t, far_stretch + index_ahead> hashes;
    const bool large = table_.large();
    const auto stretch = [&] {
      std::size_t most = large ? far_stretch : near_stretch;
      if constexpr (!std::is_trivially_copyable_v<T>) most = std::min(most, out_.stretch());
      if constexpr (!is_builtin_update<Update>) most = std::min(most, this->pace().stretch());
      return most;
    };
    for (std::size_t from = 0, count = 0; from < records.size(); from += count) {
      count = std::min(stretch(), records.size() - from);
      hash_keys<T>(selector_, records.data() + from, count, hashes.data());
      const std::int64_t* const timestamps =
          records.stamped() ? records.timestamps().data() + from : nullptr;
      if (large) {
        std::fill_n(hashes.begin() + static_cast<std::ptrdiff_t>(count), index_ahead, hashes[0]);
        update<true>(records.data() + from, timestamps, hashes.data(), count);
      } else {
        update<false>(records.data() + from, timestamps, hashes.data(), count);
      }
      if constexpr (!is_builtin_update<Update>) this->pace().look([this] { out_.flush(); });
    }
    out_.end();
  }
  void end_input(int input) override {
    if (final_) {
      emit_final();
      out_.end();
    }
    FunctionOperator<Update>::end_input(input);
  }
  void hand_on() override { out_.end(); }

 private:
  using Table = KeyedTable<Key, T>;
  using Row = state::Row;
  // How many are worked on at once: what stays in L1 beside the rows, or as many as come.
  static constexpr std::size_t near_stretch = std::min<std::size_t>(256, chained_records_max<T>);
  static constexpr std::size_t far_stretch = Batch::records_max;
  // Of a large table a row's line is asked for so much ahead, and the index line that before.
  static constexpr std::size_t rows_ahead = 64;
  static constexpr std::size_t index_ahead = 16;

  // Behind the hashes of a large table follow index_ahead others.
  template <bool large>
  void update(const T* records, const std::int64_t* timestamps, const std::uint64_t* hashes,
              std::size_t count) {
    constexpr std::size_t step = large ? 32 : near_stretch;
    constexpr std::size_t ahead = large ? rows_ahead : 0;
    constexpr std::size_t lines_ahead = large ? index_ahead : 0;
    std::array<Row*, large ? 128 : near_stretch> likely;  // those on their way, in turn
    const auto size_at = [count](std::size_t start) {
      return start >= count ? 0 : count - start < step ? count - start : step;
    };
    if constexpr (large) {
      table_.prefetch_index(hashes, lines_ahead);
      table_.template likely_rows<lines_ahead>(hashes, std::min(ahead, count), likely.data());
    }
    for (std::size_t start = 0; start < count; start += step) {
      const std::size_t next = start + ahead;
      table_.template likely_rows<lines_ahead>(hashes + next, size_at(next),
                                               likely.data() + next % likely.size());
      Row* const* const rows = likely.data() + start % likely.size();
      if (timestamps == nullptr) {
        update_group(hashes + start, rows, records + start, size_at(start));
      } else {
        update_stamped(hashes + start, rows, records + start, timestamps + start, size_at(start));
      }
    }
  }

  // Straight into the next batch.
  void update_group(const std::uint64_t* hashes, Row* const* rows, const T* records,
                    std::size_t count) {
    out_.clear_timestamp();
    T* const results = out_.room(count);
    std::size_t made = 0;
    try {
      while ((made = update_likely(rows, records, results, made, count)) < count) {
        const T& kept = find_and_update(hashes[made], selector_(records[made]), records[made]);
        ::new (static_cast<void*>(results + made)) T(kept);
        ++made;
      }
    } catch (...) {  // the user's function threw: what was made is still destroyed
      out_.commit(made);
      throw;
    }
    out_.commit(made);
  }
  // From `made` on, until a row is not the record's: how many are made then. No calls, so that all
  // of it stays in registers.
  [[gnu::noinline]] std::size_t update_likely(Row* const* rows, const T* records, T* results,
                                              std::size_t& made, std::size_t count) {
    const auto& selector = in_registers(selector_);
    const std::uint32_t epoch = table_.epoch();
    if constexpr (assigns) {
      const auto update = this->function();
      std::size_t i = made;
      for (; i < count; ++i) {
        T* const kept = table_.change(rows[i], selector(records[i]), epoch);
        if (kept == nullptr) [[unlikely]]
          break;
        // What is written last is read by nothing here: a copy right behind a change would wait for
        // the store buffer, since it reads more bytes at once than were written.
        const auto value = update.combined(*kept, records[i]);
        ::new (static_cast<void*>(results + i)) T(*kept);
        update.assign(results[i], value);
        update.assign(*kept, value);
      }
      return i;
    } else {
      for (; made < count; ++made) {
        T* const kept = table_.change(rows[made], selector(records[made]), epoch);
        if (kept == nullptr) break;
        change(*kept, records[made]);
        construct(results + made, std::as_const(*kept));
      }
      return made;
    }
  }
  void update_stamped(const std::uint64_t* hashes, Row* const* rows, const T* records,
                      const std::int64_t* timestamps, std::size_t count) {
    const std::uint32_t epoch = table_.epoch();
    for (std::size_t i = 0; i < count; ++i) {
      const auto& key = selector_(records[i]);
      out_.set_timestamp(timestamps[i]);
      const T* result = nullptr;
      if (T* const kept = table_.change(rows[i], key, epoch); kept != nullptr) [[likely]] {
        change(*kept, records[i]);
        result = kept;
      } else {
        result = &find_and_update(hashes[i], key, records[i]);
      }
      out_.collect(*result);
    }
  }
  // The row is new, or not where it was most likely.
  template <class Lookup>
  [[gnu::noinline]] const T& find_and_update(std::uint64_t hash, const Lookup& key,
                                             const T& record) {
    T* const kept = table_.find_and_change(hash, key);
    if (kept == nullptr) return table_.insert(record);
    change(*kept, record);
    return *kept;
  }
  // Our own updates change a number of the record, not what it holds elsewhere.
  void change(T& kept, const T& record) {
    if constexpr (is_builtin_update<Update> || std::is_trivially_copyable_v<T>) {
      this->function()(kept, record);
    } else {
      const std::size_t before = state::heap_bytes(kept);
      this->function()(kept, record);
      table_.changed(kept, before);
    }
  }

  void add_to_finals(RecordBatch<T>& records) {
    const bool sole = records.unique();
    const auto collected = [this] { out_.flush(); };
    paced(this->pace(), records.size(), collected,
          [&](std::size_t i) { add_to_final(records, i, sole); });
    out_.end();
  }
  void add_to_final(RecordBatch<T>& records, std::size_t i, bool may_move) {
    const T& record = records[i];
    const auto& key = selector_(record);
    if (final_->size() > 0 && key_equal(final_key_, key)) {
      this->function()((*final_)[0], record);
      return;
    }
    emit_final();
    final_key_ = to_owned(key);
    record_type<T>().append(*final_, records, i, may_move);
  }
  [[gnu::noinline]] void emit_final() {
    if (final_->size() == 0) return;
    out_.set_timestamp(INT64_MAX);
    out_.collect(std::move((*final_)[0]));
    final_->clear();
  }

  Selector selector_;
  Table table_;
  Collector<T> out_;
  Ref<RecordBatch<T>> final_;  // in BATCH: none, or that of the key whose records come
  Key final_key_{};            // the function may change the record's
};

}  // namespace flink::detail
