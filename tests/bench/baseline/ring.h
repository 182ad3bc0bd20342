// SPDX-License-Identifier: Apache-2.0
// Exchange between two threads as one would write it by hand: a single-producer single-consumer
// ring of batches that are filled in place and published with one store for a whole batch.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <thread>

namespace bench {

template <class T>
struct Batch {
  static constexpr std::size_t capacity = 1024;
  std::size_t size = 0;
  std::array<T, capacity> items;
};

template <class Slot, std::size_t slots = 8>
class Ring {
 public:
  // Producer: the slot to fill, null when the ring is full; publish() hands it over.
  Slot* reserve() {
    const auto head = head_.load(std::memory_order_relaxed);
    if (head - seen_tail_ == slots) {
      seen_tail_ = tail_.load(std::memory_order_acquire);
      if (head - seen_tail_ == slots) return nullptr;
    }
    return &(*slots_)[head % slots];
  }
  void publish() {
    head_.store(head_.load(std::memory_order_relaxed) + 1, std::memory_order_release);
  }
  void finish() { finished_.store(true, std::memory_order_release); }

  // Consumer: the oldest slot, null when there is none; release() gives it back.
  Slot* front() {
    const auto tail = tail_.load(std::memory_order_relaxed);
    if (tail == seen_head_) {
      seen_head_ = head_.load(std::memory_order_acquire);
      if (tail == seen_head_) return nullptr;
    }
    return &(*slots_)[tail % slots];
  }
  void release() {
    tail_.store(tail_.load(std::memory_order_relaxed) + 1, std::memory_order_release);
  }
  // Nothing is there and nothing will come.
  bool ended() { return finished_.load(std::memory_order_acquire) && front() == nullptr; }

 private:
  std::unique_ptr<std::array<Slot, slots>> slots_ = std::make_unique<std::array<Slot, slots>>();
  alignas(64) std::atomic<std::uint64_t> head_{0};
  std::uint64_t seen_tail_ = 0;
  alignas(64) std::atomic<std::uint64_t> tail_{0};
  std::uint64_t seen_head_ = 0;
  alignas(64) std::atomic<bool> finished_{false};
};

// Waiting for the other thread: a few spins, then the core is given away.
class Patience {
 public:
  void wait() {
    if (++spins_ < 64) {
      __builtin_ia32_pause();
    } else {
      std::this_thread::yield();
    }
  }
  void reset() { spins_ = 0; }

 private:
  int spins_ = 0;
};

}  // namespace bench
