// SPDX-License-Identifier: Apache-2.0
// Calculation: a filter, a case by the time of day, a function of a text.
#include "nexmark.h"

namespace nexmark {
namespace {

struct Row {
  std::int64_t auction = 0, bidder = 0, price = 0, date_time = 0;
  std::string_view extra;
};
struct Result {
  std::int64_t auction = 0, bidder = 0, price = 0;
  std::string_view time_type;
  std::int64_t date_time = 0;
  std::string_view extra;
  std::int64_t c_count = 0;
};

std::string_view type_of(std::int64_t millis) {
  const auto hour = hour_of(millis);
  if (hour >= 8 && hour <= 18) return "dayTime";
  if (hour <= 6 || hour >= 20) return "nightTime";
  return "otherTime";
}

}  // namespace

void q14(Nexmark& nexmark) {
  const auto bids = nexmark.untimed_events("bids", [](const BidEvent& bid) {
    return Row{bid.auction(), bid.bidder(), in_euros(bid.price()), bid.date_time(), bid.extra()};
  });
  nexmark.results(bids.filter([](const Row& row) {
                        return row.price > 1'000'000'000 && row.price < 50'000'000'000;
                      })
                      .map([](const Row& row) {
                        return Result{row.auction,
                                      row.bidder,
                                      row.price,
                                      type_of(row.date_time),
                                      row.date_time,
                                      row.extra,
                                      std::count(row.extra.begin(), row.extra.end(), 'c')};
                      }));
}

}  // namespace nexmark
