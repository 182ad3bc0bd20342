# SPDX-License-Identifier: Apache-2.0
# What JobManager and TaskManagers say to each other. A TaskManager connects, registers and offers its
# slots; from then on each side sends numbered messages that are repeated until acknowledged, so a
# receiver skips the numbers it has seen. Every message carries the JobManager's epoch: one with another
# epoch comes from or is meant for somebody else and is refused.
@0xd1c7e3f04a5b9826;

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("flink::wire");

struct Id128 {
  high @0 :UInt64;
  low @1 :UInt64;
}

struct AttemptId {
  vertex @0 :Id128;
  subtask @1 :Int32;
  attempt @2 :Int32;
}

struct Address {
  host @0 :Text;
  port @1 :UInt16;
}

struct KeyValue {
  key @0 :Text;
  value @1 :Text;
}

struct KeyNumber {
  key @0 :Text;
  value @1 :Float64;
}

struct Peer {
  attempt @0 :Int32;
  taskManagerId @1 :Text;
  dataAddress @2 :Address;
}

struct VertexPeers {
  vertex @0 :Id128;
  subtasks @1 :List(Peer);
}

struct TaskDeployment {
  id @0 :AttemptId;
  slot @1 :Int32;
  peers @2 :List(VertexPeers);
  checkpointDirectory @3 :Text;      # <dir>/<job-id>; empty: the job takes no checkpoints
  restoredCheckpointId @4 :Int64 = -1;
  restore @5 :Data;                  # Serializer<state::TaskSnapshot>; empty: nothing
  finished @6 :Bool;                 # it had finished by that checkpoint
}

struct OperatorEvent {
  attempt @0 :AttemptId;
  operator @1 :Id128;
  payload @2 :Data;
}

# The barrier that a source task sends, see channels::Barrier.
struct TriggerCheckpoint {
  attempt @0 :AttemptId;
  checkpointId @1 :Int64;
  timestampMillis @2 :Int64;
  options @3 :UInt8;
  directory @4 :Text;
}

struct CheckpointNote {
  attempt @0 :AttemptId;
  checkpointId @1 :Int64;
}

struct CheckpointMetrics {
  syncMs @0 :Int64;
  asyncMs @1 :Int64;
  startDelayMs @2 :Int64;
  alignmentMs @3 :Int64;
  bytesProcessed @4 :UInt64;
  bytesPersisted @5 :UInt64;
  checkpointedBytes @6 :UInt64;
  stateBytes @7 :UInt64;
  unaligned @8 :Bool;
}

struct CheckpointAck {
  attempt @0 :AttemptId;
  checkpointId @1 :Int64;
  snapshot @2 :Data;                 # Serializer<state::TaskSnapshot>
  metrics @3 :CheckpointMetrics;
}

struct CheckpointDecline {
  attempt @0 :AttemptId;
  checkpointId @1 :Int64;
  reason @2 :Text;
}

struct TaskMetrics {
  recordsIn @0 :UInt64;
  recordsOut @1 :UInt64;
  bytesIn @2 :UInt64;
  bytesOut @3 :UInt64;
  busyMs @4 :UInt64;
  idleMs @5 :UInt64;
  backpressuredMs @6 :UInt64;
  user @7 :List(KeyNumber);
}

struct AttemptMetrics {
  id @0 :AttemptId;
  metrics @1 :TaskMetrics;
}

struct TaskStateUpdate {
  id @0 :AttemptId;
  state @1 :UInt8;          # task::TaskState
  failureKind @2 :Int32;    # flink::ErrorKind, when state is failed
  operatorName @3 :Text;
  message @4 :Text;
  metrics @5 :TaskMetrics;  # the last ones, when the state is terminal
}

# TaskManager to JobManager, in order.
struct Report {
  union {
    state @0 :TaskStateUpdate;
    event @1 :OperatorEvent;
    ack @2 :CheckpointAck;
    decline @3 :CheckpointDecline;
  }
}

# JobManager to TaskManager, in order.
struct Command {
  union {
    deploy @0 :TaskDeployment;
    cancel @1 :AttemptId;
    event @2 :OperatorEvent;
    trigger @3 :TriggerCheckpoint;
    checkpointComplete @4 :CheckpointNote;
    checkpointAborted @5 :CheckpointNote;
  }
}

struct MemoryBudget {
  process @0 :UInt64;
  framework @1 :UInt64;
  network @2 :UInt64;
  managed @3 :UInt64;
  user @4 :UInt64;
}

struct TaskManagerInfo {
  id @0 :Text;
  buildId @1 :Text;          # of the executable: closures do not travel, so both must be the same
  abi @2 :Text;
  host @3 :Text;
  cpuCores @4 :Int32;
  physicalMemory @5 :UInt64;
  token @6 :Text;            # given by the driver that started it; empty: came by itself
}

struct File {
  path @0 :Text;
  content @1 :Data;
}

struct JobAssignment {
  jobId @0 :Id128;
  epoch @1 :UInt64;
  arguments @2 :List(Text);
  configuration @3 :List(KeyValue);
  files @4 :List(File);  # what define_job reads through env.read_file()
}

struct SlotOffer {
  graphFingerprint @0 :UInt64;
  graphDescription @1 :Text;   # to show the difference
  slots @2 :Int32;
  dataAddress @3 :Address;
  memory @4 :MemoryBudget;
}

struct HeartbeatReport {
  metrics @0 :List(AttemptMetrics);
  residentMemory @1 :UInt64;
  stuckTasks @2 :List(Text);
}

interface TaskManager {
  heartbeat @0 (epoch :UInt64) -> (report :HeartbeatReport);
  execute @1 (epoch :UInt64, firstSequence :UInt64, commands :List(Command));
  shutDown @2 (epoch :UInt64, reason :Text);
}

interface JobMaster {
  offerSlots @0 (epoch :UInt64, offer :SlotOffer) -> (refused :Text);  # empty: accepted
  report @1 (epoch :UInt64, firstSequence :UInt64, reports :List(Report));
  # The job cannot run there: define_job failed, no port for data, ...
  giveUp @2 (epoch :UInt64, reason :Text);
}

# What a connection starts with.
interface JobManager {
  registerTaskManager @0 (info :TaskManagerInfo, taskManager :TaskManager)
      -> (refused :Text, assignment :JobAssignment, jobMaster :JobMaster);
}
