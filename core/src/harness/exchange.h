// SPDX-License-Identifier: Apache-2.0
// From one subtask of a tested graph to all subtasks of its reader, as an exchange between tasks
// divides records. Nothing is held: what comes in has gone out when emit() returns.
#pragma once

#include <flink/graph/transformation.h>
#include <flink/types/channel_batches.h>

#include <memory>
#include <vector>

#include "harness/feeds.h"

namespace flink::detail {

class Exchange final : public Output, private ChannelBatches {
 public:
  // `readers`: by subtask; kept alive by their owner.
  Exchange(const StreamEdge& edge, ShipStrategy strategy, std::vector<Output*> readers,
           int max_parallelism);
  void emit(BatchRef& batch) override;
  void emit_watermark(Timestamp watermark) override {
    for (Output* reader : readers_) reader->emit_watermark(watermark);
  }
  void emit_idle(bool idle) override {
    for (Output* reader : readers_) reader->emit_idle(idle);
  }

 private:
  void flush(int channel) override;

  const RecordType& type_;
  ShipStrategy strategy_;
  std::vector<Output*> readers_;
  std::vector<BatchRef> open_;
  std::unique_ptr<Partitioner> partitioner_;
  int next_ = 0;  // round robin
};

}  // namespace flink::detail
