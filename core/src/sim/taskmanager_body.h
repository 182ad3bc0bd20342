// SPDX-License-Identifier: Apache-2.0
// What a simulated TaskManager process runs: the TaskManager that a real one runs, on the
// SimProcess's effects.
#pragma once

#include <memory>

#include "api/job_definition.h"
#include "sim/sim_driver.h"

namespace flink::sim {

// Of this simulation's "executable".
inline constexpr const char* simulated_build = "simulated";

MakeTaskManager taskmanager_maker(api::DefineJob define_job);

}  // namespace flink::sim
