// SPDX-License-Identifier: Apache-2.0
// The operator: a keyed process function. In event time events wait in state until the watermark
// has passed them, then go through the engine in order of time, equal ones as they came or by the
// comparator; in processing time they go through at once, or, to be compared, once their
// millisecond is over. One timer a key: for the first event that waits, or the first partial match
// that times out.
#pragma once

#include <flink/cep/engine.h>
#include <flink/cep/match.h>
#include <flink/cep/pattern_context.h>
#include <flink/operators/forwarded_hooks.h>
#include <flink/state/map_state.h>

#include <algorithm>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

namespace flink::cep {

template <class T>
struct CepSettings {
  bool processing_time = false;
  std::optional<OutputTag<T>> late;
  std::function<bool(const T&, const T&)> before;  // of equal timestamps; may be empty
};

[[noreturn]] void fail_without_timestamp();

// F: see pattern_functions.h.
template <class T, class Out, class F>
class CepFunction : public detail::ForwardedHooks<CepFunction<T, Out, F>, typename F::Function>,
                    BufferedEvents {
 public:
  CepFunction(std::shared_ptr<const Nfa> nfa, CepSettings<T> settings, F function)
      : engine_(std::move(nfa), F::wants_timed_out),
        settings_(std::move(settings)),
        function_(std::move(function)) {}

  typename F::Function& user() { return function_.function; }

  template <class K>
  void process_element(const T& in, KeyedContext<K>& ctx, Collector<Out>& out) {
    if (!settings_.processing_time) {
      if (!ctx.timestamp()) fail_without_timestamp();
      if (*ctx.timestamp() <= ctx.current_watermark()) return drop_late(in, ctx);
      return enqueue(in, millis_of(*ctx.timestamp()), ctx);
    }
    const std::int64_t now = now_millis(ctx);
    if (settings_.before) return enqueue(in, now, ctx);
    NfaState& state = begin();
    engine_.advance_time(state, now, found_);
    deliver(state, ctx, out);
    offer_unqueued(state, in, now, ctx, out);
    set_timer(state, engine_.deadline(state), ctx);
    nfa_.end_change();
  }

  template <class K>
  void on_timer(Timestamp at, KeyedContext<K>& ctx, Collector<Out>& out) {
    if (!nfa_.exists()) return;
    NfaState& state = begin();
    if (state.timer <= millis_of(at)) state.timer = INT64_MAX;
    // At least the timer's own time, should the clock have gone back.
    const std::int64_t now = settings_.processing_time ? std::max(now_millis(ctx), millis_of(at))
                                                       : millis_of(ctx.current_watermark());
    const std::int64_t until = settings_.processing_time ? now - 1 : now;
    const std::vector<QueuedEvent> due = take_due(state, until);
    for (std::size_t i = 0; i < due.size();) {
      std::size_t end = i;
      while (end < due.size() && due[end].millis == due[i].millis) ++end;
      engine_.advance_time(state, due[i].millis, found_);
      deliver(state, ctx, out);
      offer_equal(state,
                  {due.begin() + static_cast<std::ptrdiff_t>(i),
                   due.begin() + static_cast<std::ptrdiff_t>(end)},
                  ctx, out);
      i = end;
    }
    if (state.queue.empty() || first_of(state)->millis > until) {
      engine_.advance_time(state, now, found_);
      deliver(state, ctx, out);
    }
    set_timer(state, std::min(due_at(state), engine_.deadline(state)), ctx);
    nfa_.end_change();
  }

 private:
  static std::int64_t millis_of(Timestamp at) { return at.time_since_epoch().count(); }
  static std::int64_t now_millis(ProcessContext& ctx) {
    return millis_of(ctx.timer_service().current_processing_time());
  }
  NfaState& begin() {
    NfaState& state = nfa_.begin_change();
    engine_.open(state);
    engine_.compact(state);
    return state;
  }

  void drop_late(const T& in, ProcessContext& ctx) {
    if (settings_.late) {
      ctx.output(*settings_.late, in);
    } else {
      ctx.runtime().counter("numLateRecordsDropped").inc();
    }
  }
  void enqueue(const T& in, std::int64_t millis, ProcessContext& ctx) {
    NfaState& state = nfa_.begin_change();
    engine_.open(state);
    const std::uint64_t id = state.next_id++;
    events_.put(id, in);
    const auto behind = std::upper_bound(
        first_of(state), state.queue.end(), millis,
        [](std::int64_t wanted, const QueuedEvent& queued) { return wanted < queued.millis; });
    state.queue.insert(behind, {millis, id});
    set_timer(state, due_at(state), ctx);  // partial matches have set theirs
    nfa_.end_change();
  }
  // A stretch of those whose time has come, so that others have their turn; those with equal
  // timestamps stay together where they are compared.
  std::vector<QueuedEvent> take_due(NfaState& state, std::int64_t until) const {
    const auto first = first_of(state);
    auto end = first;
    while (end != state.queue.end() && end->millis <= until) {
      const bool tie = end != first && (end - 1)->millis == end->millis;
      if (end - first >= due_max && !(tie && settings_.before)) break;
      ++end;
    }
    std::vector<QueuedEvent> due(first, end);
    state.taken += due.size();
    if (state.taken * 2 >= state.queue.size()) {  // else each stretch would move all others
      state.queue.erase(state.queue.begin(), end);
      state.taken = 0;
    }
    return due;
  }
  static std::vector<QueuedEvent>::iterator first_of(NfaState& state) {
    return state.queue.begin() + static_cast<std::ptrdiff_t>(state.taken);
  }
  static constexpr std::ptrdiff_t due_max = 64;

  void offer_equal(NfaState& state, std::vector<QueuedEvent> equal, ProcessContext& ctx,
                   Collector<Out>& out) {
    if (settings_.before && equal.size() > 1) {
      std::stable_sort(equal.begin(), equal.end(),
                       [this](const QueuedEvent& a, const QueuedEvent& b) {
                         return settings_.before(*events_.get(a.id), *events_.get(b.id));
                       });
    }
    for (const QueuedEvent& queued : equal) {
      const OfferedEvent offered{event(queued.id), queued.id, queued.millis, now_millis(ctx)};
      engine_.process(state, offered, *this, found_);
      deliver(state, ctx, out);
    }
  }
  // It comes into the map only when a partial match has taken it.
  void offer_unqueued(NfaState& state, const T& in, std::int64_t now, ProcessContext& ctx,
                      Collector<Out>& out) {
    unqueued_ = &in;
    unqueued_id_ = state.next_id++;
    kept_ = true;
    engine_.process(state, {&in, unqueued_id_, now, now}, *this, found_);
    deliver(state, ctx, out);
    unqueued_ = nullptr;
    if (kept_) events_.put(unqueued_id_, in);
  }
  const void* event(std::uint64_t id) override {
    return unqueued_ != nullptr && id == unqueued_id_ ? unqueued_ : events_.get(id);
  }

  void deliver(NfaState& state, ProcessContext& ctx, Collector<Out>& out) {
    for (const Found& found : found_) {
      Match<T> match{engine_.step_names()};
      engine_.read(state, found, taken_);
      for (const TakenEvent& taken : taken_) {
        match.add(taken.step, static_cast<const T*>(event(taken.id)));
      }
      const bool stamp = !settings_.processing_time;
      PatternContext context{ctx, timestamp_of_millis(found.millis), stamp};
      if (stamp) out.set_timestamp(found.millis);
      else out.clear_timestamp();
      if (found.timed_out) function_.timed_out(match, context);
      else function_.found(match, context, out);
      engine_.release(state, found);
    }
    found_.clear();
    for (const std::uint64_t id : engine_.take_unused()) {
      if (unqueued_ != nullptr && id == unqueued_id_) kept_ = false;
      else events_.remove(id);
    }
  }

  // When the first event that waits can go.
  std::int64_t due_at(const NfaState& state) const {
    if (state.queue.empty()) return INT64_MAX;
    return state.queue[state.taken].millis + (settings_.processing_time ? 1 : 0);
  }
  void set_timer(NfaState& state, std::int64_t next, ProcessContext& ctx) {
    if (next >= state.timer) return;
    state.timer = next;
    if (settings_.processing_time) {
      ctx.timer_service().add_processing_time_timer(timestamp_of_millis(next));
    } else {
      ctx.timer_service().add_event_time_timer(timestamp_of_millis(next));
    }
  }

  Engine engine_;
  CepSettings<T> settings_;
  F function_;
  NfaStateHandle nfa_{"_cep/nfa"};
  MapState<std::uint64_t, T> events_{"_cep/events"};

  // Within one call.
  const T* unqueued_ = nullptr;
  std::uint64_t unqueued_id_ = 0;
  bool kept_ = false;
  std::vector<Found> found_;
  std::vector<TakenEvent> taken_;
};

}  // namespace flink::cep
