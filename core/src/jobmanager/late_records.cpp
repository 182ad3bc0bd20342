// SPDX-License-Identifier: Apache-2.0
#include "jobmanager/late_records.h"

#include <flink/base/check.h>

#include <algorithm>
#include <cstdint>

namespace flink::jobmanager {

namespace {

std::uint64_t dropped_by(const ExecutionGraph& executions, const std::string& op) {
  const auto name = op + ".numLateRecordsDropped";
  std::uint64_t sum = 0;
  for (const auto& subtask : executions.subtasks()) {
    for (const auto& [key, value] : subtask.current.metrics.user) {
      if (key == name) sum += static_cast<std::uint64_t>(value);
    }
  }
  return sum;
}

}  // namespace

std::vector<std::string> late_record_warnings(const ExecutionGraph& executions) {
  std::vector<std::string> warnings, seen;
  for (const auto& vertex : executions.job_graph().vertices) {
    for (const auto& op : vertex.chain) {
      if (std::ranges::find(seen, op.name) != seen.end()) continue;
      seen.push_back(op.name);
      const auto dropped = dropped_by(executions, op.name);
      if (dropped == 0) continue;
      warnings.push_back(detail::concat(
          "'", op.name, "' dropped ", dropped, dropped == 1 ? " record" : " records",
          " that came behind the watermark (numLateRecordsDropped): a greater bound in "
          "for_bounded_out_of_orderness() waits for them, allowed_lateness() and late side outputs "
          "take them"));
    }
  }
  return warnings;
}

}  // namespace flink::jobmanager
