// SPDX-License-Identifier: Apache-2.0
// The typed half of timestamps and watermarks: stamps a batch and shows it to the generator; when
// that says a watermark in the middle, the batch is cut there, since the records before go first.
// One subtask, one thread.
#pragma once

#include <flink/base/algorithm.h>
#include <flink/base/chrono.h>
#include <flink/base/functional.h>
#include <flink/base/memory.h>
#include <flink/operators/user_function.h>
#include <flink/operators/watermark_driver.h>
#include <flink/types/batch.h>
#include <flink/types/views.h>

#include <optional>
#include <type_traits>

namespace flink {

namespace detail {

// ---- timestamps

template <class V>
constexpr bool is_timestamp = std::is_integral_v<V> && !std::is_same_v<V, bool>;
template <class D>
constexpr bool is_timestamp<std::chrono::sys_time<D>> = true;

template <class V>
std::int64_t millis_of(const V& value) {
  if constexpr (std::is_integral_v<V>) {
    return static_cast<std::int64_t>(value);
  } else {
    return std::chrono::floor<std::chrono::milliseconds>(value).time_since_epoch().count();
  }
}

template <class F, class T>
constexpr bool takes_previous = std::is_invocable_v<const F&, const T&, Timestamp>;

template <class F, class T>
consteval bool assigns_timestamp() {
  if constexpr (takes_previous<F, T>) {
    return is_timestamp<std::decay_t<std::invoke_result_t<const F&, const T&, Timestamp>>>;
  } else if constexpr (std::is_invocable_v<const F&, const T&>) {
    return is_timestamp<std::decay_t<std::invoke_result_t<const F&, const T&>>>;
  } else {
    return false;
  }
}

template <class T, class F>
void stamp_records(RecordBatch<T>& records, const F& function) {
  const auto timestamps = records.stamp_all();
  for (std::size_t i = 0; i < records.size(); ++i) {
    std::int64_t& at = timestamps[i];
    const T& record = records[i];
    if constexpr (takes_previous<F, T>) {
      at = millis_of(detail::invoke(function, record, timestamp_of_millis(at)));
    } else {
      at = millis_of(detail::invoke(function, record));
    }
  }
}

// ---- generators

template <class T>
class BatchWatermarks {
 public:
  virtual ~BatchWatermarks() = default;
  // Shows it the records from `from` on, up to the one at which it said something; returns the
  // index behind the last one shown.
  virtual std::size_t on_events(const RecordBatch<T>& records, std::size_t from,
                                WatermarkDriver& output) = 0;
  virtual void on_periodic_emit(WatermarkOutput& output) = 0;
};

template <class T>
class BoundedOutOfOrderness final : public BatchWatermarks<T> {
 public:
  explicit BoundedOutOfOrderness(std::chrono::milliseconds delay)
      : behind_(delay.count() + 1), greatest_(INT64_MIN + behind_) {}
  std::size_t on_events(const RecordBatch<T>& records, std::size_t, WatermarkDriver&) override {
    for (const std::int64_t at : records.timestamps()) greatest_ = std::max(greatest_, at);
    return records.size();
  }
  void on_periodic_emit(WatermarkOutput& output) override {
    output.emit_watermark(timestamp_of_millis(greatest_ - behind_));
  }

 private:
  std::int64_t behind_, greatest_;
};

template <class G, class T>
constexpr bool generates = requires(G& g, const T& event, Timestamp at, WatermarkOutput& output) {
  g.on_event(event, at, output);
  g.on_periodic_emit(output);
};

// An object, flink::factory(make), or a function without parameters that makes one.
template <class G>
struct generator_made_by : made_by<G> {};
template <class G>
requires std::is_invocable_v<const G&>
struct generator_made_by<G> {
  using type = std::invoke_result_t<const G&>;
  static type make(const G& function) { return function(); }
};

template <class T, class G>
class UserWatermarks final : public BatchWatermarks<T> {
 public:
  explicit UserWatermarks(G generator) : generator_(std::move(generator)) {}
  std::size_t on_events(const RecordBatch<T>& records, std::size_t from,
                        WatermarkDriver& output) override {
    while (from < records.size() && !output.said()) {
      generator_.on_event(records[from], timestamp_of_millis(records.timestamps()[from]), output);
      ++from;
    }
    return from;
  }
  void on_periodic_emit(WatermarkOutput& output) override { generator_.on_periodic_emit(output); }

 private:
  G generator_;
};

// ---- the typed half

template <class T>
class RecordWatermarksOf final : public RecordWatermarks {
 public:
  RecordWatermarksOf(std::unique_ptr<BatchWatermarks<T>> generator,
                     std::function<void(RecordBatch<T>&)> assign)
      : generator_(std::move(generator)), assign_(std::move(assign)) {}

  void emit(BatchRef& batch, WatermarkDriver& driver) override {
    if (batch->size() == 0) return;
    if (assign_ && !batch->unique()) {  // others read it, too; the caller keeps what it gave
      BatchRef own = slice(static_cast<RecordBatch<T>&>(*batch), 0, batch->size());
      return emit_own(own, driver);
    }
    emit_own(batch, driver);
  }
  void on_periodic_emit(WatermarkOutput& output) override {
    if (generator_) generator_->on_periodic_emit(output);
  }

 private:
  void emit_own(BatchRef& batch, WatermarkDriver& driver) {
    if (assign_) assign_(static_cast<RecordBatch<T>&>(*batch));
    if (!generator_) {
      driver.output().emit(batch);
      return;
    }
    if (!assign_) driver.check_timestamps(*batch);
    driver.records_come();
    auto& records = static_cast<RecordBatch<T>&>(*batch);
    std::size_t from = 0;
    while (from < records.size()) {
      const std::size_t next = generator_->on_events(records, from, driver);
      if (from == 0 && next == records.size()) {
        driver.output().emit(batch);
        driver.send();
        return;  // `records` may be gone
      }
      BatchRef part = slice(records, from, next);
      driver.output().emit(part);
      driver.send();
      from = next;
    }
  }
  // A batch of its own of those records.
  static BatchRef slice(RecordBatch<T>& records, std::size_t from, std::size_t to) {
    auto part = make_ref<RecordBatch<T>>(to - from);
    part->append_all(records, from, to);
    if constexpr (has_views<T>) part->pin_all_of(records);
    return part;
  }

  std::unique_ptr<BatchWatermarks<T>> generator_;
  std::function<void(RecordBatch<T>&)> assign_;
};

}  // namespace detail
}  // namespace flink
