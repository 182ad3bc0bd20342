// SPDX-License-Identifier: Apache-2.0
// What operators have dropped because it came behind the watermark, by what their tasks reported.
#pragma once

#include <string>
#include <vector>

#include "jobmanager/execution_graph.h"

namespace flink::jobmanager {

// One warning an operator that dropped some, in the graph's order. Says what to do.
std::vector<std::string> late_record_warnings(const ExecutionGraph& executions);

}  // namespace flink::jobmanager
