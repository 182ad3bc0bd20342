// SPDX-License-Identifier: Apache-2.0
// User sessions: how many bids a bidder makes until there is none for ten seconds.
#include "windows.h"

using namespace std::chrono_literals;

namespace nexmark {

void q11(Nexmark& nexmark) {
  nexmark.results(nexmark.events("bids", [](const BidEvent& bid) { return bid.bidder(); })
                      .key_by([](std::int64_t bidder) { return bidder; })
                      .window(flink::EventTimeSessionWindows::with_gap(10s))
                      .aggregate(Counting<std::int64_t>{}, BidderCount::of_window)
                      .uid("sessions"));
}

}  // namespace nexmark
