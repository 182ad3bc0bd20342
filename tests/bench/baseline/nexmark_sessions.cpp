// SPDX-License-Identifier: Apache-2.0
// Sessions: a bidder's open one lies in a flat table. Another thread's events may come behind, so
// a bidder may have several that nothing has joined yet: then they are in a list.
#include <map>
#include <unordered_map>

#include "nexmark_loops.h"
#include "probed_table.h"

namespace bench {
namespace {

constexpr std::int64_t gap = 10'000, tick = 100;

struct Session {
  std::int64_t first = 0, last = 0, count = 0;
  bool near(std::int64_t at) const { return at <= last + gap && at >= first - gap; }
  void add(const Session& other) {
    first = std::min(first, other.first);
    last = std::max(last, other.last);
    count += other.count;
  }
};

class Q11 {
 public:
  struct Record {
    std::int64_t bidder, at;
  };
  using Shared = NothingShared;
  Q11(const NexmarkOptions&, NexmarkSink& sink, Shared&) : sink_(sink) {}

  template <class Send>
  void make(const nexmark::BidEvent& bid, const Send& send) {
    const std::int64_t bidder = bid.bidder();
    send(bidder, Record{bidder, bid.date_time()});
  }
  void take(const Record& bid) {
    const Session one{bid.at, bid.at, 1};
    const auto [entry, added] = bidders_.find_or_add({{bid.bidder, true}, one});
    if (added) {
      wait_for(entry->key, bid.at);
      return;
    }
    if (!entry->several && entry->session.near(bid.at)) entry->session.add(one);
    else add_to_list(*entry, one);
  }
  // Looks at bidders whose session may be over: ticks of 100 ms.
  void advance(std::int64_t watermark) {
    while (!due_.empty() && due_.begin()->first + tick - 1 <= watermark) {
      const auto keys = std::move(due_.begin()->second);
      due_.erase(due_.begin());
      for (const std::int64_t key : keys) look_at(key, watermark);
    }
  }

 private:
  struct Bidder : NexmarkKey {
    Session session;
    bool several = false;  // session is one of them, more_ has the others
  };

  void wait_for(std::int64_t bidder, std::int64_t last) {
    due_[(last + gap) / tick * tick].push_back(bidder);
  }
  void add_to_list(Bidder& bidder, Session added) {
    auto& list = more_[bidder.key];
    list.push_back(bidder.session);
    std::erase_if(list, [&](const Session& session) {
      const bool joins = session.first <= added.last + gap && added.first <= session.last + gap;
      if (joins) added.add(session);
      return joins;
    });
    list.push_back(added);
    settle(bidder, list);
  }
  // The earliest lies in the table: it is over first.
  void settle(Bidder& bidder, std::vector<Session>& list) {
    const auto earliest =
        std::min_element(list.begin(), list.end(),
                         [](const Session& a, const Session& b) { return a.first < b.first; });
    bidder.session = *earliest;
    list.erase(earliest);
    bidder.several = !list.empty();
    wait_for(bidder.key, bidder.session.last);
    if (!bidder.several) more_.erase(bidder.key);
  }
  void look_at(std::int64_t key, std::int64_t watermark) {
    Bidder* const bidder = bidders_.find({{key, true}, {}});
    if (bidder == nullptr) return;
    const Session session = bidder->session;
    if (session.last + gap - 1 > watermark) {
      wait_for(key, session.last);
      return;
    }
    sink_.take(std::tuple{key, session.count, session.first, session.last + gap});
    if (bidder->several) settle(*bidder, more_[key]);
    else bidders_.erase(bidder);
  }

  NexmarkSink& sink_;
  ProbedTable<Bidder> bidders_;
  std::unordered_map<std::int64_t, std::vector<Session>> more_;
  std::map<std::int64_t, std::vector<std::int64_t>> due_;  // of a tick; may be early or gone
};

}  // namespace

NexmarkLoop nexmark_sessions(std::string_view query) {
  return query == "q11" ? run_keyed<Q11> : nullptr;
}

}  // namespace bench
