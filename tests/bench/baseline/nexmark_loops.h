// SPDX-License-Identifier: Apache-2.0
// What the hand-written Nexmark loops share. Threads take turns in blocks of 1000 events, as the
// job's subtasks do. A loop without keys is a function of an event; one with keys is a class:
//
//   struct Record                                 what goes to the thread that has its key
//   Loop(const NexmarkOptions&, NexmarkSink&, Shared&)   of one thread; struct Shared is of all
//   void make(const BidEvent&, Send&&)            send(key, record), of each event that it takes
//   void end(Send&&)                              optional: after the last event of this thread
//   void take(const Record&)                      a record of a key of this thread
//   void advance(std::int64_t watermark)          no record before it comes, of any thread
#pragma once

#include <array>
#include <memory>
#include <thread>
#include <vector>

#include "../../../jobs/nexmark/generator.h"
#include "../records.h"
#include "nexmark_sink.h"
#include "ring.h"

namespace bench {

struct NexmarkOptions {
  nexmark::Config config;
  int threads = 2;  // 1 or 2
  std::string output, side_input;
};
struct NexmarkResult {
  std::uint64_t records = 0, checksum = 0;
};

inline constexpr std::int64_t nexmark_block = 1000, blocks_per_watermark = 4;
inline constexpr std::int64_t nexmark_lateness = 4000;  // of watermarks, as in the job

// part(thread, sink) on each thread.
template <class Part>
NexmarkResult on_nexmark_threads(const NexmarkOptions& options, const Part& part) {
  nexmark::Texts::get();
  NexmarkSink sinks[] = {{options.output, 0}, {options.output, 1}};  // for as long as both threads
  std::thread other;
  if (options.threads == 2) other = std::thread([&] { part(1, sinks[1]); });
  part(0, sinks[0]);
  if (other.joinable()) other.join();
  return {sinks[0].records() + sinks[1].records(), sinks[0].checksum() + sinks[1].checksum()};
}

// visit(event) for the events of one thread; after_block(last event's time) now and then.
template <class Visit, class After>
void for_each_own(const NexmarkOptions& options, int self, Visit&& visit, const After& after) {
  const auto& texts = nexmark::Texts::get();
  std::int64_t blocks = 0;
  for (std::int64_t first = self * nexmark_block; first < options.config.events;
       first += options.threads * nexmark_block) {
    const std::int64_t last = std::min(options.config.events, first + nexmark_block);
    nexmark::for_each_event(options.config, texts, first, last, visit);
    if (++blocks % blocks_per_watermark == 0) after(nexmark::millis_of(options.config, last - 1));
  }
}

// row(event, sink) for each event of the kinds that it takes.
template <class Row>
NexmarkResult for_each_row(const NexmarkOptions& options, const Row& row) {
  return on_nexmark_threads(options, [&](int self, NexmarkSink& sink) {
    for_each_own(
        options, self, [&](const nexmark::BidEvent& bid) { row(bid, sink); }, [](std::int64_t) {});
  });
}

template <class Record>
struct NexmarkBatch {
  static constexpr std::int64_t none = INT64_MIN;
  std::size_t size = 0;
  std::int64_t watermark = none;  // after the records
  std::array<Record, 1024> items;
};

// A thread of a loop with keys.
template <class Loop>
class NexmarkWorker {
 public:
  using Record = typename Loop::Record;
  using Batch = NexmarkBatch<Record>;
  using Exchange = Ring<Batch>;

  NexmarkWorker(int self, Exchange* outgoing, Exchange* incoming, Loop& loop)
      : self_(static_cast<std::uint64_t>(self)),
        outgoing_(outgoing),
        incoming_(incoming),
        loop_(loop) {
    if (outgoing_ != nullptr) away_ = reserve();
  }
  void run(const NexmarkOptions& options) {
    const auto send = [this](std::int64_t key, const Record& record) {
      if (away_ == nullptr || mix(static_cast<std::uint64_t>(key)) >> 63 == self_) {
        loop_.take(record);
        return;
      }
      away_->items[away_->size++] = record;
      if (away_->size == away_->items.size()) hand_over(Batch::none);
    };
    const auto visit = [&](const auto& event) requires requires(Loop & loop) {
      loop.make(event, send);
    }
    { loop_.make(event, send); };
    for_each_own(options, static_cast<int>(self_), visit,
                 [this](std::int64_t at) { watermark(at - nexmark_lateness); });
    if constexpr (requires { loop_.end(send); }) loop_.end(send);
    watermark(INT64_MAX);
    if (outgoing_ == nullptr) return;
    outgoing_->finish();
    Patience patience;
    while (!incoming_->ended()) {
      if (!poll()) patience.wait();
    }
  }

 private:
  void watermark(std::int64_t at) {
    if (outgoing_ == nullptr) {
      loop_.advance(at);
      return;
    }
    hand_over(at);
    advance(0, at);
  }
  void advance(int side, std::int64_t at) {
    const std::int64_t before = std::min(watermarks_[0], watermarks_[1]);
    watermarks_[side] = at;
    const std::int64_t now = std::min(watermarks_[0], watermarks_[1]);
    if (now > before) loop_.advance(now);
  }
  void hand_over(std::int64_t watermark) {
    away_->watermark = watermark;
    outgoing_->publish();
    away_ = reserve();
  }
  Batch* reserve() {
    poll();
    Patience patience;
    for (;;) {
      if (Batch* batch = outgoing_->reserve()) {
        batch->size = 0;
        return batch;
      }
      if (poll()) patience.reset();
      else patience.wait();
    }
  }
  bool poll() {
    Batch* batch = incoming_->front();
    if (batch == nullptr) return false;
    for (std::size_t i = 0; i < batch->size; ++i) loop_.take(batch->items[i]);
    if (batch->watermark != Batch::none) advance(1, batch->watermark);
    incoming_->release();
    return true;
  }

  std::uint64_t self_;
  Exchange* outgoing_;
  Exchange* incoming_;
  Loop& loop_;
  Batch* away_ = nullptr;
  std::int64_t watermarks_[2] = {INT64_MIN, INT64_MIN};
};

// A loop without event time.
struct NexmarkUntimed {
  void advance(std::int64_t) {}
};
struct NothingShared {
  explicit NothingShared(const NexmarkOptions&) {}
};

template <class Loop>
NexmarkResult run_keyed(const NexmarkOptions& options) {
  using Worker = NexmarkWorker<Loop>;
  std::array<typename Worker::Exchange, 2> rings;
  typename Loop::Shared shared(options);
  return on_nexmark_threads(options, [&](int self, NexmarkSink& sink) {
    Loop loop(options, sink, shared);
    const bool alone = options.threads == 1;
    const auto own = static_cast<std::size_t>(self);
    Worker worker(self, alone ? nullptr : &rings[own], alone ? nullptr : &rings[1 - own], loop);
    worker.run(options);
  });
}

// An entry's name in a ProbedTable.
struct NexmarkKey {
  std::int64_t key = 0;
  bool used = false;
  std::uint64_t hash() const { return static_cast<std::uint64_t>(key); }
  bool is(const NexmarkKey& other) const { return key == other.key; }
};

using NexmarkLoop = NexmarkResult (*)(const NexmarkOptions&);
// Each file's loops; null when the query is not there.
NexmarkLoop nexmark_rows(std::string_view query);
NexmarkLoop nexmark_windows(std::string_view query);
NexmarkLoop nexmark_sessions(std::string_view query);
NexmarkLoop nexmark_joins(std::string_view query);
NexmarkLoop nexmark_tables(std::string_view query);

}  // namespace bench
