// SPDX-License-Identifier: Apache-2.0
// Rolling aggregation of a keyed stream: reduce, sum, min, max, min_by, max_by (Flink, "Reduce").
// Emits the accumulated record for every record that comes in.
#pragma once

#include <flink/detail/basic_operator.h>
#include <flink/detail/keyed_table.h>
#include <flink/detail/record_loop.h>
#include <flink/detail/user_function.h>
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
class KeyedUpdateOperator final : public BasicOperator {
  // Our own updates of plain records are the same when repeated on the same value.
  static constexpr bool twice = std::is_trivially_copyable_v<T> && is_builtin_update<Update>;

 public:
  using Key = typename Selector::key_type;

  KeyedUpdateOperator(const Selector& selector, const Update& prototype)
      : selector_(selector), update_(prototype) {}

  void open(OperatorContext& context) override {
    BasicOperator::open(context);
    out_.bind(context.output());
    update_.open(context.runtime());
  }

  void process(int, BatchRef& batch) override {
    auto& records = static_cast<RecordBatch<T>&>(*batch);
    out_.begin(records);
    std::array<std::uint64_t, group> hashes;
    for (std::size_t start = 0; start < records.size(); start += group) {
      const std::size_t count = std::min(group, records.size() - start);
      const T* const stretch = records.data() + start;
      // The group is small enough that its lines are still in L1 when their turn comes.
      for (std::size_t i = 0; i < count; ++i) {
        hashes[i] = key_hash(selector_(stretch[i]));
        table_.prefetch_index(hashes[i]);
      }
      for (std::size_t i = 0; i < count; ++i) table_.prefetch_row(hashes[i]);
      if (records.timestamps.empty()) {
        update_group(hashes.data(), stretch, count);
      } else {
        update_stamped(hashes.data(), stretch, records.timestamps.data() + start, count);
      }
    }
    out_.end();
  }
  void close() noexcept override { update_.close(); }

 private:
  static constexpr std::size_t group = 32;

  // Straight into the next batch.
  void update_group(const std::uint64_t* hashes, const T* records, std::size_t count) {
    out_.clear_timestamp();
    T* const results = out_.room(count);
    std::size_t made = 0;
    try {
      for (; made < count; ++made) update_into(results + made, hashes[made], records[made]);
    } catch (...) {  // the user's function threw: what was made is still destroyed
      out_.commit(made);
      throw;
    }
    out_.commit(made);
  }
  void update_into(T* result, std::uint64_t hash, const T& record) {
    const auto& key = selector_(record);
    auto* const row = table_.find(hash, key);
    if constexpr (twice) {
      // Copied before it changes, then both are changed: a copy right behind the change would wait
      // for the store buffer, since it reads more bytes at once than were written.
      if (row != nullptr) [[likely]] {
        ::new (static_cast<void*>(result)) T(row->value);
        (*update_)(*result, record);
        (*update_)(row->value, record);
        return;
      }
    }
    ::new (static_cast<void*>(result)) T(accumulate(row, hash, key, record));
  }
  void update_stamped(const std::uint64_t* hashes, const T* records, const std::int64_t* timestamps,
                      std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      const auto& key = selector_(records[i]);
      out_.set_timestamp(timestamps[i]);
      out_.collect(accumulate(table_.find(hashes[i], key), hashes[i], key, records[i]));
    }
  }
  template <class RowPointer, class Lookup>
  const T& accumulate(RowPointer row, std::uint64_t hash, const Lookup& key, const T& record) {
    if (row == nullptr) return table_.insert(hash, to_owned(key), record).value;
    (*update_)(row->value, record);
    return row->value;
  }

  Selector selector_;
  UserFunction<Update> update_;
  KeyedTable<Key, T> table_;
  Collector<T> out_;
};

}  // namespace flink::detail
