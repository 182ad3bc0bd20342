// SPDX-License-Identifier: Apache-2.0
// The control plane's messages: behind a byte for their direction, what may have been written over
// on the way. What is read is written and read again.
#include <flink/types/serializer.h>

#include "fuzz/fuzz.h"
#include "protocol/messages.h"
#include "unit/checkpoint/sample.h"

namespace flink::fuzz {
namespace {

using namespace protocol;

enum Direction : char { command = 0, report = 1, health = 2 };

const base::AttemptId attempt{{0x0123456789abcdefull, 42}, 3, 7};

state::TaskSnapshot snapshot() {
  state::TaskSnapshot out;
  for (const auto& op : checkpoint::test::sample("/data/0000/chk-42").operators) {
    for (const auto& subtask : op.subtasks) out.operators.push_back(subtask.state);
  }
  return out;
}

TaskMetrics metrics() { return {1, 2, 3, 4, 5, 6, 7, {8, 9}, {{"map.counter", 1.5}, {"", -0.0}}}; }

std::vector<Command> commands() {
  const VertexPeers peers{{1, 2}, {{0, "host:1-abc", {"host", 6122}}, {1, "other", {"::1", 1}}}};
  return {JobAssignment{{1, 2}, {"--input", "x"}, {{"key", "value"}}, {{"file", "content"}}},
          Refusal{"another build"},
          TaskDeployment{attempt, 1, {peers}, "/data/0000", Restore{42, snapshot(), false}},
          TaskDeployment{attempt, 0, {}, "", {}},
          CancelTask{attempt},
          OperatorEvent{attempt, {3, 4}, std::string("pay\0load", 8)},
          TriggerCheckpoint{attempt, {42, 1700000000000, 31, "/savepoints/sp-1"}},
          CheckpointComplete{attempt, 42},
          CheckpointAborted{attempt, 43}};
}

std::vector<Report> reports() {
  return {
      SlotOffer{99, "a graph", 2, {"host", 6122}, {1, 2, 3, 4, 5}},
      GiveUp{"no port"},
      TaskStateUpdate{attempt, TaskState::failed, {ErrorKind::transient, "map", "lost"}, metrics()},
      TaskStateUpdate{attempt, TaskState::running, {}, {}},
      OperatorEvent{attempt, {3, 4}, "event"},
      CheckpointAck{attempt, 42, snapshot(), {1, 2, 3, 4, 5, 6, 7, 8, true}},
      CheckpointDecline{attempt, 42, "disk full"}};
}

template <class T>
std::string bytes_of(const T& message) {
  ByteWriter out;
  Serializer<T>::write(out, message);
  return std::string{out.view()};
}

template <class T, class Decode>
void round_trip(std::string_view bytes, const Decode& decode) {
  const T read = decode(bytes);
  const std::string again = bytes_of(read);
  require(bytes_of(T{decode(again)}) == again, "a message survives a round trip");
}

}  // namespace

std::vector<std::string> seeds() {
  std::vector<std::string> out;
  for (const auto& one : commands()) out.push_back(char{command} + encode(one));
  for (const auto& one : reports()) out.push_back(char{report} + encode(one));
  out.push_back(char{health} +
                encode(TaskManagerHealth{{{attempt, metrics()}}, 1 << 20, {"stuck"}}));
  return out;
}

void run(std::string_view input) {
  if (input.empty()) return;
  const auto bytes = input.substr(1);
  switch (input.front()) {
    case command:
      round_trip<Command>(bytes, decode_command);
      command_name(bytes);
      return;
    case report:
      round_trip<Report>(bytes, decode_report);
      report_name(bytes);
      if (const auto decoded = decode_report(bytes);
          const auto* update = std::get_if<TaskStateUpdate>(&decoded)) {
        task_state_name(update->state);
      }
      return;
    default:
      round_trip<TaskManagerHealth>(bytes, decode_health);
  }
}

}  // namespace flink::fuzz
