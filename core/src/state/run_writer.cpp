// SPDX-License-Identifier: Apache-2.0
#include "state/run_writer.h"

#include <flink/base/check.h>
#include <flink/base/prefetch.h>

#include <algorithm>
#include <utility>

#include "state/flat_format.h"

namespace flink::state {

namespace {

// Sorted, they lie anywhere, and another core has written them.
constexpr std::size_t entries_ahead = 8;
constexpr std::size_t line_bytes = 64, lines_asked_for = 8;
void prefetch_entry(std::string_view bytes, const CapturedGroup::Entry& entry) {
  const char* const at = bytes.data() + entry.at;
  const std::size_t size = std::size_t{entry.key_bytes} + entry.value_bytes;
  for (std::size_t line = 0; line < std::min(size, lines_asked_for * line_bytes);
       line += line_bytes) {
    detail::prefetch(at + line);
  }
}

}  // namespace

void CapturedGroup::add(std::size_t at, std::size_t key_bytes) {
  constexpr std::size_t group_bytes = 2;
  const std::string_view behind_group =
      std::string_view{bytes}.substr(at + group_bytes, key_bytes - group_bytes);
  const KeyHead head = KeyHead::of(behind_group);
  entries.push_back({at, static_cast<std::uint32_t>(key_bytes),
                     static_cast<std::uint32_t>(bytes.size() - at - key_bytes), head.high,
                     head.low});
}

RunWriter::RunWriter(RunBuilderOptions options, bool point_reads)
    : options_(std::move(options)), point_reads_(point_reads) {}

void RunWriter::push(CapturedGroup group) {
  if (group.entries.empty()) return;
  pending_bytes_.fetch_add(group.memory_bytes(), std::memory_order_relaxed);
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
      pending_bytes_.fetch_sub(group.memory_bytes(), std::memory_order_relaxed);
      return true;
    }
    if (builder_ != nullptr && failure_ == nullptr) run_ = builder_->finish(point_reads_);
  } catch (...) {
    failure_ = std::current_exception();
    if (!last) pending_bytes_.fetch_sub(group.memory_bytes(), std::memory_order_relaxed);
  }
  if (last) {
    builder_.reset();
    finished_.store(true, std::memory_order_release);
  }
  return true;
}

void RunWriter::append(CapturedGroup& group) {
  if (builder_ == nullptr) builder_ = std::make_unique<RunBuilder>(options_);
  const std::string_view bytes = group.bytes;
  const auto key_of = [bytes](const CapturedGroup::Entry& entry) {
    return bytes.substr(entry.at, entry.key_bytes);
  };
  std::vector<CapturedGroup::Entry>& entries = group.entries;
  std::sort(entries.begin(), entries.end(),
            [&key_of](const CapturedGroup::Entry& a, const CapturedGroup::Entry& b) {
              if (a.high != b.high) return a.high < b.high;
              if (a.low != b.low) return a.low < b.low;
              return key_of(a) < key_of(b);
            });
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (i + entries_ahead < entries.size()) prefetch_entry(bytes, entries[i + entries_ahead]);
    const CapturedGroup::Entry& entry = entries[i];
    builder_->append(key_of(entry), bytes.substr(entry.at + entry.key_bytes, entry.value_bytes));
  }
}

std::shared_ptr<const Run> RunWriter::take() {
  FLINK_CHECK(finished());
  const std::lock_guard lock(build_mutex_);
  if (failure_ != nullptr) std::rethrow_exception(failure_);
  return std::move(run_);
}

}  // namespace flink::state
