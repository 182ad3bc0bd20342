// SPDX-License-Identifier: Apache-2.0
// The last bid of each bidder on each auction, as it changes.
#include "nexmark.h"

namespace nexmark {
namespace {

struct Result {
  std::int64_t auction = 0, bidder = 0, price = 0;
  std::string_view channel, url;
  std::int64_t date_time = 0;
  std::string_view extra;
};
using Key = std::tuple<std::int64_t, std::int64_t>;

struct Last {
  flink::ValueState<std::int64_t> last{"last"};  // the bid's event

  void process_element(const BidRow& row, flink::KeyedContext<Key>&,
                       flink::Collector<Result>& out) {
    if (row.event < last.value_or(-1)) return;
    last.update(row.event);
    out.collect(
        {row.auction, row.bidder, row.price, row.channel, row.url, row.date_time, row.extra});
  }
};

}  // namespace

void q18(Nexmark& nexmark) {
  const auto bids = nexmark.untimed_events("bids", bid_row);
  nexmark.results(bids.key_by(&BidRow::bidder, &BidRow::auction).process(Last{}).uid("last"));
}

}  // namespace nexmark
