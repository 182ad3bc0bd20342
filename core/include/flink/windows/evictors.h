// SPDX-License-Identifier: Apache-2.0
// CountEvictor, TimeEvictor, DeltaEvictor: keep the last n elements, those of the last while, those
// that are near the last one. All evict before the window function, unless do_evict_after.
#pragma once

#include <flink/base/algorithm.h>
#include <flink/windows/evictor.h>
#include <flink/windows/window_assigner.h>

#include <cstdint>
#include <type_traits>
#include <vector>

namespace flink {

class CountEvictor : public detail::EvictorBase<CountEvictor> {
 public:
  static CountEvictor of(std::int64_t max_count, bool do_evict_after = false) {
    return {max_count, do_evict_after};
  }

 private:
  friend EvictorBase;
  CountEvictor(std::int64_t most, bool after)
      : EvictorBase(after), most_(std::max<std::int64_t>(most, 0)) {}
  template <class T>
  void evict(std::vector<TimestampedValue<T>>& elements) const {
    const auto size = static_cast<std::int64_t>(elements.size());
    if (size > most_) elements.erase(elements.begin(), elements.begin() + (size - most_));
  }
  std::int64_t most_;
};

class TimeEvictor : public detail::EvictorBase<TimeEvictor> {
 public:
  // Counted back from the newest timestamp, not from the clock.
  static TimeEvictor of(std::chrono::milliseconds window_size, bool do_evict_after = false) {
    return {window_size, do_evict_after};
  }

 private:
  friend EvictorBase;
  TimeEvictor(std::chrono::milliseconds kept, bool after) : EvictorBase(after), kept_(kept) {}
  template <class T>
  void evict(std::vector<TimestampedValue<T>>& elements) const {
    if (elements.empty() || !elements.front().timestamp) return;
    Timestamp newest = min_timestamp;
    for (const auto& element : elements) {
      newest = std::max(newest, element.timestamp.value_or(min_timestamp));
    }
    // As far as time goes: nothing is older than its beginning.
    const std::int64_t since = detail::saturating_add(newest.time_since_epoch().count(),
                                                      -std::max(kept_.count(), -INT64_MAX));
    if (since == INT64_MIN) return;
    std::erase_if(elements, [since](const auto& element) {
      return element.timestamp.value_or(min_timestamp).time_since_epoch().count() <= since;
    });
  }
  std::chrono::milliseconds kept_;
};

template <class T, class Delta>
class DeltaEvictorOf : public detail::EvictorBase<DeltaEvictorOf<T, Delta>> {
  using Base = detail::EvictorBase<DeltaEvictorOf>;

 public:
  DeltaEvictorOf(double threshold, Delta delta, bool after)
      : Base(after), threshold_(threshold), delta_(std::move(delta)) {}

 private:
  friend Base;
  void evict(std::vector<TimestampedValue<T>>& elements) const {
    if (elements.empty()) return;
    const T last = elements.back().value;
    std::erase_if(elements,
                  [&](const auto& element) { return delta_(element.value, last) >= threshold_; });
  }
  double threshold_;
  Delta delta_;
};

template <class T>
class DeltaEvictor {
 public:
  // delta: double(const T& element, const T& last); what is at least the threshold away goes.
  template <class Delta>
  static DeltaEvictorOf<T, Delta> of(double threshold, Delta delta, bool do_evict_after = false) {
    static_assert(std::is_invocable_r_v<double, const Delta&, const T&, const T&>,
                  "flinkc: DeltaEvictor's function takes two elements and gives how far apart they "
                  "are: write [](const Record& element, const Record& last) { return 1.0; }");
    return {threshold, std::move(delta), do_evict_after};
  }
};

}  // namespace flink
