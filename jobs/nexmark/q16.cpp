// SPDX-License-Identifier: Apache-2.0
// Statistics of a channel's bids of a day, updated by each bid.
#include "statistics.h"

namespace nexmark {
namespace {

struct Row {
  std::string_view channel;
  std::int64_t day = 0, minute = 0, auction = 0, bidder = 0, price = 0;
};
struct Result {
  std::string_view channel;
  std::int64_t day = 0, minute = 0;
  std::int64_t total_bids = 0, rank1_bids = 0, rank2_bids = 0, rank3_bids = 0;
  std::int64_t total_bidders = 0, rank1_bidders = 0, rank2_bidders = 0, rank3_bidders = 0;
  std::int64_t total_auctions = 0, rank1_auctions = 0, rank2_auctions = 0, rank3_auctions = 0;
};
using Key = std::tuple<std::string, std::int64_t>;

struct OfChannelAndDay {
  KeyStatistics statistics;
  flink::ValueState<std::int64_t> last_minute{"last minute"};

  void process_element(const Row& row, flink::KeyedContext<Key>&, flink::Collector<Result>& out) {
    const auto [bids, bidders, auctions] = statistics.add(row.auction, row.bidder, row.price);
    const auto minute = std::max(row.minute, last_minute.value_or(0));
    last_minute.update(minute);
    out.collect({row.channel, row.day, minute, bids.total, bids.ranks[0], bids.ranks[1],
                 bids.ranks[2], bidders.total, bidders.ranks[0], bidders.ranks[1], bidders.ranks[2],
                 auctions.total, auctions.ranks[0], auctions.ranks[1], auctions.ranks[2]});
  }
};

}  // namespace

void q16(Nexmark& nexmark) {
  const auto bids = nexmark.untimed_events("bids", [](const BidEvent& bid) {
    return Row{bid.channel(),
               day_of(bid.date_time()),
               minute_of(bid.date_time()),
               bid.auction(),
               bid.bidder(),
               bid.price()};
  });
  nexmark.results(
      bids.key_by(&Row::channel, &Row::day).process(OfChannelAndDay{}).uid("statistics"));
}

}  // namespace nexmark
