// SPDX-License-Identifier: Apache-2.0
// What a writer keeps for want of room is bounded, and goes out in order.
#include "task/exchange_writer.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <deque>
#include <memory>
#include <utility>
#include <vector>

namespace flink::task {
namespace {

using channels::Element;

// Room for two elements.
struct Ring {
  std::deque<Element> elements;
  std::vector<std::int64_t> received;
  int barriers = 0;

  void consume() {
    if (elements.empty()) return;
    if (const auto* batch = std::get_if<BatchRef>(&elements.front())) {
      const auto& numbers = static_cast<const RecordBatch<std::int64_t>&>(**batch).records();
      received.insert(received.end(), numbers.begin(), numbers.end());
    } else {
      ++barriers;
    }
    elements.pop_front();
  }
};

class RingWriter final : public channels::ChannelWriter {
 public:
  explicit RingWriter(Ring& ring) : ring_(ring) {}
  bool push_some(Element& element) override {
    if (ring_.elements.size() == 2) return false;
    bytes_ += channels::bytes_of(element);
    ring_.elements.push_back(std::move(element));
    return true;
  }
  void announce(const channels::Barrier&) override {}
  void flush() override {}
  std::size_t wanted() const override { return SIZE_MAX; }
  std::uint64_t bytes() const override { return bytes_; }

 private:
  Ring& ring_;
  std::uint64_t bytes_ = 0;
};

// A checkpoint is pending: it waits only when it must.
struct Pending final : RoomWait {
  Ring* ring = nullptr;
  int waits = 0;
  bool wait_for_room(bool full) override {
    if (!full) return false;
    ++waits;
    ring->consume();
    return true;
  }
};

}  // namespace

TEST_CASE("exchange writer: what it keeps is bounded, and stays in order") {
  Ring ring;
  Pending room;
  room.ring = &ring;
  TaskCounters counters;
  graph::JobEdge edge;
  edge.type = &record_type<std::int64_t>();
  edge.partitioning.strategy = ShipStrategy::global;
  ExchangeWriter::Setup setup;
  setup.edge = &edge;
  setup.counters = &counters;
  setup.room = &room;
  setup.channels.push_back(std::make_unique<RingWriter>(ring));
  ExchangeWriter writer{std::move(setup)};

  constexpr int batches = 3 * static_cast<int>(ExchangeWriter::overflow_max);
  const auto records = static_cast<std::int64_t>(edge.type->chained_max());
  std::vector<std::int64_t> sent;
  for (int b = 0; b < batches; ++b) {
    auto batch = make_ref<RecordBatch<std::int64_t>>(static_cast<std::size_t>(records));
    for (std::int64_t i = 0; i < records; ++i) sent.push_back(batch->emplace(b * records + i));
    BatchRef out = std::move(batch);
    writer.emit(out);
  }
  const auto kept = (sent.size() - ring.received.size()) / static_cast<std::size_t>(records);
  CHECK(kept == ExchangeWriter::overflow_max + 2);
  CHECK(room.waits == batches - static_cast<int>(kept));
  CHECK(writer.overflowing());
  while (!writer.send_overflow() || !ring.elements.empty()) ring.consume();
  CHECK(ring.received == sent);
  writer.flush_all();
  CHECK(counters.bytes_out == sent.size() * sizeof(std::int64_t));
}

}  // namespace flink::task
