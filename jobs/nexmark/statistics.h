// SPDX-License-Identifier: Apache-2.0
// Counts of q15 and q16: bids, bidders and auctions, each of all prices and of three ranks of them.
#pragma once

#include "nexmark.h"

namespace nexmark {

// 0 to 2: below 100, below 10,000, or above (prices are cents).
constexpr int rank_of(std::int64_t price) { return price < 10'000 ? 0 : price < 1'000'000 ? 1 : 2; }

struct Counts {
  std::int64_t total = 0;
  std::array<std::int64_t, 3> ranks{};
};

// How many different ids, keeping in which ranks each was seen.
struct DistinctCounts {
  flink::MapState<std::int64_t, std::uint8_t> seen;

  void add(std::int64_t id, int rank, Counts& counts) const {
    const std::uint8_t before = seen.get_or(id, 0);
    const auto after = static_cast<std::uint8_t>(before | 1u << rank);
    if (after == before) return;
    seen.put(id, after);
    counts.total += before == 0 ? 1 : 0;
    ++counts.ranks[static_cast<std::size_t>(rank)];
  }
};

struct Statistics {
  Counts bids, bidders, auctions;
};

// Of the current key.
struct KeyStatistics {
  flink::ValueState<Statistics> statistics{"statistics"};
  DistinctCounts bidders{flink::MapState<std::int64_t, std::uint8_t>{"bidders"}};
  DistinctCounts auctions{flink::MapState<std::int64_t, std::uint8_t>{"auctions"}};

  Statistics add(std::int64_t auction, std::int64_t bidder, std::int64_t price) const {
    Statistics now = statistics.value_or({});
    const int rank = rank_of(price);
    ++now.bids.total;
    ++now.bids.ranks[static_cast<std::size_t>(rank)];
    bidders.add(bidder, rank, now.bidders);
    auctions.add(auction, rank, now.auctions);
    statistics.update(now);
    return now;
  }
};

}  // namespace nexmark
