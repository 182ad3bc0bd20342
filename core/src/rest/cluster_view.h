// SPDX-License-Identifier: Apache-2.0
// The data REST shows, under REST's own name. The definitions are in metrics/cluster_view.h, which
// the JobManager (a lower layer than this one) includes to implement ClusterView.
#pragma once

#include "metrics/cluster_view.h"

namespace flink::rest {

using metrics::AttemptView;
using metrics::CancelOutcome;
using metrics::ClusterView;
using metrics::ExceptionView;
using metrics::IoMetrics;
using metrics::JobView;
using metrics::Millis;
using metrics::PlanNode;
using metrics::StateTime;
using metrics::TaskManagerView;
using metrics::VertexView;

}  // namespace flink::rest
