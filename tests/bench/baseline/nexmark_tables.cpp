// SPDX-License-Identifier: Apache-2.0
// Rows that each bid updates: an entry a key in a flat table, the changed row handed on at once.
#include <algorithm>
#include <deque>

#include "nexmark_loops.h"
#include "probed_table.h"

namespace bench {
namespace {

using nexmark::Bid;
using nexmark::BidEvent;

// The day as yyyymmdd; bids of the same day come together, so it is computed once a day.
class Days {
 public:
  static constexpr std::int64_t day_millis = 86'400'000;
  std::int64_t of(std::int64_t millis) {
    if (millis < begin_ || millis >= begin_ + day_millis) {
      begin_ = millis / day_millis * day_millis;
      name_ = name_of(millis / day_millis);
    }
    return name_;
  }

 private:
  // Days since 1970 in the Gregorian calendar, by eras of 400 years that begin in March.
  static std::int64_t name_of(std::int64_t days) {
    const std::int64_t shifted = days + 719'468, era = shifted / 146'097,
                       in_era = shifted % 146'097;
    const std::int64_t year_of_era =
        (in_era - in_era / 1460 + in_era / 36'524 - in_era / 146'096) / 365;
    const std::int64_t in_year = in_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    const std::int64_t from_march = (5 * in_year + 2) / 153;
    const std::int64_t day = in_year - (153 * from_march + 2) / 5 + 1;
    const std::int64_t month = from_march < 10 ? from_march + 3 : from_march - 9;
    const std::int64_t year = year_of_era + era * 400 + (month <= 2 ? 1 : 0);
    return year * 10'000 + month * 100 + day;
  }
  std::int64_t begin_ = INT64_MIN, name_ = 0;
};

std::int64_t day_key(std::int64_t millis) { return millis / Days::day_millis; }
int rank_of(std::int64_t price) { return price < 10'000 ? 1 : price < 1'000'000 ? 2 : 3; }

// An id of a group that has been seen, and in which ranks of prices: bit 0 is any.
struct Seen {
  std::int64_t group = 0, id = 0;
  std::uint8_t ranks = 0;
  bool used = false;
  std::uint64_t hash() const {
    return mix(static_cast<std::uint64_t>(group) * 0x9e3779b97f4a7c15U +
               static_cast<std::uint64_t>(id));
  }
  bool is(const Seen& other) const { return id == other.id && group == other.group; }
};

// The twelve counts of q15 and q16.
struct Statistics {
  std::int64_t bids[4]{}, bidders[4]{}, auctions[4]{};

  static void add_distinct(std::int64_t* counts, ProbedTable<Seen>& seen, std::int64_t group,
                           std::int64_t id, int rank) {
    std::uint8_t& ranks = seen.find_or_add({group, id, 0, true}).first->ranks;
    for (const int each : {0, rank}) {
      counts[each] += (ranks >> each & 1) ^ 1;
      ranks = static_cast<std::uint8_t>(ranks | 1 << each);
    }
  }
  auto columns() const {
    return std::tuple{bids[0],    bids[1],    bids[2],     bids[3],     bidders[0],  bidders[1],
                      bidders[2], bidders[3], auctions[0], auctions[1], auctions[2], auctions[3]};
  }
};

// Bidders and auctions that have been seen, of all groups in two tables.
class Distinct {
 public:
  void add(Statistics& to, std::int64_t group, std::int64_t auction, std::int64_t bidder,
           std::int64_t price) {
    const int rank = rank_of(price);
    ++to.bids[0];
    ++to.bids[rank];
    Statistics::add_distinct(to.bidders, bidders_, group, bidder, rank);
    Statistics::add_distinct(to.auctions, auctions_, group, auction, rank);
  }

 private:
  ProbedTable<Seen> bidders_, auctions_;
};

class Q15 : public NexmarkUntimed {
 public:
  struct Record {
    std::int64_t at, auction, bidder, price;
  };
  using Shared = NothingShared;
  Q15(const NexmarkOptions&, NexmarkSink& sink, Shared&) : sink_(sink) {}

  template <class Send>
  void make(const BidEvent& bid, const Send& send) {
    send(day_key(bid.date_time()),
         Record{bid.date_time(), bid.auction(), bid.bidder(), bid.price()});
  }
  void take(const Record& bid) {
    const std::int64_t day = days_.of(bid.at);
    Entry wanted;
    wanted.key = day;
    wanted.used = true;
    Entry& entry = *of_day_.find_or_add(wanted).first;
    distinct_.add(entry.statistics, day, bid.auction, bid.bidder, bid.price);
    sink_.take(std::tuple_cat(std::tuple{day}, entry.statistics.columns()));
  }

 private:
  struct Entry : NexmarkKey {
    Statistics statistics;
  };
  NexmarkSink& sink_;
  Days days_;
  ProbedTable<Entry> of_day_;
  Distinct distinct_;
};

class Q16 : public NexmarkUntimed {
 public:
  struct Record {
    std::int64_t at, auction, bidder, price;
    std::string_view channel;
    std::uint64_t hash;
  };
  using Shared = NothingShared;
  Q16(const NexmarkOptions&, NexmarkSink& sink, Shared&) : sink_(sink) {}

  template <class Send>
  void make(const BidEvent& bid, const Send& send) {
    const std::string_view channel = bid.channel();
    const std::uint64_t hash = std::hash<std::string_view>{}(channel);
    send(static_cast<std::int64_t>(hash),
         Record{bid.date_time(), bid.auction(), bid.bidder(), bid.price(), channel, hash});
  }
  void take(const Record& bid) {
    Entry wanted;
    wanted.channel = bid.channel;
    wanted.day = days_.of(bid.at);
    wanted.channel_hash = bid.hash;
    wanted.group = groups_;
    wanted.used = true;
    const auto [entry, added] = channels_.find_or_add(wanted);
    if (added) ++groups_;
    const std::int64_t minutes = bid.at / 60'000 % 1440;
    entry->minute = std::max(entry->minute, minutes / 60 * 100 + minutes % 60);
    distinct_.add(entry->statistics, entry->group, bid.auction, bid.bidder, bid.price);
    sink_.take(std::tuple_cat(std::tuple{entry->channel, entry->day, entry->minute},
                              entry->statistics.columns()));
  }

 private:
  struct Entry {
    std::string_view channel;
    std::int64_t day = 0;
    std::uint64_t channel_hash = 0;
    std::int64_t group = 0, minute = 0;
    Statistics statistics;
    bool used = false;
    std::uint64_t hash() const { return channel_hash + static_cast<std::uint64_t>(day); }
    bool is(const Entry& other) const { return day == other.day && channel == other.channel; }
  };
  NexmarkSink& sink_;
  Days days_;
  ProbedTable<Entry> channels_;
  std::int64_t groups_ = 0;
  Distinct distinct_;
};

class Q17 : public NexmarkUntimed {
 public:
  struct Record {
    std::int64_t at, auction, price;
  };
  using Shared = NothingShared;
  Q17(const NexmarkOptions&, NexmarkSink& sink, Shared&) : sink_(sink) {}

  template <class Send>
  void make(const BidEvent& bid, const Send& send) {
    const std::int64_t auction = bid.auction();
    send(auction, Record{bid.date_time(), auction, bid.price()});
  }
  void take(const Record& bid) {
    Entry wanted;
    wanted.auction = bid.auction;
    wanted.day = days_.of(bid.at);
    wanted.used = true;
    Entry& entry = *auctions_.find_or_add(wanted).first;
    ++entry.bids[0];
    ++entry.bids[rank_of(bid.price)];
    entry.least = std::min(entry.least, bid.price);
    entry.most = std::max(entry.most, bid.price);
    entry.sum += bid.price;
    sink_.take(std::tuple{entry.auction, entry.day, entry.bids[0], entry.bids[1], entry.bids[2],
                          entry.bids[3], entry.least, entry.most, entry.sum / entry.bids[0],
                          entry.sum});
  }

 private:
  struct Entry {
    std::int64_t auction = 0, day = 0;
    std::int64_t bids[4]{};
    std::int64_t least = INT64_MAX, most = INT64_MIN, sum = 0;
    bool used = false;
    std::uint64_t hash() const { return mix(static_cast<std::uint64_t>(auction * 31 + day)); }
    bool is(const Entry& other) const { return auction == other.auction && day == other.day; }
  };
  NexmarkSink& sink_;
  Days days_;
  ProbedTable<Entry> auctions_;
};

class Q18 : public NexmarkUntimed {
 public:
  using Record = Bid;
  using Shared = NothingShared;
  Q18(const NexmarkOptions&, NexmarkSink& sink, Shared&) : sink_(sink) {}

  template <class Send>
  void make(const BidEvent& bid, const Send& send) {
    const Bid row = bid.row();
    send(static_cast<std::int64_t>(hash_of(row)), row);
  }
  void take(const Bid& bid) {
    const auto [entry, added] = bids_.find_or_add({bid, true});
    if (!added && entry->bid.event > bid.event) return;
    entry->bid = bid;
    sink_.take(std::tuple{bid.auction, bid.bidder, bid.price, bid.channel, bid.url, bid.date_time,
                          bid.extra});
  }

 private:
  static std::uint64_t hash_of(const Bid& bid) {
    return mix(static_cast<std::uint64_t>(bid.bidder) * 0x9e3779b97f4a7c15U +
               static_cast<std::uint64_t>(bid.auction));
  }
  struct Entry {
    Bid bid;
    bool used = false;
    std::uint64_t hash() const { return hash_of(bid); }
    bool is(const Entry& other) const {
      return bid.auction == other.bid.auction && bid.bidder == other.bid.bidder;
    }
  };
  NexmarkSink& sink_;
  ProbedTable<Entry> bids_;
};

// The ten are in blocks that stay where they are, the highest first.
class Q19 : public NexmarkUntimed {
 public:
  using Record = Bid;
  using Shared = NothingShared;
  Q19(const NexmarkOptions&, NexmarkSink& sink, Shared&) : sink_(sink) {}

  template <class Send>
  void make(const BidEvent& bid, const Send& send) {
    send(bid.auction(), bid.row());
  }
  void take(const Bid& bid) {
    Entry wanted;
    wanted.key = bid.auction;
    wanted.used = true;
    const auto [entry, added] = auctions_.find_or_add(wanted);
    if (added) {
      entry->highest = highest_.size();
      highest_.emplace_back();
    }
    Highest& highest = highest_[entry->highest];
    std::size_t place = highest.size;
    while (place > 0 && before(bid, highest.bids[place - 1])) --place;
    if (place == highest.bids.size()) return;
    if (highest.size < highest.bids.size()) ++highest.size;
    const auto begin = highest.bids.begin();
    std::move_backward(begin + static_cast<std::ptrdiff_t>(place),
                       begin + static_cast<std::ptrdiff_t>(highest.size) - 1,
                       begin + static_cast<std::ptrdiff_t>(highest.size));
    highest.bids[place] = bid;
    for (std::size_t i = place; i < highest.size; ++i) {
      const Bid& b = highest.bids[i];
      sink_.take(std::tuple{b.auction, b.bidder, b.price, b.channel, b.url, b.date_time, b.extra,
                            static_cast<std::int64_t>(i + 1)});
    }
  }

 private:
  struct Entry : NexmarkKey {
    std::size_t highest = 0;
  };
  struct Highest {
    std::size_t size = 0;
    std::array<Bid, 10> bids;
  };
  static bool before(const Bid& a, const Bid& b) {
    return a.price > b.price || (a.price == b.price && a.event < b.event);
  }
  NexmarkSink& sink_;
  ProbedTable<Entry> auctions_;
  std::deque<Highest> highest_;
};

}  // namespace

NexmarkLoop nexmark_tables(std::string_view query) {
  if (query == "q15") return run_keyed<Q15>;
  if (query == "q16") return run_keyed<Q16>;
  if (query == "q17") return run_keyed<Q17>;
  if (query == "q18") return run_keyed<Q18>;
  if (query == "q19") return run_keyed<Q19>;
  return nullptr;
}

}  // namespace bench
