// SPDX-License-Identifier: Apache-2.0
// What a key has in slices of sliding windows: an accumulator for each slice in which records came,
// one value of the key's. A window is the sum of its slices. One thread: the slot's.
#pragma once

#include <flink/base/algorithm.h>
#include <flink/types/bytes.h>
#include <flink/types/heap_bytes.h>
#include <flink/types/kinds.h>

#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace flink {

namespace detail {

template <class A>
struct Slice {
  std::int64_t start = 0;
  A value{};
};

// Sums that the next window can use. The slices before `middle` are summed up from each of them on,
// those from there on altogether: so a window costs about three sums, however many slices it has.
// Of accumulators that are small; no part of what is stored.
template <class A>
struct SliceSums {
  std::vector<Slice<A>> tails;  // the first slice's last
  std::optional<A> front;
  std::int64_t middle = 0, end = 0;
  bool valid = false;

  std::size_t heap_bytes() const noexcept { return tails.capacity() * sizeof(Slice<A>); }
};

template <class A>
struct Slices {
  std::int64_t width = 0, phase = 0;
  std::uint64_t arrivals = 0;      // of records
  std::uint64_t over = 0;          // so many, the first ones, are in no window any more
  std::int64_t armed = INT64_MAX;  // the end of the first window for which there is a timer
  std::int64_t fired = INT64_MIN;  // the end of the last window that has fired in its turn
  std::vector<Slice<A>> slices;    // by start
  SliceSums<A> sums;

  using Iterator = typename std::vector<Slice<A>>::iterator;
  // The first one that starts there or later, and is not over.
  Iterator from(std::int64_t start) {
    const auto live = slices.begin() + static_cast<std::ptrdiff_t>(over);
    if (live != slices.end() && slices.back().start < start) return slices.end();
    return first_from(live, slices.end(), start,
                      [](const Slice<A>& s, std::int64_t at) { return s.start < at; });
  }
};

}  // namespace detail

// The last field of what is stored: the byte that its schema has may lack in older savepoints.
template <class A>
struct Serializer<detail::SliceSums<A>> {
  static void write(ByteWriter& out, const detail::SliceSums<A>&) { out.u8(0); }
  static void read(ByteReader& in, detail::SliceSums<A>& sums) {
    if (!in.at_end()) in.u8("an empty tuple");
    sums = {};
  }
  static std::string schema() { return "tuple<>"; }
};

namespace detail {

// `Sum` knows the accumulators: void merge(const A& from, A& into).
template <class A, class Sum>
class SlicesOf {
 public:
  SlicesOf(Slices<A>& of, Sum& sum) : of_(of), sum_(sum) {}

  // The slice that starts there, and whether it is new.
  std::pair<A*, bool> find_or_add(std::int64_t start) {
    if (is_over(start)) drop_over();
    const auto found = of_.from(start);
    if (found != of_.slices.end() && found->start == start) return {&found->value, false};
    return {&of_.slices.insert(found, Slice<A>{start, {}})->value, true};
  }
  // It lies before one that is over. Those go then: the others stay in order.
  bool is_over(std::int64_t start) const {
    return of_.over > 0 && start <= of_.slices[of_.over - 1].start;
  }
  void drop_over() {
    of_.slices.erase(of_.slices.begin(),
                     of_.slices.begin() + static_cast<std::ptrdiff_t>(of_.over));
    of_.over = 0;
  }
  // A record came into that slice: what is known of it is wrong, but for the front.
  A* front_with(std::int64_t start) {
    SliceSums<A>& sums = of_.sums;
    if (!sums.valid || start >= sums.end) return nullptr;
    if (start >= sums.middle && sums.front) return &*sums.front;
    sums.valid = false;
    return nullptr;
  }
  // Of first..end. In turn: windows are asked for in the order of their ends.
  std::optional<A> sum(std::int64_t first, std::int64_t end, bool in_turn) {
    if constexpr (std::is_trivially_copyable_v<A>) {
      if (in_turn) return sum_in_turn(first, end);
    }
    std::optional<A> all;
    add_up(all, first, end);
    return all;
  }
  // Those before `end` will not be asked for.
  void retire(std::int64_t end) {
    auto& slices = of_.slices;
    while (of_.over < slices.size() && slices[of_.over].start < end) ++of_.over;
    if (of_.over * 2 > slices.size()) drop_over();
  }
  bool empty() const { return of_.over == of_.slices.size(); }

 private:
  void add_up(std::optional<A>& to, std::int64_t first, std::int64_t end) {
    for (auto at = of_.from(first); at != of_.slices.end() && at->start < end; ++at) {
      if (to) sum_.merge(at->value, *to);
      else to = at->value;
    }
  }
  std::optional<A> sum_in_turn(std::int64_t first, std::int64_t end) {
    SliceSums<A>& sums = of_.sums;
    if (!sums.valid || first >= sums.middle || end < sums.end) begin_anew(first, end);
    add_up(sums.front, sums.end, end);
    sums.end = end;
    while (!sums.tails.empty() && sums.tails.back().start < first) sums.tails.pop_back();
    if (sums.tails.empty()) return sums.front;
    std::optional<A> all = sums.tails.back().value;
    if (sums.front) sum_.merge(*sums.front, *all);
    return all;
  }
  void begin_anew(std::int64_t first, std::int64_t end) {
    SliceSums<A>& sums = of_.sums;
    sums.tails.clear();
    sums.front.reset();
    sums.middle = sums.end = end;
    sums.valid = true;
    const auto begin = of_.from(first);
    auto at = begin;
    while (at != of_.slices.end() && at->start < end) ++at;
    while (at != begin) {
      --at;
      A tail = at->value;
      if (!sums.tails.empty()) sum_.merge(sums.tails.back().value, tail);
      sums.tails.push_back({at->start, tail});
    }
  }

  Slices<A>& of_;
  Sum& sum_;
};

}  // namespace detail
}  // namespace flink
