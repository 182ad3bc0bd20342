# SPDX-License-Identifier: Apache-2.0
# How JobManager and TaskManagers speak to each other; what they say is core/src/protocol. A TaskManager
# connects and registers; from then on each side sends its messages in numbered chunks. Every call
# carries the JobManager's epoch: one with another epoch comes from or is meant for somebody else and is
# refused.
@0xd1c7e3f04a5b9826;

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("flink::wire");

# protocol::TaskManagerInfo. Other builds read it, to be refused by name.
struct TaskManagerInfo {
  id @0 :Text;
  buildId @1 :Text;
  abi @2 :Text;
  host @3 :Text;
  cpuCores @4 :Int32;
  physicalMemory @5 :UInt64;
  token @6 :Text;
}

# Of a message that is cut into several, or a whole one.
struct Chunk {
  bytes @0 :Data;
  last @1 :Bool;
}

interface TaskManager {
  heartbeat @0 (epoch :UInt64) -> (health :Data);  # protocol::TaskManagerHealth
  # protocol::Command; numbered from 1 by connection
  deliver @1 (epoch :UInt64, first :UInt64, chunks :List(Chunk));
  shutDown @2 (epoch :UInt64, reason :Text);
}

interface JobMaster {
  # protocol::Report; numbered from 1 by connection
  deliver @0 (epoch :UInt64, first :UInt64, chunks :List(Chunk));
}

# What a connection starts with.
interface JobManager {
  registerTaskManager @0 (info :TaskManagerInfo, taskManager :TaskManager)
      -> (refused :Text, epoch :UInt64, jobMaster :JobMaster);  # refused empty: accepted
}
