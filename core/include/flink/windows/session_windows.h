// SPDX-License-Identifier: Apache-2.0
// Session windows: records that come at most a gap apart (Flink, "Session Windows"). Each record
// opens a window as long as the gap, and windows that intersect or touch become one. A dynamic gap
// is asked of each record: with_dynamic_gap([](const Click& click) { return click.timeout; }).
#pragma once

#include <flink/windows/time_triggers.h>
#include <flink/windows/window_assigner.h>

#include <type_traits>
#include <utility>
#include <vector>

namespace flink {

namespace detail {

// Of those that intersect or touch, all become one; compiled once.
void merge_time_windows(const std::vector<TimeWindow>& windows,
                        MergeCallback<TimeWindow>& callback);

// Those that become one, in the order in which they do; compiled once.
void order_as_flink(std::vector<TimeWindow>& windows);

// How long a gap is.
struct FixedGap {
  std::int64_t millis;
  template <class T>
  std::int64_t operator()(const char*, const T&) const {
    return millis;
  }
};
template <class F>
struct DynamicGap {
  F function;
  template <class T>
  std::int64_t operator()(const char* name, const T& element) const {
    static_assert(std::is_invocable_v<const F&, const T&>,
                  "flinkc: with_dynamic_gap's function does not take this stream's records: write "
                  "[](const Record& record) { return std::chrono::milliseconds{...}; }");
    const std::int64_t millis = millis_of_gap(function(element));
    if (millis <= 0) [[unlikely]]
      refuse_dynamic_gap(name, millis);
    return millis;
  }
  static std::int64_t millis_of_gap(std::chrono::milliseconds gap) { return gap.count(); }
  static std::int64_t millis_of_gap(std::integral auto gap) { return gap; }
};

template <class Gap>
class SessionWindows {
 public:
  static constexpr bool joins_what_touches = true;
  explicit SessionWindows(Gap gap) : gap_(std::move(gap)) {}
  static void order_merged(std::vector<TimeWindow>& windows) { order_as_flink(windows); }
  void merge_windows(const std::vector<TimeWindow>& windows,
                     MergeCallback<TimeWindow>& callback) const {
    merge_time_windows(windows, callback);
  }

 protected:
  template <class T>
  TimeWindow window_at(const char* name, Timestamp at, const T& element) const {
    return time_window(at.time_since_epoch().count(), gap_(name, element));
  }

 private:
  Gap gap_;
};

template <class Gap>
class EventTimeSessions : public SessionWindows<Gap> {
 public:
  using SessionWindows<Gap>::SessionWindows;
  template <class T, class Take>
  void each_window(const T& element, Timestamp at, WindowAssignerContext&, Take&& take) const {
    take(this->window_at(name, at, element));
  }
  template <class T>
  std::vector<TimeWindow> assign_windows(const T& element, Timestamp at,
                                         WindowAssignerContext&) const {
    return {this->window_at(name, at, element)};
  }
  EventTimeTrigger get_default_trigger() const { return {}; }
  static constexpr bool is_event_time() { return true; }
  std::string to_string() const { return name; }

 private:
  static constexpr const char* name = "EventTimeSessionWindows";
};

template <class Gap>
class ProcessingTimeSessions : public SessionWindows<Gap> {
 public:
  using SessionWindows<Gap>::SessionWindows;
  template <class T, class Take>
  void each_window(const T& element, Timestamp, WindowAssignerContext& ctx, Take&& take) const {
    take(this->window_at(name, ctx.current_processing_time(), element));
  }
  template <class T>
  std::vector<TimeWindow> assign_windows(const T& element, Timestamp,
                                         WindowAssignerContext& ctx) const {
    return {this->window_at(name, ctx.current_processing_time(), element)};
  }
  ProcessingTimeTrigger get_default_trigger() const { return {}; }
  static constexpr bool is_event_time() { return false; }
  std::string to_string() const { return name; }

 private:
  static constexpr const char* name = "ProcessingTimeSessionWindows";
};

}  // namespace detail

class EventTimeSessionWindows {
 public:
  static detail::EventTimeSessions<detail::FixedGap> with_gap(std::chrono::milliseconds gap) {
    detail::check_gap("EventTimeSessionWindows::with_gap", gap);
    return detail::EventTimeSessions<detail::FixedGap>{{gap.count()}};
  }
  // f(const T&): how long after this element the session ends, a duration or milliseconds; more
  // than nothing.
  template <class F>
  static detail::EventTimeSessions<detail::DynamicGap<F>> with_dynamic_gap(F gap) {
    return detail::EventTimeSessions<detail::DynamicGap<F>>{{std::move(gap)}};
  }
};

class ProcessingTimeSessionWindows {
 public:
  static detail::ProcessingTimeSessions<detail::FixedGap> with_gap(std::chrono::milliseconds gap) {
    detail::check_gap("ProcessingTimeSessionWindows::with_gap", gap);
    return detail::ProcessingTimeSessions<detail::FixedGap>{{gap.count()}};
  }
  template <class F>
  static detail::ProcessingTimeSessions<detail::DynamicGap<F>> with_dynamic_gap(F gap) {
    return detail::ProcessingTimeSessions<detail::DynamicGap<F>>{{std::move(gap)}};
  }
};

}  // namespace flink
