// SPDX-License-Identifier: Apache-2.0
// The producing side of the data plane: one ProducerLink for all channels to one TaskManager, and
// the writers of its channels. A writer serializes on its task's slot and waits there for credit,
// and for a slow consumer to take what is under way.
#pragma once

#include <flink/types/record_type.h>

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "channels/channel.h"
#include "channels/channel_id.h"
#include "channels/link.h"
#include "fiber/waker.h"

namespace flink::channels {

class InChannel;

// What the network's worker and the writer share of one channel.
struct OutChannel {
  std::atomic<std::int64_t> credit{0};
  std::atomic<std::uint64_t> taken{0};  // records, as the consumer has said
  std::atomic<std::size_t> wanted{wanted_at_first};
  std::atomic<bool> waiting{false};
  fiber::Waker waker;  // the writer's; set once, before it first waits

  void wake() {
    if (waiting.load() && waiting.exchange(false)) waker.wake();
  }
};

class ProducerLink final : public Link {
 public:
  using Link::Link;

  // Any thread: opens the next channel.
  std::pair<std::uint32_t, std::shared_ptr<OutChannel>> open(const OpenChannel& open);
  void close(std::uint32_t number);
  // Asks the other process for a channel of a partition that it holds, and to stop again. The
  // channel's reader hears when that process refuses, or the link fails.
  void fetch(const Fetch& fetch, const std::shared_ptr<InChannel>& channel);
  void unfetch(const ChannelId& id);
  std::size_t open_channels();

 private:
  void on_frame(InFrame frame) override;
  void on_failed(const std::string& why) override;
  void on_unserved(const Unserved& unserved);

  std::mutex channels_mutex_;
  std::unordered_map<std::uint32_t, std::shared_ptr<OutChannel>> channels_;  // open ones, by number
  std::map<ChannelId, std::weak_ptr<InChannel>> fetched_;
  std::uint32_t next_number_ = 0;
};

class RemoteWriter final : public ChannelWriter {
 public:
  RemoteWriter(std::shared_ptr<ProducerLink> link, const ChannelId& id, const RecordType& type,
               std::uint64_t record_bytes_max);
  ~RemoteWriter() override;

  bool push_some(Element& element) override;
  // As a batch of so many records: what RecordType::write() has made of it. False: it is to be
  // given again.
  bool push_message(std::size_t records, std::string_view bytes);
  void announce(const Barrier& barrier) override;
  void flush() override;
  BatchRef take_spare() override { return std::move(spare_); }
  std::size_t wanted() const override { return shared_->wanted.load(std::memory_order_relaxed); }
  std::uint64_t bytes() const override { return bytes_; }

 private:
  bool push_batch(const Batch& batch);
  bool fits_message(const Batch& batch, std::size_t records) const;
  void begin_message(const Batch& batch);
  void append(const Batch& batch);
  void end_message();
  bool send_message();
  bool has_credit() const { return shared_->credit.load() > 0; }
  bool is_wanted(std::size_t records) const;
  // False: the worker wakes this task when the consumer has said something, or the link has failed.
  template <class Condition>
  bool holds(Condition condition);
  void check_link() const;

  std::shared_ptr<ProducerLink> link_;
  const RecordType& type_;
  std::uint64_t record_bytes_max_;
  std::uint32_t number_ = 0;
  std::shared_ptr<OutChannel> shared_;
  std::uint32_t sequence_ = 0;
  std::uint64_t records_sent_ = 0;
  std::uint64_t bytes_ = 0;

  std::size_t next_record_ = 0;  // of the batch that is being taken
  BatchRef spare_;               // one that was taken

  // Batches gather in a message until it fills a frame, flush() is called, or the consumer must see
  // it to want more. There was credit for a frame when it began.
  BufferRef buffer_;                   // it begins in there, with room for a frame's header
  std::optional<ByteWriter> message_;  // none: none is under way
  std::size_t message_records_ = 0;
  bool message_stamped_ = false;
  bool leaving_ = false;  // it has ended
  std::size_t sent_ = 0;  // bytes of it that are on their way
};

}  // namespace flink::channels
