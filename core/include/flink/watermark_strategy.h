// SPDX-License-Identifier: Apache-2.0
// How records get timestamps and watermarks are made of them (Flink, "Generating Watermarks"):
//
//   WatermarkStrategy<Reading>::for_bounded_out_of_orderness(5s)
//       .with_timestamp_assigner(&Reading::at)
//       .with_idleness(30s)
//
// A value, given to from_source() or assign_timestamps_and_watermarks(). Each split of a source
// that tells its splits apart has a generator of its own, else each subtask. Watermarks go out
// every `pipeline.auto-watermark-interval`, or at once when a hand-written generator says so in
// on_event().
#pragma once

#include <flink/operators/watermarks.h>

namespace flink {

template <class T>
class WatermarkStrategy {
 public:
  // Only the greatest one, at the end of a bounded input.
  static WatermarkStrategy no_watermarks() { return WatermarkStrategy{}; }
  // Timestamps never go back within a split. Watermark: the greatest timestamp - 1 ms.
  static WatermarkStrategy for_monotonous_timestamps() {
    return for_bounded_out_of_orderness(std::chrono::milliseconds{0});
  }
  // A record comes at most that much after one with a later timestamp. Watermark: the greatest
  // timestamp - delay - 1 ms.
  static WatermarkStrategy for_bounded_out_of_orderness(std::chrono::milliseconds delay) {
    detail::check_out_of_orderness(delay);
    WatermarkStrategy strategy;
    strategy.make_generator_ = [delay] {
      return detail::make_owned<detail::BatchWatermarks<T>, detail::BoundedOutOfOrderness<T>>(
          delay);
    };
    return strategy;
  }
  // A hand-written one: an object with void on_event(const T&, Timestamp, WatermarkOutput&) and
  // void on_periodic_emit(WatermarkOutput&), or a function that makes one. It may change itself:
  // each generator is a copy.
  template <class G>
  static WatermarkStrategy for_generator(G generator) {
    using Generator = typename detail::generator_made_by<G>::type;
    constexpr bool fits = detail::generates<Generator, T>;
    static_assert(fits,
                  "flinkc: this watermark generator lacks one of its two hooks, or one has other "
                  "types: write void on_event(const Record&, Timestamp, WatermarkOutput&) and void "
                  "on_periodic_emit(WatermarkOutput&)");
    WatermarkStrategy strategy;
    if constexpr (fits) {
      strategy.make_generator_ = [generator] {
        return detail::make_owned<detail::BatchWatermarks<T>, detail::UserWatermarks<T, Generator>>(
            detail::generator_made_by<G>::make(generator));
      };
    }
    return strategy;
  }

  // &T::field or f(const T&), or f(const T&, Timestamp before) where `before` is what the source
  // gave (min_timestamp: nothing). Gives a time_point of the system's clock, or milliseconds since
  // 1970 as an integer.
  template <class F>
  WatermarkStrategy with_timestamp_assigner(F function) const {
    constexpr bool fits = detail::assigns_timestamp<F, T>();
    static_assert(fits,
                  "flinkc: with_timestamp_assigner's function gives no timestamp: write "
                  "&Record::field or [](const Record& record) { return ...; } that gives a "
                  "std::chrono::sys_time, or milliseconds since 1970 as an integer");
    WatermarkStrategy strategy = *this;
    if constexpr (fits) {
      strategy.assign_ = [function](RecordBatch<T>& records) {
        detail::stamp_records(records, function);
      };
    }
    return strategy;
  }
  // A split, or subtask, without records for so long no longer holds watermarks back. Time in which
  // the task waits for room downstream does not count.
  WatermarkStrategy with_idleness(std::chrono::milliseconds timeout) const {
    detail::check_idleness(timeout);
    WatermarkStrategy strategy = *this;
    strategy.idleness_ = timeout;
    return strategy;
  }

  // At a source: it does not read on while its watermark is more than `max_drift` ahead of the
  // least one of all sources of the job with that group's name; nor do its splits, each for itself,
  // where the reader can pause them. Idle and finished ones hold nobody back. `update_interval`:
  // how often each subtask says where it is.
  WatermarkStrategy with_watermark_alignment(
      std::string group, std::chrono::milliseconds max_drift,
      std::chrono::milliseconds update_interval = std::chrono::seconds{1}) const {
    detail::WatermarkAlignment alignment{std::move(group), max_drift, update_interval};
    detail::check_alignment(alignment);
    WatermarkStrategy strategy = *this;
    strategy.alignment_ = std::move(alignment);
    return strategy;
  }

  // For the api.
  bool generates() const { return static_cast<bool>(make_generator_); }
  bool does_something() const { return make_generator_ || assign_ || idleness_ || alignment_; }
  detail::WatermarkPlan plan() const;

 private:
  WatermarkStrategy() = default;

  detail::MakerOf<detail::BatchWatermarks<T>> make_generator_;
  std::function<void(RecordBatch<T>&)> assign_;
  std::optional<std::chrono::milliseconds> idleness_;
  std::optional<detail::WatermarkAlignment> alignment_;
};

template <class T>
detail::WatermarkPlan WatermarkStrategy<T>::plan() const {
  detail::WatermarkPlan plan;
  plan.idleness = idleness_;
  plan.alignment = alignment_;
  plan.make = [make = make_generator_, assign = assign_] {
    return detail::make_owned<detail::RecordWatermarks, detail::RecordWatermarksOf<T>>(
        make ? make() : nullptr, assign);
  };
  return plan;
}
// Those of lines of text are compiled once, in core/src/operators.
extern template detail::WatermarkPlan WatermarkStrategy<std::string_view>::plan() const;

}  // namespace flink
