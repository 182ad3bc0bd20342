// SPDX-License-Identifier: Apache-2.0
// How many bids a bidder makes in each ten seconds: of event time, or with --time processing of the
// clock.
#include "windows.h"

using namespace std::chrono_literals;

namespace nexmark {

void q12(Nexmark& nexmark) {
  const auto bids = nexmark.events("bids", [](const BidEvent& bid) { return bid.bidder(); })
                        .key_by([](std::int64_t bidder) { return bidder; });
  const auto count = [&](auto assigner) {
    nexmark.results(bids.window(assigner)
                        .aggregate(Counting<std::int64_t>{}, BidderCount::of_window)
                        .uid("counts"));
  };
  const auto time = nexmark.args().get("time", "event");
  if (time == "event") return count(flink::TumblingEventTimeWindows::of(10s));
  if (time == "processing") return count(flink::TumblingProcessingTimeWindows::of(10s));
  throw flink::ArgumentError(flink::ErrorKind::user,
                             "--time " + time + ": it is \"event\" or \"processing\"");
}

}  // namespace nexmark
