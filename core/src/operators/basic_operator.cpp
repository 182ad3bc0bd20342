// SPDX-License-Identifier: Apache-2.0
#include <flink/operators/basic_operator.h>

namespace flink::detail {

void BasicOperator::open(OperatorContext& context) {
  context_ = &context;
  pace_.open(context.turn());
  watermark_ = context.restored_watermark();
}

void BasicOperator::process_watermark(Timestamp watermark) {
  watermark_ = watermark;
  context_->output().emit_watermark(watermark);
}

void BasicOperator::process_idle(bool idle) { context_->output().emit_idle(idle); }

void BasicOperator::end_input(int) {}
void BasicOperator::finish() {}
OperatorSnapshot BasicOperator::snapshot(std::int64_t) { return {}; }
void BasicOperator::close() noexcept {}

}  // namespace flink::detail
