// SPDX-License-Identifier: Apache-2.0
// What the operating system gives a process: clocks, threads, files, sockets, and the control loop
// of the thread that makes this.
#pragma once

#include "base/file_systems.h"
#include "base/random.h"
#include "fiber/thread_executor.h"
#include "fs/local_file_system.h"
#include "net/asio_network.h"
#include "rpc/process_environment.h"
#include "rpc/real_control_loop.h"

namespace flink::minicluster {

struct RealProcess {
  rpc::ProcessEnvironment environment(base::Log& log) {
    return {{clock, network, files, random, executor}, loop, loop.network(), log};
  }

  base::SystemClock clock;
  base::SeededRandom random{base::entropy_seed()};
  fs::LocalFileSystem local_files;
  base::FileSystems files{{{"file", local_files}}};
  rpc::RealControlLoop loop;
  fiber::ThreadExecutor executor{clock};
  net::AsioNetwork network{executor};
};

}  // namespace flink::minicluster
