// SPDX-License-Identifier: Apache-2.0
// The configuration of one seed's run: what neither the job nor the command line has set about
// checkpoints, state and failover is drawn, so that many seeds try many combinations. None of it
// may change what the job writes.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "config/configuration.h"

namespace flink::sim {

// Below it are the simulated checkpoints and savepoints.
inline constexpr const char* checkpoints_directory = "/simulated-checkpoints";

using OptionList = std::vector<std::pair<std::string, std::string>>;

// `run`: how long the job takes undisturbed.
OptionList draw_seed_options(base::Random& random, const config::Configuration& given,
                             base::Duration run);
// The configuration with these on top.
config::Configuration with_options(config::Configuration given, const OptionList& options);
// "-Da=b -Dc=d".
std::string describe(const OptionList& options);

}  // namespace flink::sim
