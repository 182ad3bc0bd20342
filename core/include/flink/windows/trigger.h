// SPDX-License-Identifier: Apache-2.0
// What a trigger is: it decides when a window's function is called (Flink, "Triggers"). One of your
// own is an object with
//   TriggerResult on_element(const T& element, Timestamp at, const W& window, TriggerContext& ctx);
//   TriggerResult on_event_time(Timestamp time, const W& window, TriggerContext& ctx);
//   TriggerResult on_processing_time(Timestamp time, const W& window, TriggerContext& ctx);
//   void clear(const W& window, TriggerContext& ctx);          deletes its timers and its state
// and, to be used with windows that merge,
//   bool can_merge() const;  void on_merge(const W& window, OnMergeContext& ctx);
// State handles are members; each window has its own state in them. One thread: the slot's.
#pragma once

#include <flink/state/state_handle.h>
#include <flink/state/timer_service.h>
#include <flink/timestamp.h>

#include <span>
#include <type_traits>
#include <utility>

namespace flink {

// CONTINUE: nothing. FIRE: the function is called, and the window keeps what it has. PURGE: what it
// has is dropped. Java's spelling, since `continue` is a word of C++.
enum class TriggerResult : unsigned char { CONTINUE = 0, FIRE = 1, PURGE = 2, FIRE_AND_PURGE = 3 };
constexpr bool is_fire(TriggerResult result) { return (static_cast<unsigned>(result) & 1) != 0; }
constexpr bool is_purge(TriggerResult result) { return (static_cast<unsigned>(result) & 2) != 0; }

// Of the window that the trigger is asked about. Timers are of that window: each of them comes to
// on_event_time() or on_processing_time(), once a time.
class TriggerContext {
 public:
  Timestamp current_watermark() const { return timers_->current_watermark(); }
  Timestamp current_processing_time() const { return timers_->current_processing_time(); }
  // The same under Flink's names.
  Timestamp get_current_watermark() const { return current_watermark(); }
  Timestamp get_current_processing_time() const { return current_processing_time(); }

  void register_event_time_timer(Timestamp at) { timers_->register_event_time_timer(at); }
  void register_processing_time_timer(Timestamp at) { timers_->register_processing_time_timer(at); }
  void delete_event_time_timer(Timestamp at) { timers_->delete_event_time_timer(at); }
  void delete_processing_time_timer(Timestamp at) { timers_->delete_processing_time_timer(at); }

  // A member of the trigger, as state of this window: what the member is anyway.
  template <class Handle>
  const Handle& get_partitioned_state(const Handle& handle) const {
    return handle;
  }

  // For operators.
  void open(TimerService& timers) noexcept { timers_ = &timers; }

 private:
  TimerService* timers_ = nullptr;
};

// While windows become one: the context of the one that they become.
class OnMergeContext : public TriggerContext {
 public:
  // The state of all of them becomes that of the new one. For handles that can be merged:
  // ReducingState, AggregatingState, ListState.
  template <class Handle>
  void merge_partitioned_state(const Handle& handle) const {
    state::KeyRows& rows = *handle.bound().rows;
    handle.merge_namespaces(rows.name_space, merged_);
    rows.enter(rows, state::Namespace(rows.name_space));  // its row may have been made just now
  }

  // For operators.
  void begin(std::span<const state::Namespace> merged) noexcept { merged_ = merged; }

 private:
  std::span<const state::Namespace> merged_;
};

namespace detail {

// A trigger of ours says so by naming itself: one that derives from it may purge. Of users' own
// nothing is known.
template <class Trigger>
constexpr bool never_purges = requires {
  requires std::is_same_v<typename Trigger::NeverPurges, Trigger>;
};

}  // namespace detail
}  // namespace flink
