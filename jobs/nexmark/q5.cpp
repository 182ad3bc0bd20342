// SPDX-License-Identifier: Apache-2.0
// Hot items: in each ten seconds, every two seconds, the auctions with the most bids.
#include "windows.h"

using namespace std::chrono_literals;

namespace nexmark {
namespace {

struct Count {
  std::int64_t auction = 0, bids = 0;
};
// Of one window.
struct Hottest {
  std::vector<std::int64_t> auctions;
  std::int64_t bids = 0;
};
struct MostBids {
  using Accumulator = Hottest;
  Accumulator create_accumulator() const { return {}; }
  void add(const Count& count, Accumulator& hottest) const {
    if (count.bids < hottest.bids) return;
    if (count.bids > hottest.bids) hottest = {{}, count.bids};
    hottest.auctions.push_back(count.auction);
  }
  const Hottest& get_result(const Accumulator& hottest) const { return hottest; }
  void merge(const Accumulator& from, Accumulator& into) const {
    for (const auto auction : from.auctions) add({auction, from.bids}, into);
  }
};

}  // namespace

void q5(Nexmark& nexmark) {
  const auto counts =
      nexmark.events("bids", [](const BidEvent& bid) { return bid.auction(); })
          .key_by([](std::int64_t auction) { return auction; })
          .window(flink::SlidingEventTimeWindows::of(10s, 2s))
          .aggregate(Counting<std::int64_t>{},
                     [](const std::int64_t& auction, flink::WindowContext<flink::TimeWindow>&,
                        const std::int64_t& bids, flink::Collector<Count>& out) {
                       out.collect({auction, bids});
                     })
          .uid("counts");
  // A window's counts have its last millisecond as timestamp: there is one window in two seconds.
  const auto hottest = counts.window_all(flink::TumblingEventTimeWindows::of(2s))
                           .aggregate(MostBids{},
                                      [](flink::WindowContext<flink::TimeWindow>&,
                                         const Hottest& hottest, flink::Collector<Count>& out) {
                                        for (const auto auction : hottest.auctions) {
                                          out.collect({auction, hottest.bids});
                                        }
                                      })
                           .uid("hottest");
  nexmark.results(hottest);
}

}  // namespace nexmark
