// SPDX-License-Identifier: Apache-2.0
// What bounds a channel between processes besides bytes: a slow consumer's wish.
#include <doctest/doctest.h>

#include <atomic>

#include "channel_fixture.h"

using namespace flink;
using namespace flink::channels;
using namespace flink::channels::test;
using fiber::SlotTask;

TEST_CASE("between processes no more records are under way than a slow consumer wants") {
  struct Row {
    std::size_t wanted, batch, batches;
  };
  const Row fills[] = {
      {wanted_at_first, 5, 3},  // as long as it has said nothing
      {1, 5, 1},                // where nothing is under way, any batch goes
      {1, 1, 1},
      {1000, 5, 200},
      {1000, 900, 1},  // behind more than half of them, none that does not fit
      {1000, 400, 2},
      {1000, 333, 3},
  };
  for (const auto& row : fills) {
    CAPTURE(row.wanted);
    CAPTURE(row.batch);
    ClusterOptions options;
    options.plane.own_bytes = 1 << 20;  // bytes are never short
    Cluster cluster{options};
    auto channel = cluster.connect(0, 1);
    std::atomic<bool> filled{false};
    CHECK(channel.writer->wanted() == wanted_at_first);
    std::size_t batches = 1, read = 0;
    constexpr std::size_t more = 50;
    TestTask writer{cluster.slot(0, 0), 0, [&] {
                      auto& to = *channel.writer;
                      const auto batch = [&] { return Element{make_batch(0, row.batch, "")}; };
                      if (row.wanted != wanted_at_first) {
                        to.push(make_batch(0, wanted_at_first, ""));
                        to.flush();
                        while (to.wanted() != row.wanted) SlotTask::current()->yield();
                      }
                      to.push(batch());
                      for (auto next = batch(); to.push_some(next); next = batch()) ++batches;
                      filled = true;
                      for (std::size_t i = 0; i < more; ++i) to.push(batch());
                      to.push(EndOfPartition{});
                    }};
    TestTask reader{cluster.slot(1, 0), 0, [&] {
                      auto& from = *channel.reader;
                      from.set_waker(SlotTask::current()->waker());
                      const auto take = [&] {
                        const auto element = next(from);
                        const auto* batch = std::get_if<BatchRef>(&element);
                        if (batch != nullptr) read += (*batch)->size();
                        return batch != nullptr;
                      };
                      if (row.wanted != wanted_at_first) {
                        from.want(row.wanted);
                        while (read < wanted_at_first) take();
                        read = 0;
                      }
                      while (!filled) SlotTask::current()->yield();
                      while (take()) {
                      }
                    }};
    cluster.start();
    writer.join();
    reader.join();
    CHECK(batches == row.batches);
    CHECK(read == (batches + more) * row.batch);
  }
}
