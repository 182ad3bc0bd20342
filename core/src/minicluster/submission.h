// SPDX-License-Identifier: Apache-2.0
// A planned job as the processes of its cluster are given it.
#pragma once

#include <string>
#include <vector>

#include "jobmanager/job_manager.h"
#include "plan/job_plan.h"
#include "taskmanager/task_manager.h"

namespace flink::minicluster {

// The plan as what a JobManager is given.
jobmanager::JobSubmission submission_of(const plan::JobPlan& plan,
                                        std::vector<std::string> arguments, std::string build_id);
// How a TaskManager builds the same plan.
taskmanager::JobBuilder builder_of(api::DefineJob define_job);

// Version and sanitizer of the runtime: "abi_1".
std::string abi_tag();

}  // namespace flink::minicluster
