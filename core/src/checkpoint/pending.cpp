// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/pending.h"

#include <flink/base/check.h>
#include <flink/error.h>

#include <algorithm>

namespace flink::checkpoint {
namespace {

const state::OperatorSubtaskState* find(const state::TaskSnapshot& snapshot,
                                        const base::OperatorId& id) {
  for (const auto& op : snapshot.operators) {
    if (op.operator_high == id.high && op.operator_low == id.low) return &op;
  }
  return nullptr;
}

// What every subtask must hold for it to be worth anything cannot be half there.
void check_finished(const OperatorState& op) {
  const auto finished = std::count_if(op.subtasks.begin(), op.subtasks.end(),
                                      [](const SubtaskState& s) { return s.finished; });
  if (finished == 0 || static_cast<std::size_t>(finished) == op.subtasks.size()) return;
  const auto refuse = [&](const std::string& name) {
    throw Error{ErrorKind::user,
                detail::concat("operator ", op.shown(), " has union state '", name, "', and ",
                               finished, " of its ", op.subtasks.size(),
                               " subtasks have finished: their part of it is lost")};
  };
  for (const auto& subtask : op.subtasks) {
    for (const auto& [name, list] : subtask.state.operator_state) {
      if (list.mode == OperatorStateMode::union_all && !list.items.empty()) refuse(name);
    }
    for (const auto& [name, list] : subtask.state.stored) {
      if (list.mode == OperatorStateMode::union_all) refuse(name);
    }
  }
}

}  // namespace

PendingCheckpoint::PendingCheckpoint(std::int64_t id, Request request, std::vector<TaskInfo> tasks,
                                     const base::Instant& now, base::TimePoint deadline)
    : id_(id),
      request_(std::move(request)),
      tasks_(std::move(tasks)),
      triggered_(now),
      deadline_(deadline) {
  for (const auto& task : tasks_) {
    if (!task.finished) waiting_.insert(task.id);
  }
}

std::vector<base::AttemptId> PendingCheckpoint::roots() const {
  std::vector<base::AttemptId> out;
  for (const auto& task : tasks_) {
    if (task.root) out.push_back(task.id);
  }
  return out;
}

bool PendingCheckpoint::acknowledge(const base::AttemptId& attempt, state::TaskSnapshot snapshot) {
  if (waiting_.erase(attempt) == 0) return false;
  snapshots_[attempt] = std::move(snapshot);
  return true;
}

std::set<std::string> PendingCheckpoint::files() const {
  std::set<std::string> out;
  for (const auto& [attempt, snapshot] : snapshots_) out.merge(files_of(snapshot));
  return out;
}

Metadata PendingCheckpoint::make_metadata(const graph::JobGraph& graph, const base::JobId& job,
                                          std::uint64_t epoch) const {
  Metadata out;
  out.job_high = job.high;
  out.job_low = job.low;
  out.job_name = graph.job_name;
  out.checkpoint_id = id_;
  out.epoch = epoch;
  out.savepoint = request_.savepoint();
  out.last = request_.kind == RequestKind::last;
  out.stop = request_.kind == RequestKind::stop;
  out.triggered_millis = triggered_.wall_millis;
  out.graph_fingerprint = graph.fingerprint;
  for (std::size_t v = 0; v < graph.vertices.size(); ++v) {
    const auto& vertex = graph.vertices[v];
    for (const auto& chained : vertex.chain) {
      OperatorState op;
      op.operator_high = chained.id.high;
      op.operator_low = chained.id.low;
      op.uid = graph.transformation(chained).uid;
      op.name = chained.name;
      op.parallelism = vertex.parallelism;
      op.max_parallelism = vertex.max_parallelism;
      op.subtasks.resize(static_cast<std::size_t>(vertex.parallelism));
      for (const auto& task : tasks_) {
        if (task.vertex != static_cast<int>(v)) continue;
        auto& subtask = op.subtasks[static_cast<std::size_t>(task.id.subtask)];
        subtask.finished = task.finished;
        const auto snapshot = snapshots_.find(task.id);
        if (snapshot == snapshots_.end()) continue;
        if (const auto* state = find(snapshot->second, chained.id)) subtask.state = *state;
      }
      if (const auto found = coordinators_.find(chained.id); found != coordinators_.end()) {
        op.coordinator = found->second;
      }
      check_finished(op);
      out.operators.push_back(std::move(op));
    }
  }
  return out;
}

}  // namespace flink::checkpoint
