// SPDX-License-Identifier: Apache-2.0
// Who holds event time back: from each vertex that has inputs upstream, always to the least
// watermark that counts, until a generator of watermarks, or a source that has none. Looks at what
// the tasks reported last. Sans-io; control loop's thread.
#pragma once

#include <vector>

#include "jobmanager/execution_graph.h"
#include "rest/cluster_view.h"

namespace flink::jobmanager {

// In topological order, one for each vertex whose event time is not at its end. Vertices behind
// which nothing makes watermarks are left out.
std::vector<rest::WatermarkHolderView> watermark_holders(const ExecutionGraph& executions);

}  // namespace flink::jobmanager
