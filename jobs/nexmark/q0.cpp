// SPDX-License-Identifier: Apache-2.0
// Pass through: what the source and the sink cost.
#include "nexmark.h"

namespace nexmark {
namespace {

struct Row {
  std::int64_t auction = 0, bidder = 0, price = 0, date_time = 0;
  std::string_view extra;
};

}  // namespace

void q0(Nexmark& nexmark) {
  nexmark.results(nexmark.untimed_events("bids", [](const BidEvent& bid) {
    return Row{bid.auction(), bid.bidder(), bid.price(), bid.date_time(), bid.extra()};
  }));
}

}  // namespace nexmark
