// SPDX-License-Identifier: Apache-2.0
#include "state/run_writer.h"

#include <flink/base/check.h>

#include <algorithm>
#include <cstring>
#include <utility>

namespace flink::state {

namespace {

// The bytes of a key behind its group, as a number that sorts as they do: enough to tell most keys
// apart.
struct SortKey {
  std::uint64_t high = 0, low = 0;
  std::uint32_t entry = 0;
};

std::uint64_t big_endian(const char* bytes) {
  std::uint64_t word;
  std::memcpy(&word, bytes, sizeof(word));
  return __builtin_bswap64(word);
}

SortKey sort_key(std::string_view key, std::uint32_t entry) {
  constexpr std::size_t group_bytes = 2;
  char head[16] = {};
  const std::string_view rest = key.substr(group_bytes);
  std::memcpy(head, rest.data(), std::min(rest.size(), sizeof(head)));
  return {big_endian(head), big_endian(head + 8), entry};
}

}  // namespace

RunWriter::RunWriter(RunBuilderOptions options, bool point_reads)
    : options_(std::move(options)), point_reads_(point_reads) {}

void RunWriter::push(CapturedGroup group) {
  if (group.entries.empty()) return;
  pending_bytes_.fetch_add(group.bytes.size(), std::memory_order_relaxed);
  const std::lock_guard lock(queue_mutex_);
  queue_.push_back(std::move(group));
}

void RunWriter::end() {
  const std::lock_guard lock(queue_mutex_);
  ended_ = true;
}

void RunWriter::drain() {
  const std::lock_guard lock(build_mutex_);
  while (!finished() && write_one()) {
  }
}

bool RunWriter::write_one() {
  CapturedGroup group;
  bool last = false;
  {
    const std::lock_guard lock(queue_mutex_);
    if (queue_.empty()) {
      if (!ended_) return false;
      last = true;
    } else {
      group = std::move(queue_.front());
      queue_.pop_front();
    }
  }
  try {
    if (!last) {
      if (failure_ == nullptr) append(group);
      pending_bytes_.fetch_sub(group.bytes.size(), std::memory_order_relaxed);
      return true;
    }
    if (builder_ != nullptr && failure_ == nullptr) run_ = builder_->finish(point_reads_);
  } catch (...) {
    failure_ = std::current_exception();
    if (!last) pending_bytes_.fetch_sub(group.bytes.size(), std::memory_order_relaxed);
  }
  if (last) {
    builder_.reset();
    finished_.store(true, std::memory_order_release);
  }
  return true;
}

void RunWriter::append(CapturedGroup& group) {
  if (builder_ == nullptr) builder_ = std::make_unique<RunBuilder>(options_);
  const auto key_of = [&group](std::uint32_t entry) {
    const CapturedGroup::Entry& e = group.entries[entry];
    return std::string_view{group.bytes}.substr(e.at, e.key_bytes);
  };
  std::vector<SortKey> order;
  order.reserve(group.entries.size());
  for (std::uint32_t i = 0; i < group.entries.size(); ++i) order.push_back(sort_key(key_of(i), i));
  std::sort(order.begin(), order.end(), [&key_of](const SortKey& a, const SortKey& b) {
    if (a.high != b.high) return a.high < b.high;
    if (a.low != b.low) return a.low < b.low;
    return key_of(a.entry) < key_of(b.entry);
  });
  for (const SortKey& at : order) {
    const CapturedGroup::Entry& e = group.entries[at.entry];
    builder_->append(key_of(at.entry),
                     std::string_view{group.bytes}.substr(e.at + e.key_bytes, e.value_bytes));
  }
}

std::shared_ptr<const Run> RunWriter::take() {
  FLINK_CHECK(finished());
  const std::lock_guard lock(build_mutex_);
  if (failure_ != nullptr) std::rethrow_exception(failure_);
  return std::move(run_);
}

}  // namespace flink::state
