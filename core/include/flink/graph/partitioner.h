// SPDX-License-Identifier: Apache-2.0
// How records travel between two operators (Flink, "Physical Partitioning"), and the typed half of
// it: splitting a batch over channels.
#pragma once

#include <flink/base/maker.h>
#include <flink/base/memory.h>
#include <flink/types/bytes.h>
#include <flink/types/channel_batches.h>
#include <flink/types/keyed_entry.h>

#include <cstdint>
#include <string>

namespace flink {

enum class ShipStrategy : unsigned char {
  forward,
  rebalance,
  rescale,
  shuffle,
  broadcast,
  global,
  hash,
  custom,
};

// When the consumer gets records: as they come, or once all of them are there (batch).
enum class ExchangeType : unsigned char { pipelined, blocking };

// Splits batches; one instance a writer, so it may keep state (round robin).
class Partitioner {
 public:
  virtual ~Partitioner() = default;
  virtual void partition(Batch& batch, bool sole_owner, ChannelBatches& channels) = 0;
  // Hash only: the records as entries of a sort by the key that it partitions by; `entries` has
  // room for one a record.
  virtual void write_entries(const Batch& batch, ByteWriter& out, KeyedEntry* entries);
};

struct Partitioning {
  ShipStrategy strategy = ShipStrategy::forward;
  bool explicitly = false;  // the user asked for it: forward then demands equal parallelism
  // hash and custom only; the others need no types
  detail::MakerOf<Partitioner> make_partitioner;
  std::string key_type;  // hash only, for `describe`
};

}  // namespace flink
