// SPDX-License-Identifier: Apache-2.0
// FLINK_BUGGIFY in a simulation. By the seed, a quarter of the points exist in a run at all, and
// those fire now and then: some runs suffer one oddity often, rather than all runs each a little.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "base/buggify.h"
#include "base/random.h"
#include "sim/trace.h"

namespace flink::sim {

// Is this thread's current_buggify while it lives.
class SimBuggify final : public base::Buggify {
 public:
  SimBuggify(std::uint64_t seed, Trace& trace) : random_(seed), trace_(trace) {
    previous_ = base::current_buggify;
    base::current_buggify = this;
  }
  ~SimBuggify() override { base::current_buggify = previous_; }
  SimBuggify(const SimBuggify&) = delete;
  SimBuggify& operator=(const SimBuggify&) = delete;

  bool fires(std::string_view point) override {
    auto it = points_.find(point);
    if (it == points_.end()) it = points_.emplace(point, Point{random_.unit() < 0.25, 0}).first;
    if (!it->second.enabled || random_.unit() >= 0.05) return false;
    ++it->second.fired;
    trace_.event(point, it->second.fired);
    return true;
  }
  std::uint64_t fired() const {
    std::uint64_t sum = 0;
    for (const auto& [name, point] : points_) sum += point.fired;
    return sum;
  }

 private:
  struct Point {
    bool enabled = false;
    std::uint64_t fired = 0;
  };
  base::SeededRandom random_;
  Trace& trace_;
  std::map<std::string, Point, std::less<>> points_;
  base::Buggify* previous_;
};

}  // namespace flink::sim
