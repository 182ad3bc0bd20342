// SPDX-License-Identifier: Apache-2.0
// The sink of a query that the client runs: rows go to a function in this process, in one subtask.
#pragma once

#include <flink/sink.h>

#include <functional>
#include <span>

#include "table/row.h"

namespace flink::sql_client {

// May block; called by a helper, one batch after another.
using TakeRows = std::function<void(std::span<const table::Row>)>;

class CollectSink final : public Sink<table::Row> {
 public:
  explicit CollectSink(TakeRows take) : take_(std::move(take)) {}
  std::unique_ptr<SinkWriter<table::Row>> create_writer(WriterInitContext& context) const override;

 private:
  TakeRows take_;
};

}  // namespace flink::sql_client
