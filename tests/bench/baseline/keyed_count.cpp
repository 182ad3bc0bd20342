// SPDX-License-Identifier: Apache-2.0
// keyed_count: two threads, each generates half of the events, partitions them by the hash of their
// key, exchanges batches of 1,024 with the other, counts in its own open-addressing table, probed
// in groups with prefetching, and hands every updated record to the sink.
#include <algorithm>
#include <array>
#include <vector>

#include "baseline.h"
#include "probed_table.h"
#include "ring.h"

namespace bench {
namespace {

constexpr std::uint64_t no_key = ~std::uint64_t{0};
constexpr std::size_t group = 32;
// What stays on its core goes in smaller pieces, so that it stays in L1.
constexpr std::size_t chunk = 256;

// Large tables lie on huge pages: else each look-up misses the TLB too.
using Slots = std::vector<Event, HugePages<Event>>;

// The accumulated events, at most half full.
class CountTable {
 public:
  CountTable() : slots_(1024, Event{.key = no_key}) {}

  // Fibonacci hashing: keys that follow each other fall far apart, so that a second probe is rare.
  std::size_t slot_of(std::uint64_t key) const { return (key * 0x9e3779b97f4a7c15U) >> shift_; }
  void prefetch(std::size_t slot) const { __builtin_prefetch(&slots_[slot], 1); }

  // Counts the event and writes what it has come to. Field by field: a copy of the slot would load
  // 16 bytes over the 8 just stored, which no store buffer forwards.
  void add(std::size_t at, const Event& event, Event& updated) {
    for (;; at = (at + 1) & mask()) {
      Event& slot = slots_[at];
      if (slot.key == event.key) {
        const std::int64_t count = slot.count + event.count;
        slot.count = count;
        updated.key = event.key;
        updated.count = count;
        updated.value = slot.value;
        updated.index = slot.index;
        return;
      }
      if (slot.key == no_key) {
        slot = event;
        updated = event;
        if (++size_ * 2 > slots_.size()) grow();
        return;
      }
    }
  }

 private:
  std::size_t mask() const { return slots_.size() - 1; }

  void grow() {
    Slots old(slots_.size() * 2, Event{.key = no_key});
    old.swap(slots_);
    --shift_;
    for (const Event& event : old) {
      if (event.key == no_key) continue;
      std::size_t at = slot_of(event.key);
      while (slots_[at].key != no_key) at = (at + 1) & mask();
      slots_[at] = event;
    }
  }

  Slots slots_;
  int shift_ = 54;  // 64 - log2 of the number of slots
  std::size_t size_ = 0;
};

using EventBatch = Batch<Event>;
using EventRing = Ring<EventBatch>;

class Worker {
 public:
  Worker(int self, EventRing& outgoing, EventRing& incoming)
      : self_(static_cast<std::uint64_t>(self)), outgoing_(outgoing), incoming_(incoming) {}

  Result run(std::uint64_t begin, std::uint64_t end, std::uint64_t keys) {
    EventBatch* away = reserve();
    for (std::uint64_t n = begin; n < end;) {
      n = generate(n, end, keys, *away);
      if (own_.size == chunk) {
        count(own_);
        own_.size = 0;
      }
      if (away->size == EventBatch::capacity) {
        outgoing_.publish();
        away = reserve();
      }
    }
    count(own_);
    outgoing_.publish();
    outgoing_.finish();
    Patience patience;
    while (!incoming_.ended()) {
      if (!poll()) patience.wait();
    }
    return sink_.result();
  }

 private:
  // Makes events until one of the two batches is full. Where an event goes is a coin toss: a branch
  // would be mispredicted every second time, so the place is computed.
  std::uint64_t generate(std::uint64_t n, std::uint64_t end, std::uint64_t keys, EventBatch& away) {
    const std::array<Event*, 2> first = {own_.items.data(), away.items.data()};
    while (n < end && own_.size < chunk && away.size < EventBatch::capacity) {
      const std::uint64_t sure =
          std::min({end - n, chunk - own_.size, EventBatch::capacity - away.size});
      std::uint64_t sizes = own_.size | away.size << 32;  // both in one register
      for (const std::uint64_t stop = n + sure; n < stop; ++n) {
        const std::uint64_t side = (mix(key_of(n, keys)) >> 63) ^ self_;
        const std::uint64_t index = (sizes >> (side * 32)) & 0xffffffff;
        ::new (first[side] + index) Event(make_event(n, keys));
        sizes += std::uint64_t{1} << (side * 32);
        __builtin_prefetch(first[1] + (sizes >> 32) + 48, 1);
      }
      own_.size = sizes & 0xffffffff;
      away.size = sizes >> 32;
    }
    return n;
  }

  // Room for the next batch; what comes in is counted meanwhile, so that two full rings go on.
  EventBatch* reserve() {
    poll();
    Patience patience;
    for (;;) {
      if (EventBatch* batch = outgoing_.reserve()) {
        batch->size = 0;
        return batch;
      }
      if (poll()) {
        patience.reset();
      } else {
        patience.wait();
      }
    }
  }

  bool poll() {
    EventBatch* batch = incoming_.front();
    if (!batch) return false;
    count(*batch);
    incoming_.release();
    return true;
  }

  void count(const EventBatch& batch) {
    std::array<std::size_t, group> slots;
    std::size_t used = 0;
    for (std::size_t start = 0; start < batch.size; start += group) {
      const std::size_t n = std::min(group, batch.size - start);
      for (std::size_t i = 0; i < n; ++i) {
        slots[i] = table_.slot_of(batch.items[start + i].key);
        table_.prefetch(slots[i]);
      }
      for (std::size_t i = 0; i < n; ++i) {
        table_.add(slots[i], batch.items[start + i], updated_[used++]);
      }
      if (used == chunk) {
        sink_.take(updated_.data(), used);
        used = 0;
      }
    }
    sink_.take(updated_.data(), used);
  }

  std::uint64_t self_;
  EventRing& outgoing_;
  EventRing& incoming_;
  EventBatch own_;
  std::array<Event, chunk> updated_;
  CountTable table_;
  Blackhole sink_;
};

}  // namespace

Result keyed_count(const Arguments& arguments) {
  std::array<EventRing, 2> rings;
  const std::uint64_t half = arguments.records / 2;
  return on_two_threads([&](int self) {
    const auto worker = std::make_unique<Worker>(self, rings[self], rings[1 - self]);
    return worker->run(self == 0 ? 0 : half, self == 0 ? half : arguments.records, arguments.keys);
  });
}

}  // namespace bench
