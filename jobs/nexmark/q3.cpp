// SPDX-License-Identifier: Apache-2.0
// Local items: who in some states sells things of one category.
#include "nexmark.h"

namespace nexmark {
namespace {

struct Seller {
  std::int64_t id = 0;
  std::string name, city, state;
};
struct Item {
  std::int64_t id = 0, seller = 0, category = 0;
};
using Either = std::variant<Seller, Item>;
struct Result {
  std::string name, city, state;
  std::int64_t auction = 0;
};

// An unbounded join: what has no partner yet waits for it.
struct Join {
  flink::ValueState<Seller> seller{"seller"};
  flink::ListState<std::int64_t> items{"items"};

  void process_element1(const Seller& in, flink::KeyedContext<std::int64_t>&,
                        flink::Collector<Result>& out) {
    for (const auto item : items.get()) out.collect({in.name, in.city, in.state, item});
    items.clear();
    seller.update(in);
  }
  void process_element2(const Item& in, flink::KeyedContext<std::int64_t>&,
                        flink::Collector<Result>& out) {
    if (const Seller* found = seller.value()) {
      out.collect({found->name, found->city, found->state, in.id});
    } else {
      items.add(in.id);
    }
  }
};

}  // namespace

void q3(Nexmark& nexmark) {
  const auto events = nexmark.untimed_events(
      "persons and auctions",
      Kinds{[](const PersonEvent& person) -> Either {
              return Seller{person.id(), std::string{person.name()}, std::string{person.city()},
                            std::string{person.state()}};
            },
            [](const AuctionEvent& auction) -> Either {
              return Item{auction.id(), auction.seller(), auction.category()};
            }});
  const auto sellers = only<Seller>(events).filter([](const Seller& seller) {
    return seller.state == "OR" || seller.state == "ID" || seller.state == "CA";
  });
  const auto items =
      only<Item>(events).filter([](const Item& item) { return item.category == 10; });
  nexmark.results(
      sellers.key_by(&Seller::id).connect(items.key_by(&Item::seller)).process(Join{}).uid("join"));
}

}  // namespace nexmark
