// SPDX-License-Identifier: Apache-2.0
// What window assigners refuse, and how sessions merge.
#include <flink/error.h>
#include <flink/types/key_hash.h>
#include <flink/types/schema.h>
#include <flink/windows/session_windows.h>
#include <flink/windows/window_stagger.h>

#include <algorithm>
#include <ostream>
#include <string>

namespace flink {

std::string Serializer<TimeWindow>::schema() {
  const std::string time = schema_of<Timestamp>();
  return "{start:" + time + ",end:" + time + "}";
}
std::string Serializer<GlobalWindow>::schema() { return "{global:u8}"; }

std::ostream& operator<<(std::ostream& out, const TimeWindow& window) {
  return out << "TimeWindow{start=" << window.start().time_since_epoch().count()
             << ", end=" << window.end().time_since_epoch().count() << '}';
}
std::ostream& operator<<(std::ostream& out, const GlobalWindow&) { return out << "GlobalWindow"; }

namespace detail {

namespace {

std::string ms(std::int64_t millis) { return std::to_string(millis) + " ms"; }
[[noreturn]] void refuse(const std::string& message) { throw Error{ErrorKind::user, message}; }

}  // namespace

std::string assigner_name(const char* name, std::int64_t size) {
  return std::string{name} + "(" + std::to_string(size) + ")";
}
std::string assigner_name(const char* name, std::int64_t size, std::int64_t slide) {
  return std::string{name} + "(" + std::to_string(size) + ", " + std::to_string(slide) + ")";
}

void check_tumbling(const char* name, std::chrono::milliseconds size,
                    std::chrono::milliseconds offset) {
  if (size.count() <= 0) {
    refuse(std::string{name} + "::of: the size is " + ms(size.count()) +
           "; a window is at least 1 ms long");
  }
  if (offset >= size || offset <= -size) {
    refuse(std::string{name} + "::of: the offset is " + ms(offset.count()) + " and the size " +
           ms(size.count()) + "; an offset is less than the size, to either side");
  }
}

void check_sliding(const char* name, std::chrono::milliseconds size,
                   std::chrono::milliseconds slide, std::chrono::milliseconds offset) {
  if (size.count() <= 0 || slide.count() <= 0) {
    refuse(std::string{name} + "::of: the size is " + ms(size.count()) + " and the slide " +
           ms(slide.count()) + "; each is at least 1 ms");
  }
  if (offset >= slide || offset <= -slide) {
    refuse(std::string{name} + "::of: the offset is " + ms(offset.count()) + " and the slide " +
           ms(slide.count()) + "; an offset is less than the slide, to either side");
  }
}

std::string sliding_warning(std::int64_t size, std::int64_t slide) {
  if (slide <= size) return {};
  return "its slide of " + ms(slide) + " is greater than its size of " + ms(size) +
         ": what comes between two windows is in none, and is left out";
}

void check_gap(const char* name, std::chrono::milliseconds gap) {
  if (gap.count() > 0) return;
  refuse(std::string{name} + ": the gap is " + ms(gap.count()) +
         "; a session ends at least 1 ms after its last element");
}

void refuse_dynamic_gap(const char* name, std::int64_t gap) {
  refuse(std::string{name} + "::with_dynamic_gap: its function gave a gap of " + ms(gap) +
         "; it must give at least 1 ms for every element");
}

std::int64_t stagger_offset(WindowStagger stagger, int subtask, std::int64_t now,
                            std::int64_t size) {
  if (stagger == WindowStagger::ALIGNED) return 0;
  if (stagger == WindowStagger::NATURAL) {
    return std::max<std::int64_t>(0, now - window_start(now, 0, size));
  }
  // Not random at all: a restored subtask goes on with the windows that it had.
  const std::uint64_t mixed = mix64(static_cast<std::uint64_t>(subtask) + 1);
  return static_cast<std::int64_t>(mixed % static_cast<std::uint64_t>(size));
}

// ---- sessions

namespace {

// Where a Java HashSet of `capacity` buckets has the window.
std::uint32_t bucket_of(const TimeWindow& window, std::uint32_t capacity) {
  auto mixed = static_cast<std::uint64_t>(window.start().time_since_epoch().count()) +
               static_cast<std::uint64_t>(window.end().time_since_epoch().count());
  mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9U;
  mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebU;
  const auto hash = static_cast<std::uint32_t>(mixed ^ (mixed >> 31));
  return (hash ^ (hash >> 16)) & (capacity - 1);
}

// There are few of them, and no memory is taken for it.
template <class Less>
void sort_few(std::vector<TimeWindow>& windows, const Less& less) {
  for (auto at = windows.begin(); at != windows.end(); ++at) {
    std::rotate(std::upper_bound(windows.begin(), at, *at, less), at, at + 1);
  }
}

}  // namespace

// Flink merges a HashSet: whose state the others join, and in which order their elements follow, is
// the order of its buckets. What windows hold is in that order, so it is Flink's here, too.
void order_as_flink(std::vector<TimeWindow>& windows) {
  std::uint32_t capacity = 16;
  while (windows.size() > capacity / 4 * 3) capacity *= 2;
  sort_few(windows, [](const auto& a, const auto& b) { return a.start() < b.start(); });
  sort_few(windows, [capacity](const auto& a, const auto& b) {
    return bucket_of(a, capacity) < bucket_of(b, capacity);
  });
}

void merge_time_windows(const std::vector<TimeWindow>& windows,
                        MergeCallback<TimeWindow>& callback) {
  std::vector<TimeWindow> sorted = windows;
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const auto& a, const auto& b) { return a.start() < b.start(); });
  std::vector<TimeWindow> merged;
  TimeWindow all;
  const auto finish = [&] {
    if (merged.size() > 1) {
      order_as_flink(merged);
      callback.merge(merged, all);
    }
    merged.clear();
  };
  for (const TimeWindow& window : sorted) {
    if (!merged.empty() && !all.intersects(window)) finish();
    all = merged.empty() ? window : all.cover(window);
    if (std::find(merged.begin(), merged.end(), window) == merged.end()) merged.push_back(window);
  }
  finish();
}

}  // namespace detail
}  // namespace flink
