// SPDX-License-Identifier: Apache-2.0
// What queries with windows have in common.
#pragma once

#include "nexmark.h"

namespace nexmark {

// How many records a window has.
template <class T>
struct Counting {
  using Accumulator = std::int64_t;
  Accumulator create_accumulator() const { return 0; }
  void add(const T&, Accumulator& count) const { ++count; }
  std::int64_t get_result(const Accumulator& count) const { return count; }
  void merge(const Accumulator& from, Accumulator& into) const { into += from; }
};

inline std::int64_t millis_of(flink::Timestamp at) { return at.time_since_epoch().count(); }

// How many bids a bidder made, from when to when.
struct BidderCount {
  std::int64_t bidder = 0, bids = 0, start = 0, end = 0;

  static void of_window(const std::int64_t& bidder, flink::WindowContext<flink::TimeWindow>& ctx,
                        const std::int64_t& bids, flink::Collector<BidderCount>& out) {
    out.collect({bidder, bids, millis_of(ctx.window().start()), millis_of(ctx.window().end())});
  }
};

}  // namespace nexmark
