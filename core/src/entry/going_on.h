// SPDX-License-Identifier: Apache-2.0
// A job that goes on from what an earlier process of it, or of another job, has left.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "entry/command_line.h"
#include "plan/job_plan.h"

namespace flink::entry {

// The id that the command line gives the job called `name`; nothing: a random one. Throws
// Error{user}.
std::optional<base::JobId> job_id_of(const CommandLine& command, const std::string& name);

// Refuses (Error{user}) to begin anew, by --recover alone, a job that was started without it and
// may be gone on with under the id that it had then. Reads files.
void refuse_other_life(const CommandLine& command, const plan::JobPlan& plan);

// Where nobody says otherwise, keys stay in the groups in which the state has them. Reads files.
void take_over_max_parallelism(const CommandLine& command, plan::JobPlan& plan);

// This process becomes the job again, with those arguments: whoever supervises it sees no end. No
// other thread may run. Returns an exit code when that fails.
int become(const std::string& program, const std::vector<std::string>& arguments);

}  // namespace flink::entry
