// SPDX-License-Identifier: Apache-2.0
// What readers and writers see of their operator's context.
#include <flink/detail/sink_runtime.h>
#include <flink/detail/source_runtime.h>

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
  base::FileSystem& file_system() override { return context_.file_system(); }
  base::Network* network() override { return context_.network(); }
  std::string option(std::string_view key) const override { return context_.option(key); }

 private:
  OperatorContext& context_;
};

class WriterContext final : public WriterInitContext {
 public:
  explicit WriterContext(OperatorContext& context) : context_(context) {}
  RuntimeContext& runtime() override { return context_.runtime(); }
  base::FileSystem& file_system() override { return context_.file_system(); }
  base::Network* network() override { return context_.network(); }
  std::string option(std::string_view key) const override { return context_.option(key); }
  std::chrono::nanoseconds now() const override { return context_.clock().now().since_origin; }
  std::int64_t wall_millis() const override { return context_.clock().wall_millis(); }
  std::optional<std::int64_t> restored_checkpoint_id() const override {
    return context_.restored_checkpoint_id();
  }

 private:
  OperatorContext& context_;
};

}  // namespace

std::unique_ptr<SourceReaderContext> make_reader_context(OperatorContext& context) {
  return std::make_unique<ReaderContext>(context);
}

std::unique_ptr<WriterInitContext> make_writer_context(OperatorContext& context) {
  return std::make_unique<WriterContext>(context);
}

}  // namespace flink::detail
