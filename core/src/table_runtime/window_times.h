// SPDX-License-Identifier: Apache-2.0
// Which windows a time is in. Windows go by a clock on the wall: of a TIMESTAMP its own, of a
// TIMESTAMP_LTZ the session zone's, so that days begin at midnight there.
#pragma once

#include <vector>

#include "planner/relation.h"
#include "table/time_zone.h"

namespace flink::table_runtime {

struct WindowTimes {
  std::int64_t start;
  std::int64_t end;
};

// In the order of Flink: the latest of a HOP first, the shortest of a CUMULATE. Not of sessions.
void assign_windows(const planner::WindowSpec& spec, std::int64_t local,
                    std::vector<WindowTimes>& out);

class WindowClock {
 public:
  WindowClock() = default;
  WindowClock(const table::LogicalType& time, const table::Session& session);
  std::int64_t local_of(std::int64_t time) const;
  std::int64_t time_of(std::int64_t local) const;

 private:
  const table::TimeZone* zone_ = nullptr;  // none: times are local
};

}  // namespace flink::table_runtime
