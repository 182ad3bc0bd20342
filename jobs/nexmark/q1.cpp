// SPDX-License-Identifier: Apache-2.0
// Currency conversion: prices of dollars in euros, exactly.
#include "nexmark.h"

namespace nexmark {
namespace {

struct Row {
  std::int64_t auction = 0, bidder = 0, price = 0, date_time = 0;
  std::string_view extra;
};

}  // namespace

void q1(Nexmark& nexmark) {
  const auto bids = nexmark.untimed_events("bids", [](const BidEvent& bid) {
    return Row{bid.auction(), bid.bidder(), bid.price(), bid.date_time(), bid.extra()};
  });
  nexmark.results(bids.map([](Row row) {
    row.price = in_euros(row.price);
    return row;
  }));
}

}  // namespace nexmark
