// SPDX-License-Identifier: Apache-2.0
#include <flink/check.h>
#include <flink/detail/basic_operator.h>

namespace flink {

// Where nothing ever comes from outside there is nothing to wait for.
void OperatorContext::wait_until(const std::function<bool()>& done) { FLINK_CHECK(done()); }

const OperatorSnapshot& OperatorContext::restored_state() const {
  static const OperatorSnapshot none;
  return none;
}

detail::Turn& OperatorContext::turn() { return detail::Turn::endless(); }

}  // namespace flink

namespace flink::detail {

void BasicOperator::open(OperatorContext& context) {
  context_ = &context;
  pace_.open(context.turn());
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
