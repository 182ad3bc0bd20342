// SPDX-License-Identifier: Apache-2.0
// A checkpoint with something of everything, for tests.
#pragma once

#include "checkpoint/metadata.h"

namespace flink::checkpoint::test {

inline state::RunFile run_file(std::string path) { return {std::move(path), 4096, 17, {1, 2, 3}}; }

// Operator `id`: that many subtasks of keyed state, a run each in `directory`.
inline OperatorState keyed_operator(std::uint64_t id, int parallelism, int max_parallelism,
                                    const std::string& directory) {
  OperatorState op;
  op.operator_high = id;
  op.operator_low = id * 3;
  op.uid = "count-" + std::to_string(id);
  op.name = "count";
  op.parallelism = parallelism;
  op.max_parallelism = max_parallelism;
  for (int i = 0; i < parallelism; ++i) {
    SubtaskState subtask;
    subtask.state.operator_high = op.operator_high;
    subtask.state.operator_low = op.operator_low;
    auto& keyed = subtask.state.keyed;
    keyed.groups = {(i * max_parallelism + parallelism - 1) / parallelism,
                    ((i + 1) * max_parallelism - 1) / parallelism};
    const auto file = directory + "/run-" + std::to_string(id) + "-" + std::to_string(i);
    keyed.runs.push_back({run_file(file), keyed.groups});
    keyed.states.push_back({"count", 7, "value", "i64", "", "", "i64", false});
    op.subtasks.push_back(std::move(subtask));
  }
  return op;
}

inline state::StoredItems stored_items(std::string path) {
  return {{std::move(path), 5000, {4}}, 8, 4000, 10, 90};
}

inline Metadata sample(const std::string& directory) {
  Metadata out;
  out.job_high = 0x1234;
  out.job_low = 0x5678;
  out.job_name = "words";
  out.checkpoint_id = 42;
  out.epoch = 3;
  out.triggered_millis = 1795403245911;
  OperatorState source;
  source.operator_high = 1;
  source.name = "Source: lines";
  source.parallelism = 2;
  source.coordinator = std::string("splits\0left", 11);
  source.subtasks.resize(2);
  source.subtasks[0].state.operator_state["SourceReaderState"] = {
      OperatorStateMode::split, "", {"a.txt:17", "b.txt:0"}};
  source.subtasks[0].state.stored["committables"] = {
      OperatorStateMode::split, "string", {stored_items(directory + "/lists")}};
  source.subtasks[0].state.channels.push_back(
      {8, 9, "", 0, 1, "string", {}, false, {stored_items(directory + "/channels")}});
  source.subtasks[1].finished = true;
  out.operators.push_back(std::move(source));
  out.operators.push_back(keyed_operator(2, 2, 128, directory));
  return out;
}

}  // namespace flink::checkpoint::test
