// SPDX-License-Identifier: Apache-2.0
// What a function that gets matches is given beside them (Flink, PatternProcessFunction.Context).
#pragma once

#include <flink/process_context.h>

#include <optional>
#include <type_traits>
#include <utility>

namespace flink {

class PatternContext {
 public:
  // Event time: of the event that completed the match, or the time at which that became certain; of
  // a partial match that timed out: when it did. Processing time: when it was found.
  Timestamp timestamp() const noexcept { return timestamp_; }
  Timestamp current_processing_time() const {
    return context_->timer_service().current_processing_time();
  }
  Timestamp current_watermark() const noexcept { return context_->current_watermark(); }
  RuntimeContext& runtime() const noexcept { return context_->runtime(); }
  // Emits to a side output; nobody need read it.
  template <class X>
  void output(const OutputTag<X>& tag, std::type_identity_t<X> value) {
    context_->output(tag, std::move(value));
  }

  // For operators. `stamp`: what is emitted gets that timestamp.
  PatternContext(ProcessContext& context, Timestamp timestamp, bool stamp)
      : context_(&context), timestamp_(timestamp) {
    context.set_timestamp(stamp ? std::optional{timestamp} : std::nullopt);
  }

 private:
  ProcessContext* context_;
  Timestamp timestamp_;
};

}  // namespace flink
