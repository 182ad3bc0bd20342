// SPDX-License-Identifier: Apache-2.0
// Statistics of an auction's bids of a day, updated by each bid.
#include "statistics.h"

namespace nexmark {
namespace {

struct Row {
  std::int64_t auction = 0, day = 0, price = 0;
};
struct Prices {
  Counts bids;
  std::int64_t min = INT64_MAX, max = 0, sum = 0;
};
struct Result {
  std::int64_t auction = 0, day = 0;
  std::int64_t total_bids = 0, rank1_bids = 0, rank2_bids = 0, rank3_bids = 0;
  std::int64_t min_price = 0, max_price = 0, avg_price = 0, sum_price = 0;
};
using Key = std::tuple<std::int64_t, std::int64_t>;

struct OfAuctionAndDay {
  flink::ValueState<Prices> prices{"prices"};

  void process_element(const Row& row, flink::KeyedContext<Key>&, flink::Collector<Result>& out) {
    Prices now = prices.value_or({});
    auto& [total, ranks] = now.bids;
    ++total;
    ++ranks[static_cast<std::size_t>(rank_of(row.price))];
    now.min = std::min(now.min, row.price);
    now.max = std::max(now.max, row.price);
    now.sum += row.price;
    prices.update(now);
    out.collect({row.auction, row.day, total, ranks[0], ranks[1], ranks[2], now.min, now.max,
                 now.sum / total, now.sum});
  }
};

}  // namespace

void q17(Nexmark& nexmark) {
  const auto bids = nexmark.untimed_events("bids", [](const BidEvent& bid) {
    return Row{bid.auction(), day_of(bid.date_time()), bid.price()};
  });
  nexmark.results(
      bids.key_by(&Row::auction, &Row::day).process(OfAuctionAndDay{}).uid("statistics"));
}

}  // namespace nexmark
