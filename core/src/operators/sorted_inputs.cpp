// SPDX-License-Identifier: Apache-2.0
#include "operators/sorted_inputs.h"

#include <flink/state/keyed_state_backend.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "operators/batch_context.h"
#include "operators/entry_batches.h"
#include "operators/key_sorter.h"

namespace flink::operators {

namespace {

enum class Feed : unsigned char { as_it_comes, sorted, held };

struct Input {
  Feed feed = Feed::as_it_comes;
  const StreamEdge* edge = nullptr;
  std::unique_ptr<Partitioner> partitioner;  // sorted by key: has the selector
  std::uint64_t records = 0;
  std::unique_ptr<KeySorter> sorter;
  std::unique_ptr<EntryBatches> batches;
};

bool has_strategy(const Transformation& t, ShipStrategy strategy) {
  return std::any_of(t.inputs.begin(), t.inputs.end(), [strategy](const StreamEdge& edge) {
    return edge.partitioning.strategy == strategy;
  });
}

// The entries of records without keys: all of one, or each of its own so that they stay in order.
void write_unkeyed(const RecordType& type, std::uint64_t* number, const Batch& batch,
                   ByteWriter& out, KeyedEntry* entries) {
  for (std::size_t i = 0; i < batch.size(); ++i) {
    const std::size_t start = out.size();
    entries[i] = {number == nullptr ? 0 : (*number)++, start};
    out.fixed64(0);
    type.write_records(batch, i, 1, out);
    const std::size_t head = start + flink::detail::entry_head_bytes;
    out.patch32(start, batch.stamped() ? flink::detail::stamped_entry : 0);
    out.patch32(start + 4, static_cast<std::uint32_t>(out.size() - head));
  }
}

class SortedOperator final : public Operator {
 public:
  SortedOperator(const Transformation& t, const SortSetup& setup)
      : setup_(setup),
        name_(t.name),
        key_by_key_(t.keyed && !t.make_batch_operator),
        op_(t.make_batch_operator ? t.make_batch_operator() : t.make_operator()) {
    const bool by_hash = has_strategy(t, ShipStrategy::hash);
    for (const StreamEdge& edge : t.inputs) {
      const auto number = static_cast<std::size_t>(edge.input);
      if (inputs_.size() <= number) inputs_.resize(number + 1);
      Input& input = inputs_[number];
      if (input.edge != nullptr) continue;  // a union: all alike
      input.edge = &edge;
      if (edge.partitioning.strategy == ShipStrategy::broadcast) continue;
      if (!t.keyed) {
        input.feed = Feed::held;
      } else if (edge.partitioning.strategy == ShipStrategy::hash) {
        input.feed = Feed::sorted;
        input.partitioner = edge.partitioning.make_partitioner();
      } else if (!by_hash) {  // windows over all: one key
        input.feed = Feed::sorted;
      }
    }
    open_inputs_ = static_cast<std::size_t>(std::count_if(
        inputs_.begin(), inputs_.end(), [](const Input& i) { return i.edge != nullptr; }));
  }

  void open(OperatorContext& context) override {
    place_ = &context;
    context_ = std::make_unique<BatchContext>(context);
    const auto waiting = std::count_if(inputs_.begin(), inputs_.end(),
                                       [](const Input& i) { return i.feed != Feed::as_it_comes; });
    for (Input& input : inputs_) {
      if (input.feed != Feed::as_it_comes) {
        input.sorter = std::make_unique<KeySorter>(
            spill_setup(), setup_.memory_bytes / static_cast<std::size_t>(waiting),
            writer_of(input));
        input.batches = std::make_unique<EntryBatches>(*input.edge->type);
      }
    }
    op_->open(*context_);
  }

  void process(int number, BatchRef& batch) override {
    Input& input = inputs_[static_cast<std::size_t>(number)];
    if (input.feed == Feed::as_it_comes) return op_->process(number, batch);
    const std::uint64_t before = input.sorter->bytes_spilled();
    input.sorter->add(*batch);
    if (input.sorter->bytes_spilled() != before)
      count_spilled(input.sorter->bytes_spilled() - before);
  }
  // There are none in BATCH but the last one, which comes when all keys have ended.
  void process_watermark(Timestamp) override {}
  void process_idle(bool) override {}
  void end_input(int number) override {
    if (inputs_[static_cast<std::size_t>(number)].feed == Feed::as_it_comes) {
      op_->end_input(number);
    }
    if (--open_inputs_ == 0) run();
  }
  void finish() override { op_->finish(); }
  void hand_on() override { op_->hand_on(); }

  void prepare_snapshot(std::int64_t id) override { op_->prepare_snapshot(id); }
  OperatorSnapshot snapshot(std::int64_t id) override { return op_->snapshot(id); }
  void handle_coordinator_event(std::string_view event) override {
    op_->handle_coordinator_event(event);
  }
  void on_wake() override { op_->on_wake(); }
  void close() noexcept override {
    op_->close();
    for (Input& input : inputs_) input.sorter.reset();
  }

 private:
  SpillSetup spill_setup() {
    return {setup_.directories, setup_.codec,
            [runtime = &place_->runtime()](const std::function<void()>& function) {
              runtime->run_blocking(function);
            },
            "the sorted input of '" + name_ + "'"};
  }
  SortBuffer::Write writer_of(Input& input) {
    if (input.partitioner) {
      return
          [by = input.partitioner.get()](const Batch& batch, ByteWriter& out, KeyedEntry* entries) {
            by->write_entries(batch, out, entries);
          };
    }
    std::uint64_t* const number = input.feed == Feed::held ? &input.records : nullptr;
    return [type = input.edge->type, number](const Batch& batch, ByteWriter& out,
                                             KeyedEntry* entries) {
      write_unkeyed(*type, number, batch, out, entries);
    };
  }
  void count_spilled(std::uint64_t bytes) {
    place_->runtime().counter("numBytesSpilled").inc(static_cast<std::int64_t>(bytes));
  }

  // All inputs have ended.
  void run() {
    std::vector<EntryMerge::Sequence> sequences;
    for (std::size_t i = 0; i < inputs_.size(); ++i) {
      if (!inputs_[i].sorter) continue;
      KeySorter& sorter = *inputs_[i].sorter;
      const std::uint64_t before = sorter.bytes_spilled();
      sorter.finish();
      count_spilled(sorter.bytes_spilled() - before);
      for (auto& sequence : sorter.take_sequences(static_cast<int>(i))) {
        sequences.push_back(std::move(sequence));
      }
    }
    EntryMerge merge{std::move(sequences)};
    if (key_by_key_) feed_keys(merge);
    else feed_all(merge);
    for (std::size_t i = 0; i < inputs_.size(); ++i) {
      if (!inputs_[i].sorter) continue;
      inputs_[i].sorter.reset();
      op_->end_input(static_cast<int>(i));
    }
    op_->process_watermark(max_timestamp);
    place_->output().emit_watermark(max_timestamp);
  }
  void feed_all(EntryMerge& merge) {
    for (; const SortedEntry* const entry = merge.top(); merge.pop()) add(merge.input(), *entry);
    flush();
  }
  void feed_keys(EntryMerge& merge) {
    std::uint64_t hash = 0;
    std::string key;
    bool any = false;
    for (; const SortedEntry* const entry = merge.top(); merge.pop()) {
      if (!any || entry->hash != hash || entry->key != key) {
        if (any) {
          end_key();
          op_->process_watermark(min_timestamp);
        }
        any = true;
        hash = entry->hash;
        key = entry->key;
      }
      add(merge.input(), *entry);
    }
    if (any) end_key();
  }
  void end_key() {
    flush();
    op_->process_watermark(max_timestamp);
    op_->on_processing_time(INT64_MAX);
    if (auto* const state = place_->keyed_state()) state->end_key();
  }

  void add(int input, const SortedEntry& entry) {
    if (input != filling_) flush();
    filling_ = input;
    EntryBatches& batches = *inputs_[static_cast<std::size_t>(input)].batches;
    if (batches.add(entry)) return;
    flush();
    batches.add(entry);
  }
  void flush() {
    EntryBatches& batches = *inputs_[static_cast<std::size_t>(filling_)].batches;
    if (batches.empty()) return;
    BatchRef batch = batches.take();
    op_->process(filling_, batch);
    batches.give_back(std::move(batch));
  }

  const SortSetup setup_;
  const std::string name_;
  const bool key_by_key_;  // else the operator sees the keys change
  std::unique_ptr<Operator> op_;
  std::vector<Input> inputs_;
  std::size_t open_inputs_ = 0;
  int filling_ = 0;
  OperatorContext* place_ = nullptr;
  std::unique_ptr<BatchContext> context_;
};

}  // namespace

bool sorts_inputs(const Transformation& t) {
  if (!t.make_operator) return false;
  if (t.keyed) return true;
  return t.inputs.size() > 1 && has_strategy(t, ShipStrategy::broadcast) &&
         !std::all_of(t.inputs.begin(), t.inputs.end(), [](const StreamEdge& edge) {
           return edge.partitioning.strategy == ShipStrategy::broadcast;
         });
}

std::unique_ptr<Operator> make_sorted_operator(const Transformation& transformation,
                                               const SortSetup& setup) {
  return std::make_unique<SortedOperator>(transformation, setup);
}

}  // namespace flink::operators
