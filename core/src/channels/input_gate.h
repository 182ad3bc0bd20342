// SPDX-License-Identifier: Apache-2.0
// All input channels of a task: picks fairly among those that have something, and can block single
// ones (barrier alignment). The task's slot only.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "channels/barrier_handler.h"
#include "channels/channel.h"

namespace flink::channels {

struct GateElement {
  std::size_t channel = 0;
  Element element;
};

class InputGate {
 public:
  explicit InputGate(std::vector<std::unique_ptr<ChannelReader>> channels);

  // The task that poll() is called from; woken when a channel has something.
  void set_waker(const fiber::Waker& waker);
  // The next element of any unblocked channel; nothing when all are empty (then suspend and poll
  // again). Of a channel that `recording` records only what was read ahead, so that nothing gets
  // past its recorder.
  std::optional<GateElement> poll(const BarrierHandler* recording = nullptr);
  // Takes out of the channel what it has now and keeps it to be polled later; `see` is shown each
  // element, and says when to stop.
  enum class Seen : unsigned char { keep, keep_and_stop };
  void read_ahead(std::size_t channel, const std::function<Seen(const Element&)>& see);
  // The same, if it is a barrier that may come now.
  std::optional<GateElement> poll_barrier(const BarrierHandler& recording,
                                          const std::function<bool(const Barrier&)>& may_come);
  // What was polled, in pieces to be polled again first.
  void put_back(std::size_t channel, std::vector<BatchRef> pieces);
  // What was read ahead and not polled yet.
  const std::deque<Element>& ahead(std::size_t channel) const { return ahead_[channel]; }
  struct Announced {
    std::size_t channel = 0;
    Barrier barrier;
  };
  std::optional<Announced> poll_announced();
  // See ChannelReader.
  void give_back(std::size_t channel, BatchRef batch) {
    channels_[channel]->give_back(std::move(batch));
  }
  void want(std::size_t records) {
    for (auto& channel : channels_) channel->want(records);
  }
  // The channel that holds the merged watermark back, if one does. Those ahead of it are read some
  // records further and then left alone for some turns: the state that event time has opened
  // downstream then stays small enough for the caches. A bounded preference, so that nobody starves
  // and nothing waits for what may never come.
  void wait_for(std::optional<std::size_t> behind);
  // Such a channel is left alone now: who polls in vain takes a turn, and polls again.
  bool leaves_some_alone() const { return turns_alone_ > 0; }
  void block(std::size_t channel) { blocked_[channel] = true; }
  void unblock_all();
  std::size_t size() const { return channels_.size(); }
  std::uint64_t bytes() const;

 private:
  std::vector<std::unique_ptr<ChannelReader>> channels_;
  std::vector<bool> blocked_, ended_;
  std::vector<std::deque<Element>> ahead_;
  std::size_t ahead_count_ = 0;
  std::size_t next_ = 0;

  bool left_alone(std::size_t channel) const;
  void count_lead(std::size_t channel, const Element& element);
  std::optional<std::size_t> behind_;
  std::vector<std::size_t> lead_;  // records since the channel was not ahead
  unsigned turns_alone_ = 0;
};

}  // namespace flink::channels
