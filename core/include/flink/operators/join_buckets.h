// SPDX-License-Identifier: Apache-2.0
// What an interval join keeps of one side of a key that has more than its list holds (join_side.h):
// buckets of time as wide as the interval, so that a record looks into two or three of them, and a
// bucket goes as a whole. A bucket is cut into chunks, each an entry of a map: what a record adds
// costs its chunk, however many records a key has.
#pragma once

#include <flink/base/algorithm.h>
#include <flink/operators/join_interval.h>
#include <flink/state/map_state.h>

#include <optional>
#include <string_view>
#include <vector>

namespace flink::detail {

struct JoinChunkKey {
  std::int64_t bucket = 0;
  std::int64_t chunk = 0;
};
template <class T>
struct JoinChunk {
  std::vector<std::int64_t> timestamps;
  std::vector<T> records;
  std::vector<std::uint32_t> at_watermark;  // of those that came when it was their time: indexes
  std::int64_t last = 0;  // the first chunk of a bucket: the number of its last one
};

// `reach`: how far behind its own time a record can still be joined.
template <class T>
class JoinBuckets {
 public:
  JoinBuckets(std::string_view name, JoinInterval interval, std::int64_t reach)
      : chunks_(name), interval_(interval), reach_(reach) {}

  bool is_empty() const { return chunks_.is_empty(); }

  // The time at which it goes, when its bucket is new. One whose time is the watermark stays until
  // that goes on, however short its reach.
  std::optional<std::int64_t> add(const T& record, std::int64_t millis, std::int64_t watermark) {
    const std::int64_t bucket = interval_.bucket_of(millis);
    const JoinChunk<T>* const first = chunks_.get({bucket, 0});
    std::int64_t chunk = first == nullptr ? 0 : first->last;
    if (chunk > 0 && is_full(*chunks_.get({bucket, chunk}))) ++chunk;
    if (chunk == 0 && first != nullptr && is_full(*first)) chunk = 1;
    if (first != nullptr && chunk != first->last) {
      chunks_.grow({bucket, 0}, [chunk](JoinChunk<T>& first) {
        first.last = chunk;
        return std::size_t{0};
      });
    }
    const bool is_new = first == nullptr;
    const bool stays = millis == watermark && reach_ == 0;
    chunks_.grow({bucket, chunk},
                 [&](JoinChunk<T>& grown) { return append(grown, record, millis, stays); });
    if (!is_new) return std::nullopt;
    return add_millis(interval_.last_of(bucket), reach_);
  }
  // body(record, its time) for those of from..to that have not gone by the watermark.
  template <class Body>
  void for_each(std::int64_t from, std::int64_t to, std::int64_t watermark, Body&& body) {
    if (from > to) return;
    const std::int64_t last_bucket = interval_.bucket_of(to);
    for (std::int64_t bucket = interval_.bucket_of(from); bucket <= last_bucket; ++bucket) {
      const JoinChunk<T>* const first = chunks_.get({bucket, 0});
      if (first == nullptr) continue;
      for (std::int64_t chunk = 0; chunk <= first->last; ++chunk) {
        const JoinChunk<T>& held = chunk == 0 ? *first : *chunks_.get({bucket, chunk});
        for (std::size_t i = 0; i < held.timestamps.size(); ++i) {
          const std::int64_t at = held.timestamps[i];
          if (at >= from && at <= to && is_kept(held, i, watermark)) {
            body(held.records[i], at);
          }
        }
      }
    }
  }
  // The timer of a bucket, or another one. True: a bucket is gone.
  bool on_timer(std::int64_t millis) {
    if (millis < INT64_MIN + reach_) return false;
    const std::int64_t bucket = interval_.bucket_of(millis - reach_);
    if (add_millis(interval_.last_of(bucket), reach_) != millis) return false;
    const JoinChunk<T>* const first = chunks_.get({bucket, 0});
    if (first == nullptr) return false;
    for (std::int64_t chunk = first->last; chunk >= 0; --chunk) chunks_.remove({bucket, chunk});
    return true;
  }

 private:
  static constexpr std::size_t records_max = 256;
  bool is_kept(const JoinChunk<T>& chunk, std::size_t i, std::int64_t watermark) const {
    const std::int64_t at = chunk.timestamps[i];
    if (add_millis(at, reach_) > watermark) return true;
    if (at != watermark) return false;
    const auto& stayed = chunk.at_watermark;
    const auto found = std::lower_bound(stayed.begin(), stayed.end(), i);
    return found != stayed.end() && *found == i;
  }
  static std::size_t append(JoinChunk<T>& chunk, const T& record, std::int64_t millis, bool stays) {
    const std::size_t before = bytes_of(chunk);
    if (stays) chunk.at_watermark.push_back(static_cast<std::uint32_t>(chunk.records.size()));
    chunk.timestamps.push_back(millis);
    chunk.records.push_back(record);
    std::size_t grown = bytes_of(chunk) - before;
    if constexpr (!std::is_trivially_copyable_v<T>) grown += heap_bytes(chunk.records.back());
    return grown;
  }
  static std::size_t bytes_of(const JoinChunk<T>& chunk) {
    return chunk.timestamps.capacity() * sizeof(std::int64_t) +
           chunk.records.capacity() * sizeof(T) +
           chunk.at_watermark.capacity() * sizeof(std::uint32_t);
  }
  static bool is_full(const JoinChunk<T>& chunk) { return chunk.records.size() >= records_max; }

  MapState<JoinChunkKey, JoinChunk<T>> chunks_;
  JoinInterval interval_;
  std::int64_t reach_;
};

}  // namespace flink::detail
