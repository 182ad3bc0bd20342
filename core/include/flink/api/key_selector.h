// SPDX-License-Identifier: Apache-2.0
// Key selectors and the partitioner they make: key_by(&T::f), key_by(lambda), key_by(&A::x, &A::y).
#pragma once

#include <flink/api/keyed_entries.h>
#include <flink/base/algorithm.h>
#include <flink/base/functional.h>
#include <flink/graph/partitioner.h>
#include <flink/types/channel_append.h>
#include <flink/types/hash_batch.h>
#include <flink/types/views.h>

#include <array>
#include <tuple>
#include <type_traits>

namespace flink::detail {

// F: a member pointer or a function of const T&. The call gives a reference, a value or a view.
template <class T, class F>
struct KeySelector {
  using key_type = owned_t<std::decay_t<std::invoke_result_t<const F&, const T&>>>;
  F function;
  decltype(auto) operator()(const T& record) const { return detail::invoke(function, record); }
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
              detail::invoke(f, record)...};
        },
        functions);
  }
};

template <class T, class Selector>
class KeyPartitioner final : public Partitioner {
 public:
  explicit KeyPartitioner(const Selector& selector) : selector_(selector) {}
  void partition(Batch& erased, bool sole_owner, ChannelBatches& channels) override {
    auto& batch = static_cast<RecordBatch<T>&>(erased);
    // First where each record of a stretch goes, then the moves: tight loops.
    std::array<std::uint64_t, stretch> hashes;
    std::array<std::uint16_t, stretch> channel_of;
    for (std::size_t from = 0; from < batch.size(); from += stretch) {
      const std::size_t count = std::min(stretch, batch.size() - from);
      hash_keys<T>(selector_, batch.data() + from, count, hashes.data());
      channels_of_hashes(hashes.data(), count, channels.max_parallelism, channels.count,
                         channel_of.data());
      scatter_records(batch, from, count, sole_owner, channel_of.data(), channels);
    }
    pin_in_channels(batch, channels);
  }
  void write_entries(const Batch& batch, ByteWriter& out, KeyedEntry* entries) override {
    write_keyed_entries<T>(selector_, static_cast<const RecordBatch<T>&>(batch), out, entries);
  }

 private:
  static constexpr std::size_t stretch = 256;
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
