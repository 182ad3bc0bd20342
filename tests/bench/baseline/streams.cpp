// SPDX-License-Identifier: Apache-2.0
// map_chain and rebalance: two threads, no state.
#include <array>

#include "baseline.h"
#include "ring.h"

namespace bench {
namespace {

using EventBatch = Batch<Event>;
using EventRing = Ring<EventBatch>;

Result chain_part(std::uint64_t begin, std::uint64_t end, std::uint64_t keys) {
  Blackhole sink;
  std::array<Event, EventBatch::capacity> batch;
  std::size_t size = 0;
  for (std::uint64_t n = begin; n < end; ++n) {
    const Event event = step_four(step_three(step_two(step_one(make_event(n, keys)))));
    if (!keep(event)) continue;
    batch[size++] = event;
    if (size == batch.size()) {
      sink.take(batch.data(), size);
      size = 0;
    }
  }
  sink.take(batch.data(), size);
  return sink.result();
}

class Rebalancer {
 public:
  Rebalancer(EventRing& outgoing, EventRing& incoming) : outgoing_(outgoing), incoming_(incoming) {}

  // Every second event goes to the other thread.
  Result run(std::uint64_t begin, std::uint64_t end, std::uint64_t keys) {
    for (std::uint64_t n = begin; n < end;) {
      EventBatch* away = reserve();
      own_.size = 0;
      while (n < end && away->size < EventBatch::capacity) {
        own_.items[own_.size++] = make_event(n++, keys);
        if (n < end) away->items[away->size++] = make_event(n++, keys);
      }
      outgoing_.publish();
      sink_.take(own_.items.data(), own_.size);
    }
    outgoing_.finish();
    Patience patience;
    while (!incoming_.ended()) {
      if (!poll()) patience.wait();
    }
    return sink_.result();
  }

 private:
  EventBatch* reserve() {
    poll();
    Patience patience;
    for (;;) {
      if (EventBatch* batch = outgoing_.reserve()) {
        batch->size = 0;
        return batch;
      }
      if (!poll()) patience.wait();
    }
  }
  bool poll() {
    EventBatch* batch = incoming_.front();
    if (!batch) return false;
    sink_.take(batch->items.data(), batch->size);
    incoming_.release();
    return true;
  }

  EventRing& outgoing_;
  EventRing& incoming_;
  EventBatch own_;
  Blackhole sink_;
};

}  // namespace

Result map_chain(const Arguments& arguments) {
  const std::uint64_t half = arguments.records / 2;
  return on_two_threads([&](int self) {
    return chain_part(self == 0 ? 0 : half, self == 0 ? half : arguments.records, arguments.keys);
  });
}

Result rebalance(const Arguments& arguments) {
  std::array<EventRing, 2> rings;
  const std::uint64_t half = arguments.records / 2;
  return on_two_threads([&](int self) {
    const auto worker = std::make_unique<Rebalancer>(rings[self], rings[1 - self]);
    return worker->run(self == 0 ? 0 : half, self == 0 ? half : arguments.records, arguments.keys);
  });
}

}  // namespace bench
