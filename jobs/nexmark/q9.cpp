// SPDX-License-Identifier: Apache-2.0
// Winning bids: each auction with its highest bid, as it changes.
#include "nexmark.h"

namespace nexmark {
namespace {

struct Offer {
  std::int64_t event = 0, auction = 0, bidder = 0, price = 0, date_time = 0;
  std::string_view extra;
};
using Either = std::variant<AuctionRow, Offer>;
// The same, owning its texts.
struct KeptOffer {
  std::int64_t event = 0, auction = 0, bidder = 0, price = 0, date_time = 0;
  std::string extra;
};
struct Result {
  std::int64_t id = 0;
  std::string_view item_name, description;
  std::int64_t initial_bid = 0, reserve = 0, date_time = 0, expires = 0, seller = 0, category = 0;
  std::string_view extra;
  std::int64_t auction = 0, bidder = 0, price = 0, bid_date_time = 0;
  std::string_view bid_extra;
};

struct Best {
  std::int64_t price = -1, event = 0;
};
struct WinningBid {
  flink::ValueState<KeptAuction> item{"item"};
  flink::ValueState<Best> best{"best"};
  flink::ListState<KeptOffer> early{"early"};  // until their auction comes

  void process_element(const Either& event, flink::KeyedContext<std::int64_t>&,
                       flink::Collector<Result>& out) {
    if (const auto* offer = std::get_if<Offer>(&event)) {
      if (const KeptAuction* found = item.value()) return consider(*found, *offer, out);
      return early.add({offer->event, offer->auction, offer->bidder, offer->price, offer->date_time,
                        std::string{offer->extra}});
    }
    item.update(kept(std::get<AuctionRow>(event)));
    for (const auto& offer : early.get()) consider(*item.value(), offer, out);
    early.clear();
  }

 private:
  template <class AnOffer>
  void consider(const KeptAuction& of, const AnOffer& offer, flink::Collector<Result>& out) {
    if (offer.date_time < of.date_time || offer.date_time > of.expires) return;
    const Best before = best.value_or({});
    if (offer.price < before.price) return;
    if (offer.price == before.price && offer.event > before.event) return;
    best.update({offer.price, offer.event});
    auto& arena = out.arena();
    out.collect({offer.auction, arena.copy(of.item_name), arena.copy(of.description),
                 of.initial_bid, of.reserve, of.date_time, of.expires, of.seller, of.category,
                 arena.copy(of.extra), offer.auction, offer.bidder, offer.price, offer.date_time,
                 arena.copy(offer.extra)});
  }
};

}  // namespace

void q9(Nexmark& nexmark) {
  const auto events = nexmark.untimed_events(
      "auctions and bids",
      Kinds{[](const AuctionEvent& auction) -> Either { return auction_row(auction); },
            [](const BidEvent& bid) -> Either {
              return Offer{bid.event(), bid.auction(),   bid.bidder(),
                           bid.price(), bid.date_time(), bid.extra()};
            }});
  nexmark.results(
      events.key_by(auction_of<AuctionRow, Offer>).process(WinningBid{}).uid("winning bids"));
}

}  // namespace nexmark
