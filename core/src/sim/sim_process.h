// SPDX-License-Identifier: Apache-2.0
// A simulated cluster's ground (SimWorld: queue, loop, links, disk, trace) and the processes on it.
// A SimProcess owns the effects that a real process gets from its operating system, each bound to
// its Life, and whatever runs on them (its body). Crashes happen from the queue only.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/file_systems.h"
#include "base/log.h"
#include "base/random.h"
#include "rpc/process_environment.h"
#include "sim/fabric.h"
#include "sim/sim_executor.h"
#include "sim/sim_file_system.h"
#include "sim/sim_loop.h"
#include "sim/sim_network.h"
#include "sim/sim_rpc_network.h"

namespace flink::sim {

struct SimWorld {
  SimWorld(std::uint64_t seed, base::FileSystem* real_files)
      : random(seed),
        fabric(queue, trace, random.next()),
        disk(queue, trace, random.next(), real_files),
        crash_points(queue, trace, random.next()),
        loop(queue) {
    fabric.crash_points = &crash_points;
    disk.crash_points = &crash_points;
  }
  ~SimWorld() { queue.clear(); }  // what it holds may still use the rest

  base::SeededRandom random;
  SimQueue queue;
  Trace trace;
  Fabric fabric;
  SimDisk disk;
  CrashPoints crash_points;
  SimLoop loop;
  SimExecutor::Costs costs;
  ProcessId next_process = 0;
  base::Log* transcript = nullptr;  // everyone's messages with their virtual times; null: dropped
};

// Messages enter the trace and the transcript, in front of them who says it when.
class SimLog final : public base::Log {
 public:
  SimLog(SimWorld& world, LifeRef life) : world_(world), life_(std::move(life)) {}
  void write(base::LogLevel level, std::string_view message) override;

 private:
  SimWorld& world_;
  LifeRef life_;
};

class SimProcess {
 public:
  // What runs in it. Destroyed with the process, before its effects.
  class Body {
   public:
    virtual ~Body() = default;
  };

  SimProcess(SimWorld& world, std::string name);
  ~SimProcess() { die(false); }
  SimProcess(const SimProcess&) = delete;
  SimProcess& operator=(const SimProcess&) = delete;

  // Its main function returns.
  void exit() {
    body = nullptr;
    die(false);
  }
  // kill -9: the kernel closes its connections, files keep what was written.
  void kill() { die(false); }
  // Its machine is gone: peers hear nothing, files lose what was not synced.
  void lose_machine() { die(true); }
  // False from the instant of a crash, which may be in the middle of an operation of its own; it is
  // ended by an action afterwards.
  bool alive() const { return life->alive; }
  ProcessId id() const { return life->id; }
  // The effects below, as a real process has them.
  rpc::ProcessEnvironment environment() {
    return {{clock, network, files, random, executor}, loop, rpc_network, log};
  }
  const std::string& name() const { return life->name; }

 private:
  SimWorld& world_;

 public:
  const LifeRef life;
  SimClock clock;
  base::SeededRandom random;
  SimControlLoop loop;
  SimRpcNetwork rpc_network;
  SimNetwork network;
  SimExecutor executor;
  SimFileSystem file_system;
  base::FileSystems files{{{"file", file_system}}};
  SimLog log;
  std::unique_ptr<Body> body;

 private:
  void die(bool machine_too);

  bool ended_ = false;
};

}  // namespace flink::sim
