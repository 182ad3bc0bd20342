// SPDX-License-Identifier: Apache-2.0
// What an interval join keeps of a key: a short list of each side, both in one value, so that a
// record of an ordinary key costs the look-up of its row. What a list has no room for lies in
// buckets (join_buckets.h).
#pragma once

#include <flink/base/algorithm.h>
#include <flink/operators/join_buckets.h>
#include <flink/operators/join_list.h>
#include <flink/types/heap_bytes.h>

#include <bit>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

namespace flink::detail {

// Some records may have gone by the watermark already.
template <class A, class B>
struct JoinLists {
  JoinList<A> left;
  JoinList<B> right;
  bool left_overflows = false, right_overflows = false;  // buckets may have more
  std::int64_t since = 0;                                // the time of its first record
  std::int64_t timer = 0;                                // that is set to clean the lists

  std::size_t heap_bytes() const { return left.heap_bytes() + right.heap_bytes(); }
};

// `reach`: how far behind its own time a record can still be joined.
template <class T>
class JoinSide {
 public:
  using List = JoinList<T>;
  JoinSide(std::string_view name, JoinInterval interval, std::int64_t reach)
      : reach_(std::max<std::int64_t>(reach, 0)), buckets_(name, interval, reach_) {}

  // Of a key without lists: there may be buckets from before, and older savepoints have nothing
  // else.
  bool has_buckets() const { return !buckets_.is_empty(); }

  bool has_room(const List& list, std::int64_t millis) const {
    const std::size_t held = list.size();
    return held < list.capacity() && held < records_max && list.takes(millis);
  }
  // Whether it could be had. `freed`: of what the list's records owned, in bytes.
  bool make_room(List& list, std::int64_t millis, std::int64_t watermark, std::size_t& freed) {
    const std::size_t held = list.size();
    freed += drop_gone(list, watermark);
    if (held < records_max && list.size() >= held - held / 4) {
      list.reserve(detail::clamp<std::size_t>(2 * held, 1, records_max));
    }
    return list.size() < records_max && list.takes(millis);
  }
  // A record whose time is the watermark stays until that goes on, however short its reach.
  void add(List& list, const T& record, std::int64_t millis, std::int64_t watermark) {
    if (reach_ == 0 && millis == watermark) {
      list.set_at_watermark(list.at_watermark() | std::uint64_t{1} << list.size());
    }
    list.add(record, millis);
  }
  // The time at which a new bucket goes.
  std::optional<std::int64_t> add_to_buckets(const T& record, std::int64_t millis,
                                             std::int64_t watermark) {
    return buckets_.add(record, millis, watermark);
  }

  // body(record, its time) for those of from..to that have not gone by the watermark.
  template <class Body>
  void for_each(const List& list, std::int64_t from, std::int64_t to, std::int64_t watermark,
                Body&& body) {
    const std::int64_t first = std::max(from, kept_from(watermark));
    std::uint64_t found = first <= to && watermark != INT64_MAX ? list.within(first, to) : 0;
    if (list.at_watermark() != 0 && watermark >= from && watermark <= to) [[unlikely]] {
      found |= staying(list, watermark);
    }
    for (; found != 0; found &= found - 1) {
      const auto i = static_cast<std::size_t>(std::countr_zero(found));
      body(list.record(i), list.time(i));
    }
  }
  template <class Body>
  void for_each_in_buckets(std::int64_t from, std::int64_t to, std::int64_t watermark,
                           const Body& body) {
    buckets_.for_each(from, to, watermark, body);
  }

  // How many bytes they owned.
  std::size_t drop_gone(List& list, std::int64_t watermark) {
    std::uint64_t kept = list.at_watermark() == 0 ? 0 : staying(list, watermark);
    if (watermark != INT64_MAX) kept |= list.within(kept_from(watermark), INT64_MAX);
    std::size_t freed = 0;
    if constexpr (owns) {
      for (std::size_t i = 0; i < list.size(); ++i) {
        if ((kept >> i & 1) == 0) freed += heap_bytes(list.record(i));
      }
    }
    list.keep(kept);
    return freed;
  }
  // When the first and the last of its records go.
  void extend(const List& list, std::int64_t& first, std::int64_t& last) const {
    for (std::size_t i = 0; i < list.size(); ++i) {
      const std::int64_t gone = add_millis(list.time(i), reach_);
      first = std::min(first, gone);
      last = std::max(last, gone);
    }
  }
  // The watermark went on.
  void forget_staying(List& list) const {
    if (list.at_watermark() != 0) list.set_at_watermark(0);
  }
  // Of a bucket or of the lists. `overflows`: null when the key has no lists.
  void on_timer(bool* overflows, std::int64_t millis) {
    if (overflows != nullptr && !*overflows) return;
    if (buckets_.on_timer(millis) && overflows != nullptr) *overflows = !buckets_.is_empty();
  }

 private:
  // More would be looked through for each record, and written whole with each checkpoint.
  static constexpr std::size_t bytes_max = 4096;
  static constexpr std::size_t records_max =
      detail::clamp<std::size_t>(bytes_max / sizeof(T), 8, List::records_max);
  static constexpr bool owns = !std::is_trivially_copyable_v<T>;

  std::int64_t kept_from(std::int64_t watermark) const {
    return add_millis(add_millis(watermark, -reach_), 1);
  }
  static std::uint64_t staying(const List& list, std::int64_t watermark) {
    std::uint64_t stay = 0;
    for (auto left = list.at_watermark(); left != 0; left &= left - 1) {
      const auto i = static_cast<std::size_t>(std::countr_zero(left));
      if (list.time(i) == watermark) stay |= std::uint64_t{1} << i;
    }
    return stay;
  }

  std::int64_t reach_;
  JoinBuckets<T> buckets_;
};

}  // namespace flink::detail
