// SPDX-License-Identifier: Apache-2.0
// Average price of a category: the highest bid of each of its auctions, averaged, as it changes.
#include "nexmark.h"

namespace nexmark {
namespace {

struct Item {
  std::int64_t auction = 0, category = 0, date_time = 0, expires = 0;
};
struct Offer {
  std::int64_t auction = 0, price = 0, date_time = 0;
};
using Either = std::variant<Item, Offer>;

// By how much the sum of a category's highest bids grows, and the number of its auctions.
struct Change {
  std::int64_t category = 0, price = 0, auctions = 0;
};

struct Best {
  Item item;
  std::int64_t price = -1;  // none
};
struct HighestBid {
  flink::ValueState<Best> best{"best"};
  flink::ListState<Offer> early{"early"};  // until their auction comes

  void process_element(const Either& event, flink::KeyedContext<std::int64_t>&,
                       flink::Collector<Change>& out) {
    if (const auto* offer = std::get_if<Offer>(&event)) {
      const Best* found = best.value();
      if (found == nullptr) return early.add(*offer);
      if (!counts(*found, *offer)) return;
      Best now = *found;
      raise(now, offer->price, out);
      best.update(now);
      return;
    }
    Best now{std::get<Item>(event)};
    for (const Offer& offer : early.get()) {
      if (counts(now, offer)) raise(now, offer.price, out);
    }
    early.clear();
    best.update(now);
  }

 private:
  static bool counts(const Best& best, const Offer& offer) {
    return offer.price > best.price && offer.date_time >= best.item.date_time &&
           offer.date_time <= best.item.expires;
  }
  static void raise(Best& best, std::int64_t price, flink::Collector<Change>& out) {
    const bool first = best.price < 0;
    out.collect({best.item.category, price - (first ? 0 : best.price), first ? 1 : 0});
    best.price = price;
  }
};

struct Average {
  std::int64_t category = 0, price = 0;
};
struct AverageOfAuctions {
  flink::ValueState<Change> total{"total"};

  void process_element(const Change& change, flink::KeyedContext<std::int64_t>&,
                       flink::Collector<Average>& out) {
    Change now = total.value_or({});
    now.price += change.price;
    now.auctions += change.auctions;
    total.update(now);
    out.collect({change.category, now.price / now.auctions});
  }
};

}  // namespace

void q4(Nexmark& nexmark) {
  const auto events = nexmark.untimed_events(
      "auctions and bids",
      Kinds{[](const AuctionEvent& auction) -> Either {
              return Item{auction.id(), auction.category(), auction.date_time(), auction.expires()};
            },
            [](const BidEvent& bid) -> Either {
              return Offer{bid.auction(), bid.price(), bid.date_time()};
            }});
  nexmark.results(events.key_by(auction_of<Item, Offer>)
                      .process(HighestBid{})
                      .uid("highest bids")
                      .key_by(&Change::category)
                      .process(AverageOfAuctions{})
                      .uid("averages"));
}

}  // namespace nexmark
