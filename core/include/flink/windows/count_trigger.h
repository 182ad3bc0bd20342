// SPDX-License-Identifier: Apache-2.0
// CountTrigger: fires at every n-th element of a window.
#pragma once

#include <flink/state/reducing_state.h>
#include <flink/windows/trigger.h>

#include <cstdint>

namespace flink {

namespace detail {

struct AddCounts {
  std::int64_t operator()(std::int64_t a, std::int64_t b) const { return a + b; }
};
void check_trigger_count(std::int64_t count);  // throws Error{user} unless it is positive

}  // namespace detail

class CountTrigger {
 public:
  using NeverPurges = CountTrigger;
  static CountTrigger of(std::int64_t count) { return CountTrigger{count}; }

  template <class T, class W>
  TriggerResult on_element(const T&, Timestamp, const W&, TriggerContext&) const {
    count_.add(1);
    if (*count_.get() < most_) return TriggerResult::CONTINUE;
    count_.clear();
    return TriggerResult::FIRE;
  }
  template <class W>
  TriggerResult on_event_time(Timestamp, const W&, TriggerContext&) const {
    return TriggerResult::CONTINUE;
  }
  template <class W>
  TriggerResult on_processing_time(Timestamp, const W&, TriggerContext&) const {
    return TriggerResult::CONTINUE;
  }
  template <class W>
  void clear(const W&, TriggerContext&) const {
    count_.clear();
  }
  bool can_merge() const { return true; }
  template <class W>
  void on_merge(const W&, OnMergeContext& ctx) const {
    ctx.merge_partitioned_state(count_);
  }

 private:
  explicit CountTrigger(std::int64_t most) : most_(most) { detail::check_trigger_count(most); }

  std::int64_t most_;
  ReducingState<std::int64_t, detail::AddCounts> count_{"trigger-count", {}};
};

}  // namespace flink
