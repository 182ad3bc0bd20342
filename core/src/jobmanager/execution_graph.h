// SPDX-License-Identifier: Apache-2.0
// The JobGraph unrolled into subtasks: the current attempt of each with its states and times,
// earlier attempts, and the failover regions: subtasks that restart together because data flows
// between them. A region is a connected component of subtasks over all pipelined exchanges, so a
// graph without an all-to-all one has one for each slice. Between regions lie partitions: what a
// subtask has written for consumers that begin when it has finished. Sans-io; the JobMaster
// decides, this remembers.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "checkpoint/pending.h"
#include "graph/job_graph.h"
#include "jobmanager/job_status.h"
#include "jobmanager/slot_pool.h"
#include "protocol/task.h"

namespace flink::jobmanager {

// One attempt of one subtask.
struct Execution {
  base::AttemptId id;
  protocol::TaskState state = protocol::TaskState::created;
  std::array<std::int64_t, protocol::task_state_count> entered{};  // wall milliseconds; 0: never
  SlotPlace place;  // empty taskmanager: not deployed yet
  base::Address data_address;
  protocol::TaskFailure failure;
  protocol::TaskMetrics metrics;
  bool metrics_known = false;
  bool partition_gone = false;  // released, or not found where it should be
  bool partition_released = false;

  bool deployed() const { return !place.taskmanager.empty(); }
  void enter(protocol::TaskState next, const Instant& now) {
    state = next;
    entered[static_cast<std::size_t>(next)] = now.wall_millis;
  }
};

struct Subtask {
  int vertex = 0;
  int index = 0;
  int region = 0;
  SharedSlot shared_slot;
  Execution current;
  std::deque<Execution> former;  // newest last, the last few
};

class ExecutionGraph {
 public:
  ExecutionGraph(std::shared_ptr<const graph::JobGraph> graph, const Instant& now);

  const graph::JobGraph& job_graph() const { return *graph_; }
  std::vector<Subtask>& subtasks() { return subtasks_; }
  const std::vector<Subtask>& subtasks() const { return subtasks_; }
  Subtask& subtask(int vertex, int index);
  const Subtask& subtask(int vertex, int index) const;
  // The subtask of that attempt if it is the current one, else null.
  Subtask* find_current(const base::AttemptId& id);

  int region_count() const { return static_cast<int>(regions_.size()); }
  // Indexes into subtasks(), upstream first.
  const std::vector<int>& region(int index) const {
    return regions_[static_cast<std::size_t>(index)];
  }
  std::vector<SharedSlot> shared_slots_of(int region) const;
  // The subtasks whose partitions a region reads, and the regions that read what it writes; sorted.
  const std::vector<int>& producers_of(int region) const {
    return producers_[static_cast<std::size_t>(region)];
  }
  const std::vector<int>& consumers_of(int region) const {
    return consumers_[static_cast<std::size_t>(region)];
  }
  bool finished(int region) const;  // all of it
  // The least number with which the job can run.
  int slots_needed() const;

  // Replaces the current attempt by the next one, CREATED.
  void next_attempt(Subtask& subtask, const Instant& now);
  // Every neighbour of the vertex, with where its subtasks run.
  std::vector<protocol::VertexPeers> peers_of(int vertex) const;
  // For checkpoints: every subtask, and where barriers start.
  std::vector<checkpoint::TaskInfo> checkpoint_tasks() const;
  // "Source: lines -> split (1/2)"
  std::string task_name(const Subtask& subtask) const;

 private:
  void find_regions();
  void find_partitions();
  // f(producer, consumer), indexes into subtasks(), of each channel of that edge.
  template <class F>
  void each_channel(const graph::JobEdge& edge, F&& f) const;

  std::shared_ptr<const graph::JobGraph> graph_;
  std::vector<int> first_of_vertex_;
  std::vector<Subtask> subtasks_;
  std::vector<std::vector<int>> regions_;
  std::vector<std::vector<int>> producers_, consumers_;  // by region
};

}  // namespace flink::jobmanager
