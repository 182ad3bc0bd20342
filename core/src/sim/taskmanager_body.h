// SPDX-License-Identifier: Apache-2.0
// What a simulated TaskManager process runs: the TaskManager that a real one runs, on the
// SimProcess's effects.
#pragma once

#include <memory>

#include "api/job_definition.h"
#include "config/configuration.h"
#include "graph/job_graph.h"
#include "sim/sim_driver.h"

namespace flink::sim {

// The graph as every process of a job builds it from the same stream and configuration.
std::shared_ptr<const graph::JobGraph> plan(const std::shared_ptr<const StreamGraph>& stream,
                                            const config::Configuration& configuration);

// Of this simulation's "executable".
inline constexpr const char* simulated_build = "simulated";

MakeTaskManager taskmanager_maker(api::DefineJob define_job);

}  // namespace flink::sim
