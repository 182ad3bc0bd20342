// SPDX-License-Identifier: Apache-2.0
// What every operator of the api shares: control elements pass through to the main output.
// Compiled once, in core/src/operators.
#pragma once

#include <flink/fiber/turn.h>
#include <flink/graph/operator.h>

namespace flink::detail {

class BasicOperator : public Operator {
 public:
  void open(OperatorContext& context) override;
  void process_watermark(Timestamp watermark) override;
  void process_idle(bool idle) override;
  void end_input(int input) override;
  void finish() override;
  OperatorSnapshot snapshot(std::int64_t checkpoint_id) override;
  void close() noexcept override;

 protected:
  OperatorContext& context() const noexcept { return *context_; }
  Timestamp current_watermark() const noexcept { return watermark_; }
  Pace& pace() noexcept { return pace_; }

 private:
  OperatorContext* context_ = nullptr;
  Pace pace_;
  Timestamp watermark_ = min_timestamp;
};

}  // namespace flink::detail
