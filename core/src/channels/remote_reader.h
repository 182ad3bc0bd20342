// SPDX-License-Identifier: Apache-2.0
// The consuming side of the data plane: a ConsumerLink for each connection that a producing
// TaskManager made, the channels that arrive on it, and their readers. The network's worker only
// sorts frames into channels; a reader puts messages together and deserializes on its task's slot.
#pragma once

#include <flink/types/record_type.h>

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "channels/announcements.h"
#include "channels/channel.h"
#include "channels/channel_id.h"
#include "channels/credit_window.h"
#include "channels/link.h"
#include "fiber/waker.h"

namespace flink::channels {

class ConsumerLink;

// What the network's worker and a reader share of one channel.
class InChannel {
 public:
  InChannel(std::uint64_t type_fingerprint, std::int64_t own_window)
      : fingerprint_(type_fingerprint), allowed_(own_window) {}

  // The worker's side.
  void attach(std::shared_ptr<ConsumerLink> link, std::uint32_t number);
  // Then wake_reader(), once for all frames that came together.
  void deliver(InFrame frame);
  void wake_reader();
  void announce(const Barrier& barrier) { announcements_.tell(barrier); }
  // The connection is lost; or the process at its other end has not got the partition.
  void fail(const std::string& why);
  void refuse(const std::string& why);
  std::uint64_t fingerprint() const { return fingerprint_; }

  // The reader's side. True: frames were added to `to`.
  bool take(std::deque<InFrame>& to);
  void set_waker(fiber::Waker waker) {
    announcements_.set_waker(waker);
    waker_ = std::move(waker);
  }
  std::optional<Barrier> take_announced() { return announcements_.take(); }
  void grant(const Credit& credit);
  // Throws what the reader is to throw; returns when there is nothing wrong.
  void check() const;
  // The reader is gone: what still comes is dropped.
  void abandon();

 private:
  const std::uint64_t fingerprint_;
  mutable std::mutex mutex_;
  std::deque<InFrame> frames_;
  std::int64_t allowed_;  // the producer may still send
  std::uint32_t wanted_ = wanted_at_first;
  std::string failure_;
  bool refused_ = false;
  std::shared_ptr<ConsumerLink> link_;
  std::uint32_t number_ = 0;
  bool abandoned_ = false;
  std::atomic<bool> news_{false};  // frames or a failure
  std::atomic<bool> waiting_{false};
  fiber::Waker waker_;  // set before the reader's first poll
  Announcements announcements_;
};

// The channels of a process by id: readers register, producers open; either may come first. On the
// network's worker only.
class ChannelRegistry {
 public:
  void add_reader(const ChannelId& id, std::shared_ptr<InChannel> channel);
  void remove_reader(const ChannelId& id);
  // A producer has opened it over `link`.
  void opened(const OpenChannel& open, const std::shared_ptr<ConsumerLink>& link,
              std::uint32_t number);
  // The producer has closed it, or its link has failed.
  void closed(const ChannelId& id, const ConsumerLink& link);

  // Another process asks for a channel of a partition, or not any more. None: none is kept here.
  std::function<void(Fetch fetch, std::function<void(const std::string& why)> refuse)> on_fetch;
  std::function<void(const ChannelId& id)> on_unfetch;

 private:
  struct Waiting {
    OpenChannel open;
    std::weak_ptr<ConsumerLink> link;
    std::uint32_t number = 0;
  };
  std::map<ChannelId, std::shared_ptr<InChannel>> readers_;
  std::map<ChannelId, Waiting> waiting_;  // opened before there is a reader
};

class ConsumerLink final : public Link {
 public:
  ConsumerLink(base::Network& network, std::string peer, const Hello& greeting,
               std::shared_ptr<ChannelRegistry> registry);

  // On the worker: the reader of that channel is there. What came early goes to it.
  void attach(std::uint32_t number, std::shared_ptr<InChannel> channel);
  // Before connected(): called when the connection is gone.
  void on_end(std::function<void()> ended) { ended_ = std::move(ended); }
  std::size_t open_channels() const { return entries_.size(); }

 private:
  struct Entry {
    ChannelId id;
    std::uint32_t sequence = 0;          // expected next
    std::shared_ptr<InChannel> channel;  // null: no reader yet
    std::vector<InFrame> early;          // barriers and ends, which need no credit
    std::vector<Barrier> announced;      // before there was a reader
  };
  static constexpr std::size_t channels_max = 1u << 24;
  static constexpr std::size_t early_max = 1024;

  void on_frame(InFrame frame) override;
  void on_frames_done() override;
  void on_failed(const std::string& why) override;
  void on_closed() override;
  void on_open(const InFrame& frame);
  void on_element(Entry& entry, InFrame frame);
  void on_announcement(Entry& entry, const InFrame& frame);
  void on_fetch(const InFrame& frame);
  Entry& entry_of(const InFrame& frame);

  std::shared_ptr<ChannelRegistry> registry_;
  std::unordered_map<std::uint32_t, Entry> entries_;      // by number; closed ones are gone
  std::vector<std::shared_ptr<InChannel>> delivered_to_;  // and not woken yet
  std::uint32_t next_number_ = 0;
  std::function<void()> ended_;
};

struct RemoteReaderOptions {
  std::int64_t own_window = 0;
  std::int64_t window_max = 0;
  std::uint64_t record_bytes_max = 0;
  std::function<void()> closed;  // takes it out of the registry, and stops a fetch
};

class RemoteReader final : public ChannelReader {
 public:
  RemoteReader(std::shared_ptr<InChannel> channel, const RecordType& type,
               std::shared_ptr<FloatingBudget> budget, RemoteReaderOptions options);
  ~RemoteReader() override;

  void set_waker(fiber::Waker waker) override { channel_->set_waker(std::move(waker)); }
  std::optional<Element> poll() override;
  std::optional<Barrier> poll_announced() override { return channel_->take_announced(); }
  void give_back(BatchRef batch) override { spare_ = std::move(batch); }
  void want(std::size_t records) override;
  std::uint64_t bytes() const override { return bytes_; }

 private:
  void grant(std::int64_t bytes);
  std::optional<Element> take_data(const InFrame& frame, bool begins);
  void begin_message(InFrame& frame);
  BatchRef read_message(std::string_view bytes, const BufferRef& backing);

  std::shared_ptr<InChannel> channel_;
  const RecordType& type_;
  std::shared_ptr<FloatingBudget> budget_;
  RemoteReaderOptions options_;
  CreditWindow window_;
  std::deque<InFrame> frames_;
  BatchRef spare_;
  bool ended_ = false;
  std::uint64_t bytes_ = 0;
  std::uint32_t taken_ = 0;  // records, since the producer was last told
  std::uint32_t wanted_ = wanted_at_first, wanted_told_ = wanted_at_first;

  // The message under way when it comes in several frames.
  bool in_message_ = false;
  BufferRef message_;
  std::size_t message_filled_ = 0;
  std::uint32_t message_records_ = 0;
};

}  // namespace flink::channels
