// SPDX-License-Identifier: Apache-2.0
#include "task/partition_input.h"

namespace flink::task {

namespace {

class PartitionInput final : public channels::ChannelReader {
 public:
  PartitionInput(std::unique_ptr<channels::ChannelReader> reader, base::AttemptId producer)
      : reader_(std::move(reader)), producer_(std::move(producer)) {}

  void set_waker(fiber::Waker waker) override { reader_->set_waker(std::move(waker)); }
  std::optional<channels::Element> poll() override {
    try {
      return reader_->poll();
    } catch (const Error& error) {
      throw PartitionLost{error, producer_};
    }
  }
  std::optional<channels::Barrier> poll_announced() override { return reader_->poll_announced(); }
  void give_back(BatchRef batch) override { reader_->give_back(std::move(batch)); }
  void want(std::size_t records) override { reader_->want(records); }
  std::uint64_t bytes() const override { return reader_->bytes(); }

 private:
  std::unique_ptr<channels::ChannelReader> reader_;
  base::AttemptId producer_;
};

}  // namespace

std::unique_ptr<channels::ChannelReader> partition_input(
    std::unique_ptr<channels::ChannelReader> reader, base::AttemptId producer) {
  return std::make_unique<PartitionInput>(std::move(reader), std::move(producer));
}

}  // namespace flink::task
