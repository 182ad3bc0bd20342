// SPDX-License-Identifier: Apache-2.0
// The ten highest bids of each auction with their ranks, as they change.
#include <algorithm>

#include "nexmark.h"

namespace nexmark {
namespace {

// What is kept of a bid, owning its texts.
struct Kept {
  std::int64_t bidder = 0, price = 0;
  std::string channel, url;
  std::int64_t date_time = 0;
  std::string extra;
};
struct Result {
  std::int64_t auction = 0, bidder = 0, price = 0;
  std::string_view channel, url;
  std::int64_t date_time = 0;
  std::string_view extra;
  std::int64_t rank = 0;
};

struct Place {
  std::int64_t price = 0, event = 0;
  std::int32_t slot = 0;  // in TopTen's rows
};
bool before(const Place& a, const Place& b) {
  return a.price != b.price ? a.price > b.price : a.event < b.event;
}
struct Ranking {
  std::int64_t size = 0;
  std::array<Place, 10> places{};
};

// Most bids are none of the ten: which are is kept apart from what they are.
struct TopTen {
  flink::ValueState<Ranking> ranking{"ranking"};
  flink::MapState<std::int32_t, Kept> rows{"rows"};

  void process_element(const BidRow& row, flink::KeyedContext<std::int64_t>&,
                       flink::Collector<Result>& out) {
    const Ranking* found = ranking.value();
    Place place{row.price, row.event};
    if (found != nullptr && found->size == 10 && !before(place, found->places.back())) return;
    Ranking now = found != nullptr ? *found : Ranking{};
    place.slot = now.size < 10 ? static_cast<std::int32_t>(now.size++) : now.places.back().slot;
    const auto end = now.places.begin() + now.size;
    const auto at = std::upper_bound(now.places.begin(), end - 1, place, before);
    std::move_backward(at, end - 1, end);
    *at = place;
    ranking.update(now);
    rows.put(place.slot, {row.bidder, row.price, std::string{row.channel}, std::string{row.url},
                          row.date_time, std::string{row.extra}});
    auto& arena = out.arena();
    for (auto changed = at; changed != end; ++changed) {
      const Kept& kept = *rows.get(changed->slot);
      out.collect({row.auction, kept.bidder, kept.price, arena.copy(kept.channel),
                   arena.copy(kept.url), kept.date_time, arena.copy(kept.extra),
                   changed - now.places.begin() + 1});
    }
  }
};

}  // namespace

void q19(Nexmark& nexmark) {
  const auto bids = nexmark.untimed_events("bids", bid_row);
  nexmark.results(bids.key_by(&BidRow::auction).process(TopTen{}).uid("top ten"));
}

}  // namespace nexmark
