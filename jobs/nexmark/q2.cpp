// SPDX-License-Identifier: Apache-2.0
// Selection: bids on some auctions.
#include "nexmark.h"

namespace nexmark {
namespace {

struct Row {
  std::int64_t auction = 0, price = 0;
};

}  // namespace

void q2(Nexmark& nexmark) {
  const auto bids = nexmark.untimed_events("bids", [](const BidEvent& bid) {
    return Row{bid.auction(), bid.price()};
  });
  nexmark.results(bids.filter([](const Row& row) { return row.auction % 123 == 0; }));
}

}  // namespace nexmark
