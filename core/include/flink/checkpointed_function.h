// SPDX-License-Identifier: Apache-2.0
// Hooks of a function that takes part in checkpoints (Flink's CheckpointedFunction and
// CheckpointListener). All optional, called by name, in the task's thread:
//
//   void initialize_state(FunctionInitializationContext& context);  // before open()
//   void snapshot_state(FunctionSnapshotContext& context);          // at the barrier
//   void notify_checkpoint_complete(std::int64_t checkpoint_id);    // may be skipped
//   void notify_checkpoint_aborted(std::int64_t checkpoint_id);
//
// OperatorList, UnionList and BroadcastState members are restored before initialize_state() and
// saved after snapshot_state(). What snapshot_state() throws fails the task.
#pragma once

#include <flink/runtime_context.h>

#include <cstdint>
#include <optional>

namespace flink {

class FunctionInitializationContext {
 public:
  FunctionInitializationContext(RuntimeContext& runtime, std::optional<std::int64_t> restored)
      : runtime_(&runtime), restored_(restored) {}
  // False when the job starts afresh.
  bool is_restored() const noexcept { return restored_.has_value(); }
  // The checkpoint or savepoint that the state comes from.
  std::optional<std::int64_t> restored_checkpoint_id() const noexcept { return restored_; }
  RuntimeContext& runtime() const noexcept { return *runtime_; }

 private:
  RuntimeContext* runtime_;
  std::optional<std::int64_t> restored_;
};

class FunctionSnapshotContext {
 public:
  explicit FunctionSnapshotContext(std::int64_t checkpoint_id) : checkpoint_id_(checkpoint_id) {}
  std::int64_t checkpoint_id() const noexcept { return checkpoint_id_; }

 private:
  std::int64_t checkpoint_id_;
};

}  // namespace flink
