// SPDX-License-Identifier: Apache-2.0
// Numbered messages over RPC: kept until acknowledged, sent again when the answer did not come in
// time, one call at a time so that their order holds. The receiver skips numbers it has seen. A
// connection that is lost ends the sender; what it still held is lost with it. Control loop's
// thread only.
#pragma once

#include <kj/async.h>
#include <kj/timer.h>

#include <algorithm>
#include <cstdint>
#include <deque>
#include <functional>
#include <span>
#include <utility>
#include <vector>

namespace flink::rpc {

template <class T>
class OrderedSender final : private kj::TaskSet::ErrorHandler {
 public:
  // Sends items numbered first, first + 1, ...
  using Send = std::function<kj::Promise<void>(std::uint64_t first, std::span<const T> items)>;
  // The far side refused; nothing more will be sent.
  using Refused = std::function<void(const kj::Exception& why)>;

  OrderedSender(kj::Timer& timer, kj::Duration deadline, Send send, Refused refused)
      : timer_(timer),
        deadline_(deadline),
        send_(std::move(send)),
        refused_(std::move(refused)),
        tasks_(*this) {}

  void push(T item) {
    if (ended_) return;
    queue_.push_back(std::move(item));
    pump();
  }
  bool idle() const { return queue_.empty() && in_flight_.empty(); }

 private:
  static constexpr std::size_t call_items_max = 512;

  void pump() {
    if (ended_ || busy_) return;
    if (in_flight_.empty()) {
      const auto count = std::min(queue_.size(), call_items_max);
      if (count == 0) return;
      std::move(queue_.begin(), queue_.begin() + static_cast<std::ptrdiff_t>(count),
                std::back_inserter(in_flight_));
      queue_.erase(queue_.begin(), queue_.begin() + static_cast<std::ptrdiff_t>(count));
    }
    busy_ = true;
    tasks_.add(timer_.timeoutAfter(deadline_, send_(first_, in_flight_))
                   .then(
                       [this] {
                         first_ += in_flight_.size();
                         in_flight_.clear();
                         busy_ = false;
                         pump();
                       },
                       [this](kj::Exception&& exception) {
                         busy_ = false;
                         failed(exception);
                       }));
  }

  void failed(const kj::Exception& exception) {
    switch (exception.getType()) {
      case kj::Exception::Type::OVERLOADED:  // no answer in time: the same numbers again
        pump();
        return;
      case kj::Exception::Type::DISCONNECTED:
        ended_ = true;
        return;
      default:
        ended_ = true;
        if (refused_) refused_(exception);
    }
  }
  void taskFailed(kj::Exception&& exception) override { failed(exception); }

  kj::Timer& timer_;
  kj::Duration deadline_;
  Send send_;
  Refused refused_;
  std::deque<T> queue_;
  std::vector<T> in_flight_;
  std::uint64_t first_ = 1;  // number of in_flight_[0], or of the next item
  bool busy_ = false;
  bool ended_ = false;
  kj::TaskSet tasks_;  // last: its tasks refer to the rest
};

// The receiving side's memory.
class SequenceFilter {
 public:
  // Whether message `number` is new; messages come in order, so a gap is a bug of the sender.
  bool accept(std::uint64_t number) {
    if (number != next_) return false;
    ++next_;
    return true;
  }
  std::uint64_t next() const { return next_; }

 private:
  std::uint64_t next_ = 1;
};

}  // namespace flink::rpc
