// SPDX-License-Identifier: Apache-2.0
// Timers of keyed functions: ctx.timer_service().register_event_time_timer(at) (Flink, "Timers").
// One per (key, time); setting it again changes nothing. They are state: in snapshots, restored,
// moved when the job is rescaled. Fired in order of time, each with its key as current key.
#pragma once

#include <flink/base/functional.h>
#include <flink/runtime_context.h>
#include <flink/state/keyed_state_backend.h>
#include <flink/timestamp.h>

#include <cstdint>

namespace flink {

namespace base {
class Clock;
}

namespace state {

enum class Due : std::uint8_t {
  none,
  one,
  not_yet,  // some may be: ask again, when others have had their turn
};

// The timers of one time domain, by time. Of the key, and namespace, that are current.
class TimerQueue {
 public:
  virtual ~TimerQueue() = default;
  // True: it comes before all others.
  virtual bool add(std::int64_t millis) = 0;
  // The same for the key and namespace of that row: it takes no row of its own unless this one has
  // another timer already. Of one time domain of an operator with namespaces.
  virtual bool add_to_row(Row* row, std::int64_t millis) = 0;
  virtual void remove(std::int64_t millis) = 0;
  // The one that the row holds.
  virtual void remove_from_row(Row* row) = 0;
  // Takes the first timer that is due, and makes its key the current one.
  virtual Due pop_due(std::int64_t now_millis, std::int64_t& millis) = 0;
  // None is due before that; INT64_MAX: there is none.
  virtual std::int64_t next_millis() = 0;
};

}  // namespace state

class TimerService {
 public:
  Timestamp current_processing_time() const;
  Timestamp current_watermark() const { return watermark_; }
  // In BATCH a timer that is set while a key's last ones fire is left out, as in Flink: a function
  // that sets one in each on_timer would never come to an end.
  void register_event_time_timer(Timestamp at) {
    if (!at_end_of_key()) add_event_time_timer(at);
  }
  void register_processing_time_timer(Timestamp at) {
    if (!at_end_of_key()) add_processing_time_timer(at);
  }
  void delete_event_time_timer(Timestamp at) { event().remove(at.time_since_epoch().count()); }
  void delete_processing_time_timer(Timestamp at) {
    processing().remove(at.time_since_epoch().count());
  }

  // ---- for operators
  // Whatever the time.
  void add_event_time_timer(Timestamp at) { event().add(at.time_since_epoch().count()); }
  void add_processing_time_timer(Timestamp at) {
    if (processing().add(at.time_since_epoch().count()) && wake_) wake_(next_processing_time());
  }
  // Of that row's key and namespace.
  void add_event_time_timer(state::Row* row, Timestamp at) {
    event().add_to_row(row, at.time_since_epoch().count());
  }
  void add_processing_time_timer(state::Row* row, Timestamp at) {
    if (processing().add_to_row(row, at.time_since_epoch().count()) && wake_) {
      wake_(next_processing_time());
    }
  }
  void delete_event_time_timer_in(state::Row* row) { event().remove_from_row(row); }
  void delete_processing_time_timer_in(state::Row* row) { processing().remove_from_row(row); }
  // Registers both domains; `wake` is told of a new earliest processing-time timer.
  void open(state::KeyedStateBackend& backend, state::KeyRows& rows,
            std::function<void(std::int64_t)> wake);
  // Time only: setting a timer is refused.
  void open_without_timers(const base::Clock& clock, const RuntimeContext& task, bool keyed);
  // Restored timers are there: asks to be woken for the first one.
  void wake_for_restored() {
    if (wake_ && next_processing_time() != INT64_MAX) wake_(next_processing_time());
  }
  // fire(Timestamp) for each event-time timer up to the watermark; it may set and delete timers.
  template <class Fire>
  void advance_watermark(Timestamp watermark, Fire&& fire) {
    watermark_ = watermark;
    fire_event_timers(fire, [] { return false; });
  }
  void set_watermark(Timestamp watermark) { watermark_ = watermark; }
  // The same in pieces, once the watermark is set: until stop() says so, asked after each timer,
  // and wherever the first one is not found at once. True: none is due any more.
  template <class Fire, class Stop>
  bool fire_event_timers(Fire&& fire, Stop&& stop) {
    std::int64_t millis = 0;
    for (;;) {
      const auto due = event_->pop_due(watermark_.time_since_epoch().count(), millis);
      if (due == state::Due::none) return true;
      if (due == state::Due::one) fire(timestamp_of_millis(millis));
      if (stop()) return false;
    }
  }
  // Likewise for processing time, and asks to be woken for the next one.
  template <class Fire>
  void advance_processing_time(std::int64_t now_millis, Fire&& fire) {
    std::int64_t millis = 0;
    for (auto due = state::Due::not_yet; due != state::Due::none;) {
      due = processing_->pop_due(now_millis, millis);
      if (due == state::Due::one) fire(timestamp_of_millis(millis));
    }
    if (wake_ && next_processing_time() != INT64_MAX) wake_(next_processing_time());
  }
  std::int64_t next_processing_time() const { return processing_->next_millis(); }
  bool is_open() const { return event_ != nullptr; }

 private:
  state::TimerQueue& event() const {
    if (event_ == nullptr) [[unlikely]]
      fail_without_timers();
    return *event_;
  }
  state::TimerQueue& processing() const {
    if (processing_ == nullptr) [[unlikely]]
      fail_without_timers();
    return *processing_;
  }
  bool at_end_of_key() const {
    return watermark_ == max_timestamp && backend_ != nullptr && backend_->one_key_at_a_time();
  }
  [[noreturn]] void fail_without_timers() const;

  state::KeyedStateBackend* backend_ = nullptr;
  const base::Clock* clock_ = nullptr;
  const RuntimeContext* task_ = nullptr;  // that has no timers
  bool keyed_ = true;
  state::TimerQueue* event_ = nullptr;
  state::TimerQueue* processing_ = nullptr;
  Timestamp watermark_ = min_timestamp;
  std::function<void(std::int64_t)> wake_;
};

}  // namespace flink
