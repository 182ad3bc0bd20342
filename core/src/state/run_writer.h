// SPDX-License-Identifier: Apache-2.0
// From captured entries to a run: the slot hands over one key group after the other, a helper sorts
// it and appends it. Shared by both; a helper that is behind is helped by the slot (simulation: the
// only thread).
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <exception>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "state/run_builder.h"

namespace flink::state {

// Entries of one key group as they will be stored, in any order.
struct CapturedGroup {
  struct Entry {
    std::uint64_t at = 0;
    std::uint32_t key_bytes = 0;
    std::uint32_t value_bytes = 0;
    // The bytes of the key behind its group, as a number that sorts as they do: enough to tell most
    // keys apart, without a look at them.
    std::uint64_t high = 0, low = 0;
  };
  std::string bytes;  // key, value, key, value, …
  std::vector<Entry> entries;

  // The entry whose key is at `at`, and its value behind that up to the end of `bytes`.
  void add(std::size_t at, std::size_t key_bytes);
  std::size_t memory_bytes() const { return bytes.size() + entries.size() * sizeof(Entry); }
};

class RunWriter {
 public:
  // `point_reads`: the run will be asked for single entries.
  RunWriter(RunBuilderOptions options, bool point_reads);

  // ---- the slot: groups in ascending order, then end().
  void push(CapturedGroup group);
  void end();
  std::size_t pending_bytes() const { return pending_bytes_.load(std::memory_order_relaxed); }

  // True: nobody is about to drain, and the caller now is.
  bool claim() { return !claimed_.exchange(true); }
  void unclaim() { claimed_.store(false); }
  // Any thread: does what is there to do.
  void drain();
  // True once everything has been written, or that failed.
  bool finished() const { return finished_.load(std::memory_order_acquire); }
  // After that: null when there were no entries. Throws what failed.
  std::shared_ptr<const Run> take();

 private:
  bool write_one();  // false: nothing to do now
  void append(CapturedGroup& group);

  RunBuilderOptions options_;
  bool point_reads_;
  std::mutex queue_mutex_;  // of the queue and `ended_`
  std::deque<CapturedGroup> queue_;
  bool ended_ = false;
  std::atomic<std::size_t> pending_bytes_{0};
  std::atomic<bool> claimed_{false};

  std::mutex build_mutex_;  // of what follows: whoever drains
  std::unique_ptr<RunBuilder> builder_;
  std::shared_ptr<const Run> run_;
  std::exception_ptr failure_;
  std::atomic<bool> finished_{false};
};

}  // namespace flink::state
