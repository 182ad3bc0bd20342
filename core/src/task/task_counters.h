// SPDX-License-Identifier: Apache-2.0
// What a task counts of itself: written by its fiber, read by anyone. Flink's metric names in REST.
#pragma once

#include <atomic>
#include <cstdint>

namespace flink::task {

struct TaskCounters {
  std::atomic<std::uint64_t> records_in{0}, records_out{0};
  std::atomic<std::uint64_t> bytes_in{0}, bytes_out{0};
  std::atomic<std::uint64_t> idle_ns{0}, backpressured_ns{0};
  std::atomic<std::int64_t> running_since_ns{0}, ended_ns{0};
  std::atomic<std::int64_t> alignment_ms{0}, start_delay_ms{0};  // of the last checkpoint

  std::atomic<std::int64_t> input_watermark{INT64_MIN};  // milliseconds

  std::atomic<std::uint64_t> restored_local_bytes{0}, restored_remote_bytes{0};  // keyed state

  // Single writer: no read-modify-write needed.
  static void add(std::atomic<std::uint64_t>& counter, std::uint64_t by) noexcept {
    counter.store(counter.load(std::memory_order_relaxed) + by, std::memory_order_relaxed);
  }
};

}  // namespace flink::task
