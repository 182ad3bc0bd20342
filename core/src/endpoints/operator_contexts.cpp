// SPDX-License-Identifier: Apache-2.0
// What readers and writers see of their operator's context.
#include <flink/endpoints/sink_runtime.h>
#include <flink/endpoints/source_runtime.h>
#include <flink/operators/watermark_driver.h>

#include "base/clock.h"

namespace flink::detail {
namespace {

class ReaderContext final : public SourceReaderContext {
 public:
  explicit ReaderContext(OperatorContext& context) : context_(context) {}
  RuntimeContext& runtime() override { return context_.runtime(); }
  void send_split_request() override {
    context_.send_to_coordinator(std::string(1, source_event::split_request));
  }
  void send_source_event(std::string event) override {
    context_.send_to_coordinator(source_event::custom + event);
  }
  std::function<void()> waker() override { return context_.waker(); }
  void wake_after(std::chrono::nanoseconds delay) override { context_.wake_after(delay); }
  std::chrono::nanoseconds now() const override { return context_.clock().now().since_origin; }
  ConnectorContext& connector() const override { return context_; }

 private:
  OperatorContext& context_;
};

class WriterContext final : public SinkWriterContext {
 public:
  explicit WriterContext(OperatorContext& context)
      : context_(context), newest_(context.restored_checkpoint_id().value_or(no_checkpoint)) {}
  RuntimeContext& runtime() override { return context_.runtime(); }
  ConnectorContext& connector() const override { return context_; }
  std::chrono::nanoseconds now() const override { return context_.clock().now().since_origin; }
  std::int64_t wall_millis() const override { return context_.clock().wall_millis(); }
  std::optional<std::int64_t> restored_checkpoint_id() const override {
    return context_.restored_checkpoint_id();
  }
  std::int64_t newest_checkpoint_id() const override { return newest_; }
  void passed(std::int64_t checkpoint_id) override { newest_ = checkpoint_id; }

 private:
  OperatorContext& context_;
  std::int64_t newest_;
};

}  // namespace

void refuse_to_pause_splits() { throw CannotPauseSplits{}; }

std::unique_ptr<SourceReaderContext> make_reader_context(OperatorContext& context) {
  return std::make_unique<ReaderContext>(context);
}

std::unique_ptr<SinkWriterContext> make_writer_context(OperatorContext& context) {
  return std::make_unique<WriterContext>(context);
}

}  // namespace flink::detail
