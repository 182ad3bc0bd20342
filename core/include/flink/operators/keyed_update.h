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

// Update: void(T& accumulated, const T& record), as a user function with optional hooks.
template <class T, class Selector, class Update>
class KeyedUpdateOperator final : public BasicOperator {
 public:
  using Key = typename Selector::key_type;

  KeyedUpdateOperator(const Selector& selector, const Update& prototype)
      : selector_(selector), update_(prototype) {}

  void open(OperatorContext& context) override {
    BasicOperator::open(context);
    out_.bind(context.output());
    update_.open(context.runtime());
  }

  // Three passes a group: prefetch the index, prefetch the rows, update. A group is small enough that
  // its lines are still in L1 when their turn comes.
  void process(int, BatchRef& batch) override {
    auto& records = static_cast<RecordBatch<T>&>(*batch);
    out_.begin(records);
    const bool stamped = !records.timestamps.empty();
    if (!stamped) out_.clear_timestamp();
    std::array<std::uint64_t, group> hashes;
    for (std::size_t start = 0; start < records.size(); start += group) {
      const std::size_t count = std::min(group, records.size() - start);
      for (std::size_t i = 0; i < count; ++i) {
        hashes[i] = key_hash(selector_(records[start + i]));
        table_.prefetch_index(hashes[i]);
      }
      for (std::size_t i = 0; i < count; ++i) table_.prefetch_row(hashes[i]);
      for (std::size_t i = 0; i < count; ++i) {
        if (stamped) out_.set_timestamp(records.timestamps[start + i]);
        update_one(hashes[i], records[start + i]);
      }
    }
    out_.end();
  }
  void close() noexcept override { update_.close(); }

 private:
  static constexpr std::size_t group = 32;

  void update_one(std::uint64_t hash, const T& record) {
    const auto& key = selector_(record);
    if (auto* row = table_.find(hash, key)) [[likely]] {
      (*update_)(row->value, record);
      out_.collect(std::as_const(row->value));
    } else {
      out_.collect(std::as_const(table_.insert(hash, to_owned(key), record).value));
    }
  }

  Selector selector_;
  UserFunction<Update> update_;
  KeyedTable<Key, T> table_;
  Collector<T> out_;
};

}  // namespace flink::detail
