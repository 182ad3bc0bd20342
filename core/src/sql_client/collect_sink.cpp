// SPDX-License-Identifier: Apache-2.0
#include "sql_client/collect_sink.h"

namespace flink::sql_client {
namespace {

class Writer final : public SinkWriter<table::Row> {
 public:
  Writer(WriterInitContext& context, const TakeRows& take)
      : runtime_(context.runtime()), take_(take) {}
  void write(const table::Row& row) override { write_batch({&row, 1}); }
  void write_batch(std::span<const table::Row> rows) override {
    runtime_.run_blocking([&] { take_(rows); });
  }
  void flush(bool) override {}

 private:
  RuntimeContext& runtime_;
  const TakeRows& take_;  // the sink's, which outlives its writers
};

}  // namespace

std::unique_ptr<SinkWriter<table::Row>> CollectSink::create_writer(
    WriterInitContext& context) const {
  return std::make_unique<Writer>(context, take_);
}

}  // namespace flink::sql_client
