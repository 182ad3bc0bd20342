// SPDX-License-Identifier: Apache-2.0
// Rolling aggregation of a keyed stream: reduce, sum, min, max, min_by, max_by (Flink, "Reduce").
// Emits the accumulated record for every record that comes in.
#pragma once

#include <flink/detail/function_operator.h>
#include <flink/detail/keyed_table.h>
#include <flink/detail/record_loop.h>
#include <flink/state/keyed_operator_state.h>
#include <flink/types/hash_batch.h>
#include <flink/types/views.h>

#include <algorithm>
#include <array>

namespace flink::detail {

// Marks sum, min, max, …: they depend on nothing but their two arguments.
struct BuiltinUpdate {};
template <class Update>
constexpr bool is_builtin_update = std::is_base_of_v<BuiltinUpdate, Update>;

// Update: void(T& accumulated, const T& record), as a user function with optional hooks.
template <class T, class Selector, class Update>
class KeyedUpdateOperator final : public FunctionOperator<Update> {
  // Our own updates of plain records are the same when repeated on the same value.
  static constexpr bool twice = std::is_trivially_copyable_v<T> && is_builtin_update<Update>;

 public:
  using Key = typename Selector::key_type;

  KeyedUpdateOperator(const Selector& selector, const Update& prototype)
      : FunctionOperator<Update>(prototype), selector_(selector) {}

  void open(OperatorContext& context) override {
    out_.bind(context.output());
    if (context.keyed_state() == nullptr) state::fail_without_backend();
    table_.bind(*context.keyed_state(), "_op_state");
    FunctionOperator<Update>::open(context);
  }

  void process(int, BatchRef& batch) override {
    auto& records = static_cast<RecordBatch<T>&>(*batch);
    out_.begin(records);
    table_.settle();
    std::array<std::uint64_t, stretch> hashes;
    for (std::size_t from = 0; from < records.size(); from += stretch) {
      const std::size_t count = std::min(stretch, records.size() - from);
      hash_keys<T>(selector_, records.data() + from, count, hashes.data());
      const std::int64_t* const timestamps =
          records.timestamps.empty() ? nullptr : records.timestamps.data() + from;
      if (table_.large()) {
        update<true>(records.data() + from, timestamps, hashes.data(), count);
      } else {
        update<false>(records.data() + from, timestamps, hashes.data(), count);
      }
    }
    out_.end();
  }

 private:
  using Table = KeyedTable<Key, T>;
  using Row = state::Row;
  static constexpr std::size_t stretch = Batch::records_max;
  static constexpr std::size_t group = 32;

  // A group at a time; of a large table the lines are asked for first: those of the index two
  // groups ahead, those of the rows one.
  template <bool large>
  void update(const T* records, const std::int64_t* timestamps, const std::uint64_t* hashes,
              std::size_t count) {
    std::array<Row*, 2 * group> likely;  // of this group and the next, in turn
    const auto size_at = [count](std::size_t start) {
      return start < count ? std::min(group, count - start) : 0;
    };
    if constexpr (large) table_.prefetch_index(hashes, std::min(2 * group, count));
    table_.template likely_rows<large>(hashes, size_at(0), likely.data());
    for (std::size_t start = 0; start < count; start += group) {
      const std::size_t next = start + group;
      if constexpr (large) table_.prefetch_index(hashes + next + group, size_at(next + group));
      table_.template likely_rows<large>(hashes + next, size_at(next),
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
      const auto& selector = in_registers(selector_);
      auto&& update = update_in_registers();
      const std::uint32_t epoch = table_.epoch();
      for (; made < count; ++made) {
        update_into(results + made, hashes[made], rows[made], selector(records[made]),
                    records[made], update, epoch);
      }
    } catch (...) {  // the user's function threw: what was made is still destroyed
      out_.commit(made);
      throw;
    }
    out_.commit(made);
  }
  // Our own updates have no state that lasts.
  decltype(auto) update_in_registers() {
    if constexpr (is_builtin_update<Update>) return in_registers(this->function());
    else return (this->function());
  }
  template <class Lookup, class Function>
  void update_into(T* result, std::uint64_t hash, Row* row, const Lookup& key, const T& record,
                   Function& update, std::uint32_t epoch) {
    if (T* const kept = table_.change(row, key, epoch); kept != nullptr) [[likely]] {
      if constexpr (twice) {
        // Copied before it changes, then both are changed: a copy right behind the change would
        // wait for the store buffer, since it reads more bytes at once than were written.
        ::new (static_cast<void*>(result)) T(*kept);
        update(*result, record);
        update(*kept, record);
      } else {
        change(*kept, record);
        ::new (static_cast<void*>(result)) T(*kept);
      }
      return;
    }
    ::new (static_cast<void*>(result)) T(find_and_update(hash, key, record));
  }
  void update_stamped(const std::uint64_t* hashes, Row* const* rows, const T* records,
                      const std::int64_t* timestamps, std::size_t count) {
    const std::uint32_t epoch = table_.epoch();
    for (std::size_t i = 0; i < count; ++i) {
      const auto& key = selector_(records[i]);
      out_.set_timestamp(timestamps[i]);
      if (T* const kept = table_.change(rows[i], key, epoch); kept != nullptr) [[likely]] {
        change(*kept, records[i]);
        out_.collect(*kept);
      } else {
        out_.collect(find_and_update(hashes[i], key, records[i]));
      }
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

  Selector selector_;
  Table table_;
  Collector<T> out_;
};

}  // namespace flink::detail
