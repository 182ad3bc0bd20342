// SPDX-License-Identifier: Apache-2.0
// The two threads of the loops with event time: each makes half of the records, hands those whose
// key is the other's over in batches, and says its watermark every so many records, in order with
// them. A handler gets both threads' records, and the lesser watermark.
#pragma once

#include <algorithm>
#include <array>
#include <memory>

#include "baseline.h"
#include "ring.h"

namespace bench {

struct TimedBatch {
  static constexpr std::size_t capacity = 1024;
  static constexpr std::int64_t none = INT64_MIN;
  std::size_t size = 0;
  std::int64_t watermark = none;  // after the records
  std::array<TimedEvent, capacity> items;
};
using TimedRing = Ring<TimedBatch>;

// Results on their way to the black hole.
class TimedSink {
 public:
  void add(const TimedEvent& event) {
    held_[size_++] = event;
    if (size_ == held_.size()) flush();
  }
  Result finish() {
    flush();
    return {records_, checksum_};
  }

 private:
  [[gnu::noinline]] void flush() {
    for (std::size_t i = 0; i < size_; ++i) {
      checksum_ += static_cast<std::uint64_t>(held_[i].value) + held_[i].key;
    }
    records_ += size_;
    size_ = 0;
  }
  std::array<TimedEvent, 256> held_;
  std::size_t size_ = 0;
  std::uint64_t records_ = 0, checksum_ = 0;
};

// Handler: void take(const TimedEvent*, std::size_t), void advance(std::int64_t), Result finish().
template <class Handler>
class TimedWorker {
 public:
  TimedWorker(int self, TimedRing& outgoing, TimedRing& incoming, Handler& handler)
      : self_(static_cast<std::uint64_t>(self)),
        outgoing_(outgoing),
        incoming_(incoming),
        handler_(handler) {}

  // make(n), for n of begin..end.
  template <class Make>
  Result run(std::uint64_t begin, std::uint64_t end, const Make& make) {
    away_ = reserve();
    for (std::uint64_t n = begin; n < end; ++n) {
      const TimedEvent event = make(n);
      TimedBatch* const to[] = {own_.get(), away_};
      TimedBatch& batch = *to[(mix(event.key) >> 63) ^ self_];
      batch.items[batch.size++] = event;
      if (batch.size == TimedBatch::capacity) {
        if (&batch == away_) hand_over(TimedBatch::none);
        else take(*own_, 0);
      }
      if ((n - begin + 1) % watermark_every == 0) watermark(event.at - 1);
    }
    watermark(INT64_MAX);
    outgoing_.finish();
    Patience patience;
    while (!incoming_.ended()) {
      if (!poll()) patience.wait();
    }
    return handler_.finish();
  }

 private:
  void watermark(std::int64_t at) {
    own_->watermark = at;
    take(*own_, 0);
    hand_over(at);
  }
  void take(TimedBatch& batch, int side) {
    handler_.take(batch.items.data(), batch.size);
    batch.size = 0;
    const std::int64_t watermark = std::exchange(batch.watermark, TimedBatch::none);
    if (watermark == TimedBatch::none) return;
    const std::int64_t before = std::min(watermarks_[0], watermarks_[1]);
    watermarks_[side] = watermark;
    const std::int64_t now = std::min(watermarks_[0], watermarks_[1]);
    if (now > before) handler_.advance(now);
  }
  void hand_over(std::int64_t watermark) {
    away_->watermark = watermark;
    outgoing_.publish();
    away_ = reserve();
  }
  TimedBatch* reserve() {
    poll();
    Patience patience;
    for (;;) {
      if (TimedBatch* batch = outgoing_.reserve()) {
        batch->size = 0;
        return batch;
      }
      if (poll()) patience.reset();
      else patience.wait();
    }
  }
  bool poll() {
    TimedBatch* batch = incoming_.front();
    if (batch == nullptr) return false;
    take(*batch, 1);
    incoming_.release();
    return true;
  }

  std::uint64_t self_;
  TimedRing& outgoing_;
  TimedRing& incoming_;
  Handler& handler_;
  std::unique_ptr<TimedBatch> own_ = std::make_unique<TimedBatch>();
  TimedBatch* away_ = nullptr;
  std::int64_t watermarks_[2] = {INT64_MIN, INT64_MIN};
};

// make(n) of all records, on two threads with a handler each.
template <class Handler, class Make>
Result run_timed(const Arguments& arguments, const Make& make) {
  std::array<TimedRing, 2> rings;
  const std::uint64_t half = arguments.records / 2;
  return on_two_threads([&](int self) {
    const auto handler = std::make_unique<Handler>(arguments);
    TimedWorker<Handler> worker(self, rings[static_cast<std::size_t>(self)],
                                rings[static_cast<std::size_t>(1 - self)], *handler);
    return worker.run(self == 0 ? 0 : half, self == 0 ? half : arguments.records, make);
  });
}
inline auto timed_events(const Arguments& of) {
  return [of](std::uint64_t n) { return make_timed_event(n, of.records, of.keys, of.per_ms); };
}

}  // namespace bench
