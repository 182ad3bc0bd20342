// SPDX-License-Identifier: Apache-2.0
// Interval join: a function of two keyed inputs. Each record is kept as long as a partner can come,
// and meets those that are kept on the other side.
//
// Kept records lie in buckets of time as wide as the interval, so that a record looks into two or
// three of them, and a bucket goes as a whole. A bucket is cut into chunks, each an entry of a map:
// what a record adds costs its chunk, however many records a key has.
#pragma once

#include <flink/error.h>
#include <flink/operators/forwarded_hooks.h>
#include <flink/process_context.h>
#include <flink/state/map_state.h>

#include <algorithm>
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

// A pair joins when left + lower <= right <= left + upper; milliseconds. Nothing does when
// lower > upper.
struct JoinInterval {
  std::int64_t lower = 0, upper = 0;

  std::int64_t width() const;  // of a bucket
  std::int64_t bucket_of(std::int64_t millis) const;
  // The last millisecond of a bucket.
  std::int64_t last_of(std::int64_t bucket) const;
};
std::int64_t add_millis(std::int64_t a, std::int64_t b) noexcept;  // as far as time goes
[[noreturn]] void fail_join_without_timestamp();

struct JoinChunkKey {
  std::int64_t bucket = 0;
  std::int64_t chunk = 0;
};
template <class T>
struct JoinChunk {
  std::vector<std::int64_t> timestamps;
  std::vector<T> records;
  std::vector<std::uint32_t> at_watermark;  // of those that came when it was their time: indexes
  std::int64_t last = 0;  // the first chunk of a bucket: the number of its last one
};

// What is kept of one side. `reach`: how far behind its own time a record can still be joined.
template <class T>
class JoinSide {
 public:
  JoinSide(std::string_view name, JoinInterval interval, std::int64_t reach)
      : chunks_(name), interval_(interval), reach_(std::max<std::int64_t>(reach, 0)) {}

  // The time at which it goes, when its bucket is new. One whose time is the watermark stays until
  // that goes on, however short its reach.
  std::optional<std::int64_t> add(const T& record, std::int64_t millis, std::int64_t watermark) {
    const std::int64_t bucket = interval_.bucket_of(millis);
    const JoinChunk<T>* const first = chunks_.get({bucket, 0});
    std::int64_t chunk = first == nullptr ? 0 : first->last;
    if (chunk > 0 && is_full(*chunks_.get({bucket, chunk}))) ++chunk;
    if (chunk == 0 && first != nullptr && is_full(*first)) chunk = 1;
    if (first != nullptr && chunk != first->last) {
      chunks_.grow({bucket, 0}, [chunk](JoinChunk<T>& first) {
        first.last = chunk;
        return std::size_t{0};
      });
    }
    const bool is_new = first == nullptr;
    const bool stays = millis == watermark && reach_ == 0;
    chunks_.grow({bucket, chunk},
                 [&](JoinChunk<T>& grown) { return append(grown, record, millis, stays); });
    if (!is_new) return std::nullopt;
    return add_millis(interval_.last_of(bucket), reach_);
  }
  // body(record, its time) for those of from..to that have not gone by the watermark.
  template <class Body>
  void for_each(std::int64_t from, std::int64_t to, std::int64_t watermark, Body&& body) {
    if (from > to) return;
    const std::int64_t last_bucket = interval_.bucket_of(to);
    for (std::int64_t bucket = interval_.bucket_of(from); bucket <= last_bucket; ++bucket) {
      const JoinChunk<T>* const first = chunks_.get({bucket, 0});
      if (first == nullptr) continue;
      for (std::int64_t chunk = 0; chunk <= first->last; ++chunk) {
        const JoinChunk<T>& held = chunk == 0 ? *first : *chunks_.get({bucket, chunk});
        for (std::size_t i = 0; i < held.timestamps.size(); ++i) {
          const std::int64_t at = held.timestamps[i];
          if (at >= from && at <= to && is_kept(held, i, watermark)) {
            body(held.records[i], at);
          }
        }
      }
    }
  }
  // The timer of a bucket, or of the other side's.
  void on_timer(std::int64_t millis) {
    if (millis < INT64_MIN + reach_) return;
    const std::int64_t bucket = interval_.bucket_of(millis - reach_);
    if (add_millis(interval_.last_of(bucket), reach_) != millis) return;
    const JoinChunk<T>* const first = chunks_.get({bucket, 0});
    if (first == nullptr) return;
    for (std::int64_t chunk = first->last; chunk >= 0; --chunk) chunks_.remove({bucket, chunk});
  }

 private:
  static constexpr std::size_t records_max = 256;
  bool is_kept(const JoinChunk<T>& chunk, std::size_t i, std::int64_t watermark) const {
    const std::int64_t at = chunk.timestamps[i];
    return add_millis(at, reach_) > watermark ||
           (at == watermark &&
            std::ranges::binary_search(chunk.at_watermark, static_cast<std::uint32_t>(i)));
  }
  static std::size_t append(JoinChunk<T>& chunk, const T& record, std::int64_t millis, bool stays) {
    const std::size_t before = bytes_of(chunk);
    if (stays) chunk.at_watermark.push_back(static_cast<std::uint32_t>(chunk.records.size()));
    chunk.timestamps.push_back(millis);
    chunk.records.push_back(record);
    std::size_t grown = bytes_of(chunk) - before;
    if constexpr (!std::is_trivially_copyable_v<T>) grown += heap_bytes(chunk.records.back());
    return grown;
  }
  static std::size_t bytes_of(const JoinChunk<T>& chunk) {
    return chunk.timestamps.capacity() * sizeof(std::int64_t) +
           chunk.records.capacity() * sizeof(T) +
           chunk.at_watermark.capacity() * sizeof(std::uint32_t);
  }
  static bool is_full(const JoinChunk<T>& chunk) { return chunk.records.size() >= records_max; }

  MapState<JoinChunkKey, JoinChunk<T>> chunks_;
  JoinInterval interval_;
  std::int64_t reach_;
};

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
    set_timer(left_.add(left, at, watermark_of(ctx)), ctx);
    const JoinInterval& interval = settings_.interval;
    right_.for_each(
        add_millis(at, interval.lower), add_millis(at, interval.upper), watermark_of(ctx),
        [&](const B& right, std::int64_t right_at) { join(left, at, right, right_at, ctx, out); });
  }
  void process_element2(const B& right, KeyedContext<K>& ctx, Collector<Out>& out) {
    const std::int64_t at = time_of(ctx);
    if (is_late(at, ctx)) return drop_late(settings_.late_right, right, ctx);
    set_timer(right_.add(right, at, watermark_of(ctx)), ctx);
    const JoinInterval& interval = settings_.interval;
    left_.for_each(
        add_millis(at, -interval.upper), add_millis(at, -interval.lower), watermark_of(ctx),
        [&](const A& left, std::int64_t left_at) { join(left, left_at, right, at, ctx, out); });
  }
  void on_timer(Timestamp at, KeyedContext<K>&, Collector<Out>&) {
    left_.on_timer(at.time_since_epoch().count());
    right_.on_timer(at.time_since_epoch().count());
  }

  F& user() { return function_; }

 private:
  static std::int64_t time_of(ProcessContext& ctx) {
    if (!ctx.timestamp()) fail_join_without_timestamp();
    return ctx.timestamp()->time_since_epoch().count();
  }
  static std::int64_t watermark_of(ProcessContext& ctx) {
    return ctx.current_watermark().time_since_epoch().count();
  }
  static bool is_late(std::int64_t at, ProcessContext& ctx) { return at < watermark_of(ctx); }
  template <class T>
  static void drop_late(const std::optional<OutputTag<T>>& tag, const T& record,
                        ProcessContext& ctx) {
    if (tag) ctx.output(*tag, record);
    else ctx.runtime().counter("numLateRecordsDropped").inc();
  }
  static void set_timer(std::optional<std::int64_t> at, ProcessContext& ctx) {
    if (at) ctx.timer_service().register_event_time_timer(timestamp_of_millis(*at));
  }
  void join(const A& left, std::int64_t left_at, const B& right, std::int64_t right_at,
            ProcessContext& ctx, Collector<Out>& out) {
    ProcessJoinContext context{ctx, timestamp_of_millis(left_at), timestamp_of_millis(right_at)};
    out.set_timestamp(std::max(left_at, right_at));
    function_.process_element(left, right, context, out);
  }

  IntervalJoinSettings<A, B> settings_;
  F function_;
  JoinSide<A> left_{"_join/left", settings_.interval, settings_.interval.upper};
  JoinSide<B> right_{"_join/right", settings_.interval, -settings_.interval.lower};
};

}  // namespace detail
}  // namespace flink
