// SPDX-License-Identifier: Apache-2.0
// Highest bid: of each ten seconds, the bids at the highest price.
#include "windows.h"

using namespace std::chrono_literals;

namespace nexmark {
namespace {

struct Row {
  std::int64_t auction = 0, bidder = 0, price = 0, date_time = 0;
  std::string_view extra;
};
struct Highest {
  std::int64_t auction = 0, bidder = 0, price = 0, date_time = 0;
  std::string extra;
};

// Only what may be the highest bid leaves its subtask: a few in ten seconds. What it remembers is
// no state; without it more would go on.
struct Candidates {
  std::int64_t window = -1, price = 0;

  void process_element(const Row& row, flink::ProcessContext&, flink::Collector<Row>& out) {
    if (row.price < price && row.date_time / 10'000 == window) return;
    window = row.date_time / 10'000;
    price = row.price;
    out.collect(row);
  }
};

struct AtMaximum {
  using Accumulator = std::vector<Highest>;
  Accumulator create_accumulator() const { return {}; }
  void add(const Row& row, Accumulator& highest) const {
    if (!highest.empty() && row.price < highest.front().price) return;
    if (!highest.empty() && row.price > highest.front().price) highest.clear();
    highest.push_back({row.auction, row.bidder, row.price, row.date_time, std::string{row.extra}});
  }
  const std::vector<Highest>& get_result(const Accumulator& highest) const { return highest; }
  void merge(const Accumulator& from, Accumulator& into) const {
    if (!into.empty() && (from.empty() || from.front().price < into.front().price)) return;
    if (!into.empty() && from.front().price > into.front().price) into.clear();
    into.insert(into.end(), from.begin(), from.end());
  }
};

}  // namespace

void q7(Nexmark& nexmark) {
  const auto bids = nexmark.events("bids", [](const BidEvent& bid) {
    return Row{bid.auction(), bid.bidder(), bid.price(), bid.date_time(), bid.extra()};
  });
  nexmark.results(
      bids.process(Candidates{})
          .window_all(flink::TumblingEventTimeWindows::of(10s))
          .aggregate(AtMaximum{},
                     [](flink::WindowContext<flink::TimeWindow>&,
                        const std::vector<Highest>& highest, flink::Collector<Highest>& out) {
                       for (const auto& bid : highest) out.collect(bid);
                     })
          .uid("highest"));
}

}  // namespace nexmark
