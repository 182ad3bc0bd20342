// SPDX-License-Identifier: Apache-2.0
#include "table_runtime/watermark_assigner.h"

#include <flink/error.h>
#include <flink/operators/basic_operator.h>

#include <numeric>

#include "table_runtime/calc.h"

namespace flink::table_runtime {

namespace {

constexpr std::int64_t interval_millis = 200;

class WatermarkAssigner final : public flink::detail::BasicOperator {
 public:
  explicit WatermarkAssigner(std::shared_ptr<const WatermarkSpec> spec)
      : spec_(std::move(spec)), session_(spec_->session), evaluation_(session_, memory_) {
    reads_.resize(spec_->row.size());
    mark_columns(*spec_->watermark, reads_);
  }

  void open(OperatorContext& context) override {
    BasicOperator::open(context);
    out_.bind(context.output(), context.turn());
  }
  void process(int, BatchRef& erased) override {
    auto& batch = static_cast<RecordBatch<Row>&>(*erased);
    const auto marks = watermarks(batch.records());
    out_.begin(batch);
    for (std::size_t i = 0; i < batch.size(); ++i) {
      if (spec_->row.is_null(batch[i].bytes, spec_->rowtime)) {
        throw Error{ErrorKind::user, "a row's time attribute " + spec_->rowtime_name +
                                         " is NULL: filter such rows out, or give them a time"};
      }
      out_.collect(batch[i]);
      if (marks.is_null(i)) continue;
      now_ = std::max(now_, marks.load<table::Timestamp>(i).millis);
      if (now_ - sent_ > interval_millis) send();
    }
    out_.end();
  }
  void hand_on() override { out_.end(); }
  void process_watermark(Timestamp watermark) override {
    if (watermark == max_timestamp) BasicOperator::process_watermark(watermark);
  }
  void finish() override {
    if (now_ > sent_) send();
    BasicOperator::finish();
  }

 private:
  static constexpr std::int64_t least = INT64_MIN / 2;

  table::Vector watermarks(std::span<const Row> rows) {
    memory_.clear();
    std::vector<std::string_view> bytes;
    for (const Row& row : rows) bytes.push_back(row.bytes);
    std::vector<table::Vector> columns(reads_.size());
    for (std::size_t i = 0; i < reads_.size(); ++i) {
      if (reads_[i]) columns[i] = spec_->row.gather(bytes, i, memory_);
    }
    std::vector<std::uint32_t> all(rows.size());
    std::iota(all.begin(), all.end(), 0);
    return evaluate(*spec_->watermark, {columns, rows.size(), all}, evaluation_);
  }
  void send() {
    out_.flush();
    sent_ = now_;
    context().output().emit_watermark(timestamp_of_millis(sent_));
  }

  std::shared_ptr<const WatermarkSpec> spec_;
  table::Session session_;
  table::Memory memory_;
  table::Context evaluation_;
  std::vector<bool> reads_;
  std::int64_t now_ = least, sent_ = least;
  Collector<Row> out_;
};

}  // namespace

RowOperator add_watermarks(const RowStream& rows, std::string name, WatermarkSpec spec) {
  auto t = flink::detail::named(std::move(name));
  t.makes_watermarks = true;
  return flink::detail::add_operator<Row, WatermarkAssigner>(
      rows.stream_node(), std::move(t), std::make_shared<const WatermarkSpec>(std::move(spec)));
}

}  // namespace flink::table_runtime
