// SPDX-License-Identifier: Apache-2.0
#include "table_runtime/window_times.h"

#include "table/value_text.h"

namespace flink::table_runtime {

namespace {

// The last multiple of `size`, counted from `offset`, that is not after `time`.
std::int64_t start_of(std::int64_t time, std::int64_t offset, std::int64_t size) {
  const std::int64_t rest = (time - offset) % size;
  return time - (rest < 0 ? rest + size : rest);
}

}  // namespace

void assign_windows(const planner::WindowSpec& spec, std::int64_t local,
                    std::vector<WindowTimes>& out) {
  out.clear();
  switch (spec.kind) {
    case planner::WindowKind::tumble: {
      const std::int64_t start = start_of(local, spec.offset, spec.size);
      out.push_back({start, start + spec.size});
      return;
    }
    case planner::WindowKind::hop:
      for (std::int64_t start = start_of(local, spec.offset, spec.step); start > local - spec.size;
           start -= spec.step) {
        out.push_back({start, start + spec.size});
      }
      return;
    case planner::WindowKind::cumulate: {
      const std::int64_t start = start_of(local, spec.offset, spec.size);
      for (std::int64_t end = start_of(local, spec.offset, spec.step) + spec.step;
           end <= start + spec.size; end += spec.step) {
        out.push_back({start, end});
      }
      return;
    }
    case planner::WindowKind::session:
      FLINK_CHECK(false, local);
  }
}

WindowClock::WindowClock(const table::LogicalType& time, const table::Session& session)
    : zone_(time.is(table::TypeRoot::timestamp_ltz) ? &table::zone_of(session) : nullptr) {}

std::int64_t WindowClock::local_of(std::int64_t time) const {
  return zone_ ? zone_->local_of(time) : time;
}
std::int64_t WindowClock::time_of(std::int64_t local) const {
  return zone_ ? zone_->instant_of(local) : local;
}

}  // namespace flink::table_runtime
