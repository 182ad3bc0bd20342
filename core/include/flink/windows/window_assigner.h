// SPDX-License-Identifier: Apache-2.0
// What a window assigner is: it says which windows an element belongs to (Flink, "Window
// Assigners"). One of your own is an object with
//   std::vector<W> assign_windows(const T& element, Timestamp at, WindowAssignerContext& ctx)
//   const; EventTimeTrigger get_default_trigger() const;     any trigger bool is_event_time()
//   const;
// and, if its windows merge,
//   void merge_windows(const std::vector<W>& windows, MergeCallback<W>& callback) const;
// A value, copied into each subtask; it keeps no state.
#pragma once

#include <flink/timestamp.h>
#include <flink/windows/time_window.h>

#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace flink {

class WindowAssignerContext {
 public:
  explicit WindowAssignerContext(int subtask = 0) : subtask_(subtask) {}
  Timestamp current_processing_time() const { return now_; }
  int subtask_index() const { return subtask_; }

  // For operators.
  void set_processing_time(Timestamp now) noexcept { now_ = now; }

 private:
  int subtask_;
  Timestamp now_{};
};

// Which windows become one. Each window may be merged once.
template <class W>
class MergeCallback {
 public:
  struct Merge {
    std::vector<W> merged;
    W into;
  };
  void merge(std::vector<W> to_be_merged, W result) {
    merges_.push_back({std::move(to_be_merged), std::move(result)});
  }
  const std::vector<Merge>& merges() const { return merges_; }

 private:
  std::vector<Merge> merges_;
};

namespace detail {

// take(window) for each one. Assigners of ours need no vector for it.
template <class A, class T, class Take>
void assign(const A& assigner, const T& element, Timestamp at, WindowAssignerContext& ctx,
            Take&& take) {
  if constexpr (requires { assigner.each_window(element, at, ctx, take); }) {
    assigner.each_window(element, at, ctx, take);
  } else {
    for (const auto& window : assigner.assign_windows(element, at, ctx)) take(window);
  }
}

template <class A, class T>
concept AssignsWindows = requires(const A& assigner, const T& element, Timestamp at,
                                  WindowAssignerContext& ctx) {
  assigner.assign_windows(element, at, ctx).begin()->max_timestamp();
  assigner.get_default_trigger();
  { assigner.is_event_time() } -> std::convertible_to<bool>;
};
template <class A, class T>
using window_t =
    std::remove_cvref_t<decltype(*std::declval<const A&>()
                                      .assign_windows(std::declval<const T&>(), Timestamp{},
                                                      std::declval<WindowAssignerContext&>())
                                      .begin())>;
template <class A>
constexpr bool names_merge_windows = requires {
  &A::merge_windows;
};
template <class A, class W>
constexpr bool merges_windows = requires(const A& assigner, const std::vector<W>& windows,
                                         MergeCallback<W>& callback) {
  assigner.merge_windows(windows, callback);
};

// The start of the window of that size in which the timestamp lies; windows start at `offset`.
constexpr std::int64_t window_start(std::int64_t at, std::int64_t offset, std::int64_t size) {
  // As unsigned numbers, which may wrap around; the remainder is right all the same.
  const auto since = static_cast<std::int64_t>(static_cast<std::uint64_t>(at) -
                                               static_cast<std::uint64_t>(offset));
  std::int64_t rest = since % size;
  if (rest < 0) rest += size;
  return at < INT64_MIN + rest ? INT64_MIN : at - rest;
}
// Windows at the edges of time are cut short.
constexpr std::int64_t saturating_add(std::int64_t a, std::int64_t b) {
  std::int64_t sum = 0;
  if (!__builtin_add_overflow(a, b, &sum)) return sum;
  return b < 0 ? INT64_MIN : INT64_MAX;
}
constexpr TimeWindow time_window(std::int64_t start, std::int64_t size) {
  return {timestamp_of_millis(start), timestamp_of_millis(saturating_add(start, size))};
}

// "TumblingEventTimeWindows(1000)"
std::string assigner_name(const char* name, std::int64_t size);
std::string assigner_name(const char* name, std::int64_t size, std::int64_t slide);
// Throw Error{user}.
void check_tumbling(const char* name, std::chrono::milliseconds size,
                    std::chrono::milliseconds offset);
void check_sliding(const char* name, std::chrono::milliseconds size,
                   std::chrono::milliseconds slide, std::chrono::milliseconds offset);
void check_gap(const char* name, std::chrono::milliseconds gap);
[[noreturn]] void refuse_dynamic_gap(const char* name, std::int64_t gap);
// A warning, or nothing.
std::string sliding_warning(std::int64_t size, std::int64_t slide);

}  // namespace detail
}  // namespace flink
