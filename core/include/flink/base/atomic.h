// SPDX-License-Identifier: Apache-2.0
// A flag or a number that threads share: what headers need of std::atomic, without <atomic>, whose
// twenty instances and waits every job would compile.
#pragma once

namespace flink::detail {

template <class T>
class Atomic {
 public:
  Atomic() = default;
  constexpr Atomic(T value) noexcept : value_(value) {}
  Atomic(const Atomic&) = delete;
  Atomic& operator=(const Atomic&) = delete;

  T load() const noexcept { return __atomic_load_n(&value_, __ATOMIC_RELAXED); }
  void store(T value) noexcept { __atomic_store_n(&value_, value, __ATOMIC_RELAXED); }
  T load_acquire() const noexcept { return __atomic_load_n(&value_, __ATOMIC_ACQUIRE); }
  // The value that was there.
  T fetch_add(T more) noexcept { return __atomic_fetch_add(&value_, more, __ATOMIC_RELAXED); }
  T fetch_sub_acq_rel(T less) noexcept {
    return __atomic_fetch_sub(&value_, less, __ATOMIC_ACQ_REL);
  }
  T exchange_acq_rel(T value) noexcept {
    return __atomic_exchange_n(&value_, value, __ATOMIC_ACQ_REL);
  }

 private:
  T value_{};
};

}  // namespace flink::detail
