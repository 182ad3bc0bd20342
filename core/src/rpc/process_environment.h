// SPDX-License-Identifier: Apache-2.0
// What a JobManager or a TaskManager needs of the process it lives in, or of the simulated one.
// References: everything outlives whoever was given it.
#pragma once

#include "base/effects.h"
#include "base/log.h"
#include "rpc/control_loop.h"
#include "rpc/rpc_network.h"

namespace flink::rpc {

struct ProcessEnvironment {
  base::Effects effects;
  ControlLoop& loop;
  RpcNetwork& network;  // of the control plane
  base::Log& log;
};

}  // namespace flink::rpc
