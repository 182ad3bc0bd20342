// SPDX-License-Identifier: Apache-2.0
// The two ends of a channel between two subtasks, the same over a local ring and over the network.
// Each end belongs to one task and is used on its slot only. Order is kept; nothing is lost or doubled.
#pragma once

#include <cstdint>
#include <optional>

#include "channels/element.h"
#include "fiber/waker.h"

namespace flink::channels {

class ChannelWriter {
 public:
  virtual ~ChannelWriter() = default;  // without EndOfPartition before it: the consumer sees a failure
  // Suspends the calling task while there is no room (a batch); control elements need none.
  // Throws Error{transient} when the other side is gone.
  virtual void push(Element element) = 0;
  // Lets what was pushed travel at once.
  virtual void flush() = 0;
  // Bytes handed to the network so far; 0 for local channels.
  virtual std::uint64_t bytes() const = 0;
};

class ChannelReader {
 public:
  virtual ~ChannelReader() = default;
  // The task to wake when an element arrives.
  virtual void set_waker(fiber::Waker waker) = 0;
  // The next element, or nothing yet. Throws Error{transient} when the producer or the connection is
  // gone before EndOfPartition.
  virtual std::optional<Element> poll() = 0;
  virtual std::uint64_t bytes() const = 0;
};

}  // namespace flink::channels
