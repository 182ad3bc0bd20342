// SPDX-License-Identifier: Apache-2.0
// Windows: a flat table for each that is open, emptied and used again when it is over.
#include <map>
#include <mutex>

#include "nexmark_loops.h"
#include "probed_table.h"

namespace bench {
namespace {

using nexmark::AuctionEvent;
using nexmark::BidEvent;
using nexmark::PersonEvent;

constexpr std::int64_t window_size = 10'000, slide = 2'000;

std::int64_t start_of(std::int64_t millis, std::int64_t size) { return millis - millis % size; }

// Tables of the windows (or slices) of one length that are open.
template <class Entry>
class OpenTables {
 public:
  explicit OpenTables(std::int64_t size) : size_(size) {}
  ProbedTable<Entry>& of(std::int64_t millis) {
    if (last_ != nullptr && millis - last_start_ >= 0 && millis - last_start_ < size_)
      return *last_;
    last_start_ = start_of(millis, size_);
    auto& table = open_[last_start_];
    if (table == nullptr && !free_.empty()) {
      table = std::move(free_.back());
      free_.pop_back();
    }
    if (table == nullptr) table = std::make_unique<ProbedTable<Entry>>();
    last_ = table.get();
    return *last_;
  }
  bool has(std::int64_t start) const { return open_.contains(start); }
  bool empty() const { return open_.empty(); }
  std::int64_t first() const { return open_.begin()->first; }
  std::int64_t last() const { return open_.rbegin()->first; }
  void close(std::int64_t start) {
    const auto found = open_.find(start);
    if (found == open_.end()) return;
    found->second->clear();
    free_.push_back(std::move(found->second));
    open_.erase(found);
    last_ = nullptr;
  }
  // emit(start, table) of those that are over.
  template <class Emit>
  void advance(std::int64_t watermark, const Emit& emit) {
    while (!empty() && first() + size_ - 1 <= watermark) {
      const std::int64_t start = first();
      emit(start, of(start));
      close(start);
    }
  }

 private:
  std::int64_t size_;
  std::map<std::int64_t, std::unique_ptr<ProbedTable<Entry>>> open_;
  std::vector<std::unique_ptr<ProbedTable<Entry>>> free_;
  ProbedTable<Entry>* last_ = nullptr;
  std::int64_t last_start_ = 0;
};

struct Count : NexmarkKey {
  std::int64_t count = 0;
};

// Counts of slices of 2 s; a window's are kept as a sum of five of them, to which the newest is
// added and from which the oldest is taken away. The most of all auctions is found by the threads
// together, once a window.
class Q5 {
 public:
  struct Record {
    std::int64_t auction, at;
  };
  struct Most {
    std::int64_t count = 0;
    std::vector<std::int64_t> auctions;
    int threads = 0;  // that have said theirs
  };
  struct Shared {
    explicit Shared(const NexmarkOptions& options)
        : threads(options.threads),
          first(start_of(options.config.base_time, slide)),
          last(start_of(nexmark::millis_of(options.config, options.config.events - 1), slide)) {}
    int threads;
    std::int64_t first, last;  // slices
    std::mutex mutex;
    std::map<std::int64_t, Most> windows;
  };
  Q5(const NexmarkOptions&, NexmarkSink& sink, Shared& shared)
      : sink_(sink), shared_(shared), newest_(shared.first) {}

  template <class Send>
  void make(const BidEvent& bid, const Send& send) {
    const std::int64_t auction = bid.auction();
    send(auction, Record{auction, bid.date_time()});
  }
  void take(const Record& bid) {
    ++slices_.of(bid.at).find_or_add({{bid.auction, true}, 0}).first->count;
  }
  // Every thread goes through the same windows, also those that have nothing of it.
  void advance(std::int64_t watermark) {
    const std::int64_t end = shared_.last + window_size - slide;
    for (; newest_ <= end && newest_ + slide - 1 <= watermark; newest_ += slide) fire();
  }

 private:
  void fire() {
    if (slices_.has(newest_)) {
      slices_.of(newest_).for_each([&](const Count& entry) {
        total_.find_or_add({{entry.key, true}, 0}).first->count += entry.count;
      });
    }
    Most most;
    total_.for_each([&](const Count& entry) {
      if (entry.count < most.count) return;
      if (entry.count > most.count) most.auctions.clear();
      most.count = entry.count;
      most.auctions.push_back(entry.key);
    });
    merge(most);
    const std::int64_t oldest = newest_ - window_size + slide;
    if (!slices_.has(oldest)) return;
    slices_.of(oldest).for_each([&](const Count& entry) {
      Count* const sum = total_.find({{entry.key, true}, 0});
      sum->count -= entry.count;
      if (sum->count == 0) total_.erase(sum);
    });
    slices_.close(oldest);
  }
  void merge(const Most& own) {
    const std::lock_guard lock(shared_.mutex);
    Most& most = shared_.windows[newest_];
    if (own.count > most.count) {
      most.count = own.count;
      most.auctions = own.auctions;
    } else if (own.count == most.count) {
      most.auctions.insert(most.auctions.end(), own.auctions.begin(), own.auctions.end());
    }
    if (++most.threads < shared_.threads) return;
    for (const std::int64_t auction : most.auctions) sink_.take(std::tuple{auction, most.count});
    shared_.windows.erase(newest_);
  }

  NexmarkSink& sink_;
  Shared& shared_;
  OpenTables<Count> slices_{slide};
  ProbedTable<Count> total_;
  std::int64_t newest_;  // the last slice of the next window
};

// A thread's highest bids of a window go to the thread that has the window.
class Q7 {
 public:
  struct Record {
    std::int64_t auction, bidder, price, at;
    std::string_view extra;
  };
  using Shared = NothingShared;
  Q7(const NexmarkOptions&, NexmarkSink& sink, Shared&) : sink_(sink) {}

  template <class Send>
  void make(const BidEvent& bid, const Send& send) {
    if (bid.date_time() >= end_) {
      this->end(send);
      end_ = start_of(bid.date_time(), window_size) + window_size;
    }
    const std::int64_t price = bid.price();
    if (!highest_.empty() && price < highest_.front().price) return;
    if (!highest_.empty() && price > highest_.front().price) highest_.clear();
    highest_.push_back({bid.auction(), bid.bidder(), price, bid.date_time(), bid.extra()});
  }
  template <class Send>
  void end(const Send& send) {
    for (const Record& bid : highest_) send(end_, bid);
    highest_.clear();
  }
  void take(const Record& bid) {
    auto& bids = windows_[start_of(bid.at, window_size)];
    if (!bids.empty() && bid.price < bids.front().price) return;
    if (!bids.empty() && bid.price > bids.front().price) bids.clear();
    bids.push_back(bid);
  }
  void advance(std::int64_t watermark) {
    while (!windows_.empty() && windows_.begin()->first + window_size - 1 <= watermark) {
      for (const Record& bid : windows_.begin()->second)
        sink_.take(std::tuple{bid.auction, bid.bidder, bid.price, bid.at, bid.extra});
      windows_.erase(windows_.begin());
    }
  }

 private:
  NexmarkSink& sink_;
  std::vector<Record> highest_;  // of the window that ends at end_, of this thread's events
  std::int64_t end_ = INT64_MIN;
  std::map<std::int64_t, std::vector<Record>> windows_;
};

class Q8 {
 public:
  struct Record {
    std::int64_t id, at;
    std::string_view name;  // without data(): a seller
  };
  using Shared = NothingShared;
  Q8(const NexmarkOptions&, NexmarkSink& sink, Shared&) : sink_(sink) {}

  template <class Send>
  void make(const PersonEvent& person, const Send& send) {
    send(person.id(), Record{person.id(), person.date_time(), person.name()});
  }
  template <class Send>
  void make(const AuctionEvent& auction, const Send& send) {
    const std::int64_t seller = auction.seller();
    send(seller, Record{seller, auction.date_time(), {}});
  }
  void take(const Record& record) {
    Someone& one = *windows_.of(record.at).find_or_add({{record.id, true}, {}, false}).first;
    if (record.name.data() != nullptr) one.name = record.name;
    else one.sells = true;
  }
  void advance(std::int64_t watermark) {
    windows_.advance(watermark, [this](std::int64_t start, ProbedTable<Someone>& table) {
      table.for_each([&](const Someone& one) {
        if (one.sells && one.name.data() != nullptr)
          sink_.take(std::tuple{one.key, one.name, start});
      });
    });
  }

 private:
  struct Someone : NexmarkKey {
    std::string_view name;
    bool sells = false;
  };
  NexmarkSink& sink_;
  OpenTables<Someone> windows_{window_size};
};

class Q12 {
 public:
  struct Record {
    std::int64_t bidder, at;
  };
  using Shared = NothingShared;
  Q12(const NexmarkOptions&, NexmarkSink& sink, Shared&) : sink_(sink) {}

  template <class Send>
  void make(const BidEvent& bid, const Send& send) {
    const std::int64_t bidder = bid.bidder();
    send(bidder, Record{bidder, bid.date_time()});
  }
  void take(const Record& bid) {
    ++windows_.of(bid.at).find_or_add({{bid.bidder, true}, 0}).first->count;
  }
  void advance(std::int64_t watermark) {
    windows_.advance(watermark, [this](std::int64_t start, ProbedTable<Count>& table) {
      table.for_each([&](const Count& entry) {
        sink_.take(std::tuple{entry.key, entry.count, start, start + window_size});
      });
    });
  }

 private:
  NexmarkSink& sink_;
  OpenTables<Count> windows_{window_size};
};

}  // namespace

NexmarkLoop nexmark_windows(std::string_view query) {
  if (query == "q5") return run_keyed<Q5>;
  if (query == "q7") return run_keyed<Q7>;
  if (query == "q8") return run_keyed<Q8>;
  if (query == "q12") return run_keyed<Q12>;
  return nullptr;
}

}  // namespace bench
