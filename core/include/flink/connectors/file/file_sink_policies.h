// SPDX-License-Identifier: Apache-2.0
// What FileSink lets a job decide (Flink, "File Sink"): when a part ends, and which bucket, a
// sub-directory, a record goes into.
#pragma once

#include <flink/base/chrono.h>
#include <flink/timestamp.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace flink {

// When a part is closed and the next one begins, besides every checkpoint, which closes all: a part
// becomes visible as a whole. Times are looked at when records arrive.
struct RollingPolicy {
  std::uint64_t part_bytes_max = UINT64_MAX;
  std::chrono::milliseconds rollover_interval = std::chrono::milliseconds::max();  // since it began
  std::chrono::milliseconds inactivity_interval = std::chrono::milliseconds::max();
};

// 128 MB, a minute, a minute without a record. Each of these gives a changed copy.
struct DefaultRollingPolicy : RollingPolicy {
  DefaultRollingPolicy()
      : RollingPolicy{128ull << 20, std::chrono::minutes{1}, std::chrono::minutes{1}} {}
  DefaultRollingPolicy with_max_part_size(std::uint64_t bytes) const {
    auto changed = *this;
    changed.part_bytes_max = bytes;
    return changed;
  }
  DefaultRollingPolicy with_rollover_interval(std::chrono::milliseconds interval) const {
    auto changed = *this;
    changed.rollover_interval = interval;
    return changed;
  }
  DefaultRollingPolicy with_inactivity_interval(std::chrono::milliseconds interval) const {
    auto changed = *this;
    changed.inactivity_interval = interval;
    return changed;
  }
};

// At checkpoints only.
struct OnCheckpointRollingPolicy : RollingPolicy {};

struct BucketContext {
  Timestamp processing_time{};  // the wall clock, when the record's batch arrived
};

// A bucket for each hour, or as fine as the pattern is, of processing time in UTC. The pattern is
// Java's: yyyy MM dd HH mm ss, text in single quotes, other characters that are no letters.
class DateTimeBucketAssigner {
 public:
  explicit DateTimeBucketAssigner(std::string_view pattern = "yyyy-MM-dd--HH");
  template <class T>
  std::string operator()(const T&, const BucketContext& context) const {
    return format(context.processing_time);
  }
  std::string format(Timestamp at) const;

 private:
  struct Piece {
    char field = '\0';  // y M d H m s; '\0': literal
    std::string text;
  };
  std::vector<Piece> pieces_;
};

}  // namespace flink
