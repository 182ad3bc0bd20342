// SPDX-License-Identifier: Apache-2.0
// What an evictor is: it takes elements out of a window that fires, before its function is called
// or after (Flink, "Evictors"). One of your own is an object with
//   void evict_before(std::vector<TimestampedValue<T>>& elements, std::size_t size, const W&
//   window,
//                     EvictorContext& ctx);
//   void evict_after(…the same…);
// which erases from `elements`, in order of arrival. It keeps no state. Windows with an evictor
// keep all their elements, also with reduce and aggregate.
#pragma once

#include <flink/timestamp.h>

#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

namespace flink {

template <class T>
struct TimestampedValue {
  T value{};
  std::optional<Timestamp> timestamp;  // none when its source gives none
};

class EvictorContext {
 public:
  Timestamp current_watermark() const { return watermark_; }
  Timestamp current_processing_time() const { return now_; }

  // For operators.
  void begin(Timestamp watermark, Timestamp now) noexcept {
    watermark_ = watermark;
    now_ = now;
  }

 private:
  Timestamp watermark_{}, now_{};
};

namespace detail {

// Of windows without one.
struct NoEvictor {};
template <class E>
constexpr bool evicts = !std::is_same_v<E, NoEvictor>;

// One that does the same before or after.
template <class Self>
class EvictorBase {
 public:
  explicit EvictorBase(bool after) : after_(after) {}
  template <class T, class W>
  void evict_before(std::vector<TimestampedValue<T>>& elements, std::size_t, const W&,
                    EvictorContext&) const {
    if (!after_) static_cast<const Self&>(*this).evict(elements);
  }
  template <class T, class W>
  void evict_after(std::vector<TimestampedValue<T>>& elements, std::size_t, const W&,
                   EvictorContext&) const {
    if (after_) static_cast<const Self&>(*this).evict(elements);
  }

 private:
  bool after_;
};

}  // namespace detail
}  // namespace flink
