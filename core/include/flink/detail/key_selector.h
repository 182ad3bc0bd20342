// SPDX-License-Identifier: Apache-2.0
// Key selectors and the partitioner they make: key_by(&T::f), key_by(lambda), key_by(&A::x, &A::y).
#pragma once

#include <flink/batch.h>
#include <flink/partitioner.h>
#include <flink/types/key_hash.h>
#include <flink/types/views.h>

#include <functional>
#include <tuple>
#include <type_traits>

namespace flink::detail {

// F: a member pointer or a function of const T&. The call gives a reference, a value or a view.
template <class T, class F>
struct KeySelector {
  using key_type = owned_t<std::decay_t<std::invoke_result_t<const F&, const T&>>>;
  F function;
  decltype(auto) operator()(const T& record) const { return std::invoke(function, record); }
};

[[noreturn]] void refuse_channel(int channel, int channels);  // throws Error{user}

// Several selectors: a tuple of what they give.
template <class T, class... F>
struct CompositeKey {
  using key_type = std::tuple<owned_t<std::decay_t<std::invoke_result_t<const F&, const T&>>>...>;
  std::tuple<F...> functions;
  auto operator()(const T& record) const {
    return std::apply(
        [&record](const F&... f) {
          return std::tuple<std::decay_t<std::invoke_result_t<const F&, const T&>>...>{
              std::invoke(f, record)...};
        },
        functions);
  }
};

// Appends record i of `batch` to the open batch of a channel; sends that when it is full.
template <class T>
inline void append_to_channel(RecordBatch<T>& batch, std::size_t i, bool sole_owner, int channel,
                              ChannelBatches& channels) {
  auto* open = static_cast<RecordBatch<T>*>(channels.open[channel].get());
  if (open->full()) [[unlikely]] {
    if constexpr (has_views<T>) open->pin_all_of(batch);
    channels.flush(channel);
    open = static_cast<RecordBatch<T>*>(channels.open[channel].get());
  }
  if (sole_owner) {
    open->emplace(std::move(batch[i]));
  } else {
    open->emplace(std::as_const(batch)[i]);
  }
  if (!batch.timestamps.empty()) open->timestamps.push_back(batch.timestamps[i]);
}

// After a batch was split: what its records' views point into stays alive with each part.
template <class T>
inline void pin_in_channels(const RecordBatch<T>& batch, ChannelBatches& channels) {
  if constexpr (has_views<T>) {
    for (int c = 0; c < channels.count; ++c) {
      if (channels.open[c]->size() > 0) channels.open[c]->pin_all_of(batch);
    }
  }
}

template <class T, class Selector>
class KeyPartitioner final : public Partitioner {
 public:
  explicit KeyPartitioner(const Selector& selector) : selector_(selector) {}
  void partition(Batch& erased, bool sole_owner, ChannelBatches& channels) override {
    auto& batch = static_cast<RecordBatch<T>&>(erased);
    for (std::size_t i = 0; i < batch.size(); ++i) {
      const auto group =
          key_group(key_hash(selector_(std::as_const(batch)[i])), channels.max_parallelism);
      append_to_channel(batch, i, sole_owner, channels.channel_of_key_group[group], channels);
    }
    pin_in_channels(batch, channels);
  }

 private:
  Selector selector_;
};

// partition_custom: int partition(key, channels).
template <class T, class Partition, class Selector>
class CustomPartitioner final : public Partitioner {
 public:
  CustomPartitioner(const Partition& partition, const Selector& selector)
      : partition_(partition), selector_(selector) {}
  void partition(Batch& erased, bool sole_owner, ChannelBatches& channels) override {
    auto& batch = static_cast<RecordBatch<T>&>(erased);
    for (std::size_t i = 0; i < batch.size(); ++i) {
      const int channel = partition_(selector_(std::as_const(batch)[i]), channels.count);
      if (channel < 0 || channel >= channels.count) refuse_channel(channel, channels.count);
      append_to_channel(batch, i, sole_owner, channel, channels);
    }
    pin_in_channels(batch, channels);
  }

 private:
  Partition partition_;
  Selector selector_;
};

}  // namespace flink::detail
