// SPDX-License-Identifier: Apache-2.0
// Bids, each with its auction, of one category.
#include "nexmark.h"

namespace nexmark {
namespace {

struct Offer {
  std::int64_t auction = 0, bidder = 0, price = 0;
  std::string_view channel, url;
  std::int64_t date_time = 0;
  std::string_view extra;
};
using Either = std::variant<AuctionRow, Offer>;
// The same, owning its texts.
struct KeptOffer {
  std::int64_t auction = 0, bidder = 0, price = 0;
  std::string channel, url;
  std::int64_t date_time = 0;
  std::string extra;
};
struct Result {
  std::int64_t auction = 0, bidder = 0, price = 0;
  std::string_view channel, url;
  std::int64_t bid_date_time = 0;
  std::string_view bid_extra, item_name, description;
  std::int64_t initial_bid = 0, reserve = 0, auction_date_time = 0, expires = 0, seller = 0;
  std::int64_t category = 0;
  std::string_view auction_extra;
};

// An unbounded join. Auctions of other categories are remembered too, without their texts, so that
// bids on them need not wait.
struct Join {
  flink::ValueState<bool> wanted{"wanted"};
  flink::ValueState<KeptAuction> item{"item"};
  flink::ListState<KeptOffer> early{"early"};  // until their auction comes

  void process_element(const Either& event, flink::KeyedContext<std::int64_t>&,
                       flink::Collector<Result>& out) {
    if (const auto* offer = std::get_if<Offer>(&event)) {
      const bool* known = wanted.value();
      if (known == nullptr) {
        return early.add({offer->auction, offer->bidder, offer->price, std::string{offer->channel},
                          std::string{offer->url}, offer->date_time, std::string{offer->extra}});
      }
      if (*known) join(*item.value(), *offer, out);
      return;
    }
    const auto& in = std::get<AuctionRow>(event);
    wanted.update(in.category == 10);
    if (in.category == 10) {
      item.update(kept(in));
      for (const auto& offer : early.get()) join(*item.value(), offer, out);
    }
    early.clear();
  }

 private:
  template <class AnOffer>
  static void join(const KeptAuction& of, const AnOffer& offer, flink::Collector<Result>& out) {
    auto& arena = out.arena();
    out.collect({offer.auction, offer.bidder, offer.price, arena.copy(offer.channel),
                 arena.copy(offer.url), offer.date_time, arena.copy(offer.extra),
                 arena.copy(of.item_name), arena.copy(of.description), of.initial_bid, of.reserve,
                 of.date_time, of.expires, of.seller, of.category, arena.copy(of.extra)});
  }
};

}  // namespace

void q20(Nexmark& nexmark) {
  const auto events = nexmark.untimed_events(
      "auctions and bids",
      Kinds{[](const AuctionEvent& auction) -> Either { return auction_row(auction); },
            [](const BidEvent& bid) -> Either {
              return Offer{bid.auction(), bid.bidder(),    bid.price(), bid.channel(),
                           bid.url(),     bid.date_time(), bid.extra()};
            }});
  nexmark.results(events.key_by(auction_of<AuctionRow, Offer>).process(Join{}).uid("join"));
}

}  // namespace nexmark
