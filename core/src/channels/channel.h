// SPDX-License-Identifier: Apache-2.0
// The two ends of a channel between two subtasks, the same over a local ring and over the network.
// Each end belongs to one task and is used on its slot only. Order is kept; nothing is lost or
// doubled.
#pragma once

#include <cstdint>
#include <optional>

#include "channels/element.h"
#include "fiber/waker.h"

namespace flink::channels {

// So many records may be under way until a consumer has said how quick it is.
inline constexpr std::size_t wanted_at_first = 16;

class ChannelWriter {
 public:
  // Without EndOfPartition before it, the consumer just gets nothing more: the producer's task says
  // why.
  virtual ~ChannelWriter() = default;
  // Takes the element; false: there is no room for all of it now. Then the same element is to be
  // given again once the calling task is woken. Control elements have room of their own; a barrier
  // or the end never waits for credit. Throws Error{transient} when the connection is lost.
  virtual bool push_some(Element& element) = 0;
  // Suspends the calling task until the element is taken.
  void push(Element element);
  // Tells the consumer at once of a barrier that comes behind what is still under way.
  virtual void announce(const Barrier& barrier) = 0;
  // Lets what was pushed travel at once.
  virtual void flush() = 0;
  // An empty batch that has been in this channel before, to be filled again; null when there is
  // none.
  virtual BatchRef take_spare() { return nullptr; }
  // How many records are worth having under way: few when the consumer is slow.
  virtual std::size_t wanted() const = 0;
  // Bytes handed to the network so far; 0 for local channels.
  virtual std::uint64_t bytes() const = 0;
};

class ChannelReader {
 public:
  virtual ~ChannelReader() = default;
  // The task to wake when an element arrives.
  virtual void set_waker(fiber::Waker waker) = 0;
  // The next element, or nothing yet: then the waker is called when there is one. Throws
  // Error{transient} when the connection is lost before EndOfPartition.
  virtual std::optional<Element> poll() = 0;
  // A barrier that is under way behind other elements; the waker is called when there is one.
  virtual std::optional<Barrier> poll_announced() = 0;
  // A batch of this channel that is done with and nobody else's, emptied: its memory may be used
  // again.
  virtual void give_back(BatchRef /*batch*/) {}
  // More records than that (at least one) need not be under way, so that a barrier gets through
  // soon.
  virtual void want(std::size_t records) = 0;
  virtual std::uint64_t bytes() const = 0;
};

}  // namespace flink::channels
