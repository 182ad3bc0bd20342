// SPDX-License-Identifier: Apache-2.0
// What an operator sees whose inputs are sorted: its place, but that nobody hears the watermarks of
// single keys, and that timers of processing time wait for the end of their key.
#pragma once

#include <flink/graph/operator.h>

#include <string>
#include <utility>

namespace flink::operators {

class BatchContext final : public OperatorContext {
 public:
  explicit BatchContext(OperatorContext& place) : place_(place), output_(place.output()) {}

  base::FileSystem& file_system() override { return place_.file_system(); }
  base::Network* network() override { return place_.network(); }
  std::string option(std::string_view key) const override { return place_.option(key); }
  std::string_view operator_id() const override { return place_.operator_id(); }
  std::string claim(std::string_view thing) override { return place_.claim(thing); }

  RuntimeContext& runtime() override { return place_.runtime(); }
  Output& output() override { return output_; }
  Output* side_output(std::string_view tag) override { return place_.side_output(tag); }
  void send_to_coordinator(std::string event) override {
    place_.send_to_coordinator(std::move(event));
  }
  std::function<void()> waker() override { return place_.waker(); }
  void wait_until(const std::function<bool()>& done) override { place_.wait_until(done); }
  void wake_after(std::chrono::nanoseconds delay) override { place_.wake_after(delay); }
  const base::Clock& clock() override { return place_.clock(); }
  std::chrono::nanoseconds backpressured_time() const override {
    return place_.backpressured_time();
  }
  void set_metric(std::string_view name, double value) override { place_.set_metric(name, value); }
  void remove_metric(std::string_view name) override { place_.remove_metric(name); }
  state::KeyedStateBackend* keyed_state() override { return place_.keyed_state(); }
  const OperatorSnapshot& restored_state() const override { return place_.restored_state(); }
  std::optional<std::int64_t> restored_checkpoint_id() const override {
    return place_.restored_checkpoint_id();
  }
  void wake_at_processing_time(std::int64_t) override {}
  flink::detail::Turn& turn() override { return place_.turn(); }

 private:
  class RecordsOnly final : public Output {
   public:
    explicit RecordsOnly(Output& to) : to_(to) {}
    void emit(BatchRef& batch) override { to_.emit(batch); }
    void emit_watermark(Timestamp) override {}
    void emit_idle(bool) override {}

   private:
    Output& to_;
  };

  OperatorContext& place_;
  RecordsOnly output_;
};

}  // namespace flink::operators
