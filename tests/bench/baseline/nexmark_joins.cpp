// SPDX-License-Identifier: Apache-2.0
// Unbounded joins: the one side in a flat table by its id, what waits for it in a chain.
#include <mutex>
#include <variant>

#include "nexmark_loops.h"
#include "probed_table.h"

namespace bench {
namespace {

using nexmark::Auction;
using nexmark::AuctionEvent;
using nexmark::Bid;
using nexmark::BidEvent;
using nexmark::PersonEvent;

constexpr std::int64_t wanted_category = 10;

// What waits, by key: chains through one vector, whose places are used again.
template <class T>
class Waiting {
 public:
  using Place = std::int32_t;
  static constexpr Place none = -1;
  void add(Place& chain, const T& value) {
    Place place = free_;
    if (place == none) {
      place = static_cast<Place>(nodes_.size());
      nodes_.emplace_back();
    } else {
      free_ = nodes_[static_cast<std::size_t>(place)].next;
    }
    nodes_[static_cast<std::size_t>(place)] = {value, chain};
    chain = place;
  }
  // visit(value), the last first, and the chain is empty.
  template <class Visit>
  void take_all(Place& chain, const Visit& visit) {
    while (chain != none) {
      Node& node = nodes_[static_cast<std::size_t>(chain)];
      visit(node.value);
      const Place next = std::exchange(node.next, free_);
      free_ = std::exchange(chain, next);
    }
  }

 private:
  struct Node {
    T value;
    Place next = none;
  };
  std::vector<Node> nodes_;
  Place free_ = none;
};

class Q3 : public NexmarkUntimed {
 public:
  struct Record {
    std::int64_t person;
    std::int64_t auction;  // 0: a person
    std::string_view name, city, state;
  };
  using Shared = NothingShared;
  Q3(const NexmarkOptions&, NexmarkSink& sink, Shared&) : sink_(sink) {}

  template <class Send>
  void make(const PersonEvent& person, const Send& send) {
    const std::string_view state = person.state();
    if (state != "OR" && state != "ID" && state != "CA") return;
    send(person.id(), Record{person.id(), 0, person.name(), person.city(), state});
  }
  template <class Send>
  void make(const AuctionEvent& auction, const Send& send) {
    if (auction.category() != wanted_category) return;
    const std::int64_t seller = auction.seller();
    send(seller, Record{seller, auction.id(), {}, {}, {}});
  }
  void take(const Record& record) {
    Entry wanted;
    wanted.key = record.person;
    wanted.used = true;
    Entry& entry = *persons_.find_or_add(wanted).first;
    if (record.auction == 0) {
      entry.person = record;
      entry.here = true;
      auctions_.take_all(entry.waiting, [&](std::int64_t auction) { emit(record, auction); });
    } else if (entry.here) {
      emit(entry.person, record.auction);
    } else {
      auctions_.add(entry.waiting, record.auction);
    }
  }

 private:
  struct Entry : NexmarkKey {
    bool here = false;
    std::int32_t waiting = -1;
    Record person{};
  };
  void emit(const Record& person, std::int64_t auction) {
    sink_.take(std::tuple{person.name, person.city, person.state, auction});
  }
  NexmarkSink& sink_;
  ProbedTable<Entry> persons_;
  Waiting<std::int64_t> auctions_;
};

// Auctions and bids by the auction's id. Of each an own kind of row is kept; Best is what Self
// knows of an auction: matched(auction, best, bid) is called for each pair once, in no order.
template <class KeptAuction, class KeptBid, class Best, class Self>
class AuctionBids : public NexmarkUntimed {
 public:
  using Record = std::variant<KeptBid, KeptAuction>;
  void take(const Record& record) {
    if (const auto* const bid = std::get_if<KeptBid>(&record)) {
      Entry& entry = entry_of(bid->auction);
      if (entry.here) self().matched(entry.auction, entry.best, *bid);
      else waiting_.add(entry.waiting, *bid);
      return;
    }
    const auto& auction = std::get<KeptAuction>(record);
    Entry& entry = entry_of(auction.id);
    entry.auction = auction;
    entry.here = true;
    waiting_.take_all(entry.waiting,
                      [&](const KeptBid& bid) { self().matched(entry.auction, entry.best, bid); });
  }

 private:
  struct Entry : NexmarkKey {
    bool here = false;
    std::int32_t waiting = -1;
    KeptAuction auction{};
    Best best{};
  };
  Self& self() { return static_cast<Self&>(*this); }
  Entry& entry_of(std::int64_t auction) {
    Entry wanted;
    wanted.key = auction;
    wanted.used = true;
    return *entries_.find_or_add(wanted).first;
  }
  ProbedTable<Entry> entries_;
  Waiting<KeptBid> waiting_;
};

template <class AuctionRow, class BidRow>
bool counts(const AuctionRow& auction, const BidRow& bid) {
  return bid.date_time >= auction.date_time && bid.date_time <= auction.expires;
}

struct AuctionLife {
  std::int64_t id = 0, category = 0, date_time = 0, expires = 0;
};
struct Offer {
  std::int64_t auction = 0, price = 0, date_time = 0;
};
struct HighestPrice {
  std::int64_t price = -1;  // no bid has counted
};

// The averages are of both threads: five sums under a mutex, which has the order of the lines.
class Q4 : public AuctionBids<AuctionLife, Offer, HighestPrice, Q4> {
 public:
  struct Shared {
    explicit Shared(const NexmarkOptions&) {}
    struct Average {
      std::int64_t sum = 0, auctions = 0;
    };
    std::mutex mutex;
    std::array<Average, nexmark::categories> averages;
    NexmarkSink* sink = nullptr;  // the first thread's: all lines in order
  };
  Q4(const NexmarkOptions&, NexmarkSink& sink, Shared& shared) : shared_(shared) {
    const std::lock_guard lock(shared_.mutex);
    if (shared_.sink == nullptr) shared_.sink = &sink;
  }
  template <class Send>
  void make(const AuctionEvent& auction, const Send& send) {
    const AuctionLife life{auction.id(), auction.category(), auction.date_time(),
                           auction.expires()};
    send(life.id, Record{life});
  }
  template <class Send>
  void make(const BidEvent& bid, const Send& send) {
    const Offer offer{bid.auction(), bid.price(), bid.date_time()};
    send(offer.auction, Record{offer});
  }
  void matched(const AuctionLife& auction, HighestPrice& best, const Offer& bid) {
    if (bid.price <= best.price || !counts(auction, bid)) return;
    const std::lock_guard lock(shared_.mutex);
    auto& average =
        shared_.averages[static_cast<std::size_t>(auction.category - nexmark::first_category)];
    if (best.price < 0) ++average.auctions;
    average.sum += bid.price - std::max<std::int64_t>(best.price, 0);
    best.price = bid.price;
    shared_.sink->take(std::tuple{auction.category, average.sum / average.auctions});
  }

 private:
  Shared& shared_;
};

struct WinningBid {
  bool here = false;
  Bid bid;
};

class Q9 : public AuctionBids<Auction, Bid, WinningBid, Q9> {
 public:
  using Shared = NothingShared;
  Q9(const NexmarkOptions&, NexmarkSink& sink, Shared&) : sink_(sink) {}
  template <class Send>
  void make(const AuctionEvent& auction, const Send& send) {
    send(auction.id(), Record{auction.row()});
  }
  template <class Send>
  void make(const BidEvent& bid, const Send& send) {
    // The channel and its url are not asked for.
    send(bid.auction(), Record{Bid{bid.event(),
                                   bid.auction(),
                                   bid.bidder(),
                                   bid.price(),
                                   {},
                                   {},
                                   bid.date_time(),
                                   bid.extra()}});
  }
  void matched(const Auction& a, WinningBid& best, const Bid& b) {
    if (!counts(a, b)) return;
    const bool wins = !best.here || b.price > best.bid.price ||
                      (b.price == best.bid.price && b.event < best.bid.event);
    if (!wins) return;
    best = {true, b};
    sink_.take(std::tuple{a.id, a.item_name, a.description, a.initial_bid, a.reserve, a.date_time,
                          a.expires, a.seller, a.category, a.extra, b.auction, b.bidder, b.price,
                          b.date_time, b.extra});
  }

 private:
  NexmarkSink& sink_;
};

struct Nothing {};

// Auctions of other categories come as well: then their bids need not be kept.
class Q20 : public AuctionBids<Auction, Bid, Nothing, Q20> {
 public:
  using Shared = NothingShared;
  Q20(const NexmarkOptions&, NexmarkSink& sink, Shared&) : sink_(sink) {}
  template <class Send>
  void make(const AuctionEvent& auction, const Send& send) {
    if (auction.category() == wanted_category) {
      send(auction.id(), Record{auction.row()});
      return;
    }
    Auction other;
    other.id = auction.id();
    send(other.id, Record{other});
  }
  template <class Send>
  void make(const BidEvent& bid, const Send& send) {
    send(bid.auction(), Record{bid.row()});
  }
  void matched(const Auction& a, Nothing&, const Bid& b) {
    if (a.category != wanted_category) return;
    sink_.take(std::tuple{b.auction, b.bidder, b.price, b.channel, b.url, b.date_time, b.extra,
                          a.item_name, a.description, a.initial_bid, a.reserve, a.date_time,
                          a.expires, a.seller, a.category, a.extra});
  }

 private:
  NexmarkSink& sink_;
};

}  // namespace

NexmarkLoop nexmark_joins(std::string_view query) {
  if (query == "q3") return run_keyed<Q3>;
  if (query == "q4") return run_keyed<Q4>;
  if (query == "q9") return run_keyed<Q9>;
  if (query == "q20") return run_keyed<Q20>;
  return nullptr;
}

}  // namespace bench
