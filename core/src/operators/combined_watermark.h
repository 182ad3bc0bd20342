// SPDX-License-Identifier: Apache-2.0
// The watermark of a source whose splits have watermarks of their own: the least of those that are
// not idle, never going back. Idle when all are: then it stays where it is (Flink's
// CombinedWatermarkStatus). Sans-io; one thread.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace flink::operators {

class CombinedWatermark {
 public:
  struct Part {
    std::int64_t watermark = INT64_MIN;
    bool idle = false;
  };
  // What has changed for the source.
  struct Change {
    std::optional<std::int64_t> watermark;
    std::optional<bool> idle;
  };

  // Until remove(). The owner writes to it, then calls combine(), once for many changes.
  void add(const Part& part) { parts_.push_back(&part); }
  void remove(const Part& part) { std::erase(parts_, &part); }
  Change combine();

  std::int64_t watermark() const noexcept { return combined_; }
  bool idle() const noexcept { return idle_; }

 private:
  std::vector<const Part*> parts_;
  std::int64_t combined_ = INT64_MIN;
  bool idle_ = false;
};

}  // namespace flink::operators
