// SPDX-License-Identifier: Apache-2.0
// Interval join: a function of two keyed inputs. Each record is kept as long as a partner can come,
// and meets those that are kept on the other side (join_side.h).
#pragma once

#include <flink/base/algorithm.h>
#include <flink/error.h>
#include <flink/operators/forwarded_hooks.h>
#include <flink/operators/join_side.h>
#include <flink/process_context.h>
#include <flink/state/value_state.h>

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace flink {

// What a join's function gets beside the pair.
class ProcessJoinContext {
 public:
  Timestamp left_timestamp() const noexcept { return left_; }
  Timestamp right_timestamp() const noexcept { return right_; }
  // Of the result: the later one.
  Timestamp timestamp() const noexcept { return std::max(left_, right_); }
  Timestamp current_watermark() const noexcept { return context_->current_watermark(); }
  RuntimeContext& runtime() const noexcept { return context_->runtime(); }
  // Emits to a side output; nobody need read it.
  template <class X>
  void output(const OutputTag<X>& tag, std::type_identity_t<X> value) {
    context_->output(tag, std::move(value));
  }

  // For operators.
  ProcessJoinContext(ProcessContext& context, Timestamp left, Timestamp right)
      : context_(&context), left_(left), right_(right) {
    context.set_timestamp(timestamp());
  }

 private:
  ProcessContext* context_;
  Timestamp left_, right_;
};

namespace detail {

template <class A, class B>
struct IntervalJoinSettings {
  JoinInterval interval;
  std::optional<OutputTag<A>> late_left;
  std::optional<OutputTag<B>> late_right;
};

template <class K, class A, class B, class Out, class F>
class IntervalJoinFunction : public ForwardedHooks<IntervalJoinFunction<K, A, B, Out, F>, F> {
 public:
  IntervalJoinFunction(IntervalJoinSettings<A, B> settings, F function)
      : settings_(std::move(settings)), function_(std::move(function)) {}

  void process_element1(const A& left, KeyedContext<K>& ctx, Collector<Out>& out) {
    const std::int64_t at = time_of(ctx);
    if (is_late(at, ctx)) return drop_late(settings_.late_left, left, ctx);
    bool is_new = false;
    Lists& lists = lists_of_key(at, is_new);
    add(left_, lists.left, lists.left_overflows, left, at, ctx);
    if (is_new) [[unlikely]]
      wait(lists, ctx);
    const auto [from, to] = partners_of<0>(at);
    for_each(
        right_, lists.right, lists.right_overflows, from, to, ctx,
        [&](const B& right, std::int64_t right_at) { join(left, at, right, right_at, ctx, out); });
  }
  void process_element2(const B& right, KeyedContext<K>& ctx, Collector<Out>& out) {
    const std::int64_t at = time_of(ctx);
    if (is_late(at, ctx)) return drop_late(settings_.late_right, right, ctx);
    bool is_new = false;
    Lists& lists = lists_of_key(at, is_new);
    add(right_, lists.right, lists.right_overflows, right, at, ctx);
    if (is_new) [[unlikely]]
      wait(lists, ctx);
    const auto [from, to] = partners_of<1>(at);
    for_each(
        left_, lists.left, lists.left_overflows, from, to, ctx,
        [&](const A& left, std::int64_t left_at) { join(left, left_at, right, at, ctx, out); });
  }
  void on_timer(Timestamp at, KeyedContext<K>& ctx, Collector<Out>&) {
    const std::int64_t millis = at.time_since_epoch().count();
    Lists* const lists = lists_.change();
    left_.on_timer(lists == nullptr ? nullptr : &lists->left_overflows, millis);
    right_.on_timer(lists == nullptr ? nullptr : &lists->right_overflows, millis);
    if (lists != nullptr && lists->timer == millis) clean(*lists, ctx);
  }
  // For its operator (record_loop.h): asks for the lists in a row, then for the place that a record
  // will take and the times of the other side, then for the partners that it will meet.
  template <int Input>
  class Ahead {
   public:
    static constexpr int steps = 3;
    Ahead(const IntervalJoinFunction& join, const std::int64_t* times)
        : join_(join), state_(join.lists_.bound()), times_(times) {}
    void operator()(int step, state::Row* row, std::size_t i) const {
      const Lists& lists = *static_cast<const Lists*>(state_.cell(row));
      if (step == 0) {
        flink::detail::prefetch(&lists);
        flink::detail::prefetch(&lists.left_overflows);
      } else if ((state_.bits(row) & state::present) != 0) {
        if constexpr (Input == 0) ask(step, lists.left, lists.right, i);
        else ask(step, lists.right, lists.left, i);
      }
    }

   private:
    template <class Own, class Other>
    void ask(int step, const Own& own, const Other& other, std::size_t i) const {
      if (step == 1) {
        own.prefetch_end();
        other.prefetch_times();
      } else if (times_ != nullptr) {
        const auto [from, to] = join_.template partners_of<Input>(times_[i]);
        other.prefetch_within(from, to);
      }
    }
    const IntervalJoinFunction& join_;
    const state::BoundState& state_;
    const std::int64_t* times_;
  };

  F& user() { return function_; }

 private:
  using Lists = JoinLists<A, B>;
  static constexpr std::int64_t longest_wait = 16;  // widths of the interval
  // Lists are cleaned that many milliseconds apart: as often as watermarks come where they are
  // periodic, and a power of two.
  static constexpr std::int64_t clean_every = 256;

  static std::int64_t time_of(ProcessContext& ctx) {
    if (!ctx.timestamp()) fail_join_without_timestamp();
    return ctx.timestamp()->time_since_epoch().count();
  }
  static std::int64_t watermark_of(ProcessContext& ctx) {
    return ctx.current_watermark().time_since_epoch().count();
  }
  // The times of those that a record of that input meets.
  template <int Input>
  std::pair<std::int64_t, std::int64_t> partners_of(std::int64_t at) const {
    const JoinInterval& of = settings_.interval;
    if constexpr (Input == 0) return {add_millis(at, of.lower), add_millis(at, of.upper)};
    else return {add_millis(at, -of.upper), add_millis(at, -of.lower)};
  }
  static bool is_late(std::int64_t at, ProcessContext& ctx) { return at < watermark_of(ctx); }
  template <class T>
  void drop_late(const std::optional<OutputTag<T>>& tag, const T& record, ProcessContext& ctx) {
    if (tag) return ctx.output(*tag, record);
    if (late_ == nullptr) late_ = &ctx.runtime().counter("numLateRecordsDropped");
    late_->inc();
  }
  static void set_timer(std::int64_t at, ProcessContext& ctx) {
    ctx.timer_service().register_event_time_timer(timestamp_of_millis(at));
  }
  Lists& lists_of_key(std::int64_t at, bool& is_new) {
    if (Lists* const lists = lists_.change(); lists != nullptr) [[likely]]
      return *lists;
    lists_.update(Lists{});
    Lists& lists = *lists_.change();
    lists.left_overflows = left_.has_buckets();
    lists.right_overflows = right_.has_buckets();
    lists.since = at;
    is_new = true;
    return lists;
  }
  template <class T>
  void add(JoinSide<T>& side, JoinList<T>& list, bool& overflows, const T& record, std::int64_t at,
           ProcessContext& ctx) {
    if (!side.has_room(list, at) && !make_room(side, list, at, ctx)) [[unlikely]] {
      overflows = true;
      if (const auto gone = side.add_to_buckets(record, at, watermark_of(ctx)))
        set_timer(*gone, ctx);
      return;
    }
    side.add(list, record, at, watermark_of(ctx));
    if constexpr (!std::is_trivially_copyable_v<T>) lists_.changed(0, heap_bytes(record));
  }
  template <class T>
  [[gnu::noinline]] bool make_room(JoinSide<T>& side, JoinList<T>& list, std::int64_t at,
                                   ProcessContext& ctx) {
    std::size_t before = list.block_bytes();
    const bool made = side.make_room(list, at, watermark_of(ctx), before);
    lists_.changed(before, list.block_bytes());
    return made;
  }
  template <class T, class Body>
  static void for_each(JoinSide<T>& side, const JoinList<T>& list, const bool& overflows,
                       std::int64_t from, std::int64_t to, ProcessContext& ctx, const Body& body) {
    side.for_each(list, from, to, watermark_of(ctx), body);
    if (overflows) [[unlikely]]
      side.for_each_in_buckets(from, to, watermark_of(ctx), body);
  }
  // Until all of them have gone, as it looks now: lists are cleaned when records come, the timer is
  // for keys that have no more. One that keeps having some is looked at ever more rarely.
  void wait(Lists& lists, ProcessContext& ctx) {
    std::int64_t first = INT64_MAX, last = INT64_MIN;
    left_.extend(lists.left, first, last);
    right_.extend(lists.right, first, last);
    const std::int64_t width = std::min(settings_.interval.width(), INT64_MAX / longest_wait);
    const std::int64_t lived = add_millis(watermark_of(ctx), -lists.since);
    lists.timer = add_millis(std::min(last, add_millis(first, 4 * width)),
                             detail::clamp<std::int64_t>(lived / 2, 0, longest_wait * width)) |
                  (clean_every - 1);
    set_timer(lists.timer, ctx);
  }
  void clean(Lists& lists, ProcessContext& ctx) {
    std::size_t before = lists.left.block_bytes() + lists.right.block_bytes();
    left_.forget_staying(lists.left);
    right_.forget_staying(lists.right);
    before += left_.drop_gone(lists.left, watermark_of(ctx));
    before += right_.drop_gone(lists.right, watermark_of(ctx));
    lists_.changed(before, lists.left.block_bytes() + lists.right.block_bytes());
    if (lists.left.size() + lists.right.size() == 0) lists_.clear();
    else wait(lists, ctx);
  }
  void join(const A& left, std::int64_t left_at, const B& right, std::int64_t right_at,
            ProcessContext& ctx, Collector<Out>& out) {
    ProcessJoinContext context{ctx, timestamp_of_millis(left_at), timestamp_of_millis(right_at)};
    out.set_timestamp(std::max(left_at, right_at));
    function_.process_element(left, right, context, out);
  }

  IntervalJoinSettings<A, B> settings_;
  F function_;
  Counter* late_ = nullptr;
  ValueState<Lists> lists_{"_join/lists"};
  JoinSide<A> left_{"_join/left", settings_.interval, settings_.interval.upper};
  JoinSide<B> right_{"_join/right", settings_.interval, -settings_.interval.lower};
};

}  // namespace detail
}  // namespace flink
