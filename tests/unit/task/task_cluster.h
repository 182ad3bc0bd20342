// SPDX-License-Identifier: Apache-2.0
// Task hosts in simulated processes, and the least of a JobManager: deploys a graph, triggers
// checkpoints, collects acknowledgements, stops and deploys again from a checkpoint, at another
// parallelism when asked. Everything runs in one thread under virtual time.
#pragma once

#include <doctest/doctest.h>
#include <flink/graph/transformation.h>
#include <flink/types/serializer.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "config/configuration.h"
#include "graph/job_graph.h"
#include "sim/sim_process.h"
#include "state/handles.h"
#include "task/task_host.h"

namespace flink::task::test {

using sim::Duration;
using sim::TimePoint;

inline std::shared_ptr<const graph::JobGraph> build(StreamGraph stream) {
  auto shared = std::make_shared<StreamGraph>(std::move(stream));
  return std::make_shared<const graph::JobGraph>(graph::build_job_graph(shared, {}));
}

// What a complete checkpoint holds, by vertex and subtask.
struct CompletedCheckpoint {
  std::int64_t id = 0;
  std::map<base::VertexId, std::vector<state::TaskSnapshot>> snapshots;
  std::set<base::VertexId> finished;  // all subtasks of it
  std::map<base::VertexId, int> parallelism;
  int unaligned_tasks = 0;
};

class TaskCluster final : private TaskEvents {
 public:
  TaskCluster(std::uint64_t seed, int processes, config::Configuration configuration)
      : world_(seed, nullptr), processes_count_(processes), configuration_(configuration) {}
  ~TaskCluster() noexcept override { stop(); }

  sim::SimWorld& world() { return world_; }
  Duration now() const { return world_.queue.now().since_origin; }

  // Deploys every subtask; those of one index share a slot.
  void deploy(std::shared_ptr<const graph::JobGraph> graph,
              const CompletedCheckpoint* from = nullptr) {
    graph_ = std::move(graph);
    ++attempt_;
    states_.clear();
    pending_.reset();
    for (int p = 0; p < processes_count_; ++p) {
      auto process = std::make_unique<sim::SimProcess>(world_, "tm" + std::to_string(p));
      const TaskEnvironment environment{process->environment().effects, process->name()};
      auto body = std::make_unique<Body>();
      body->host = make_task_host(environment, graph_, configuration_, {base::JobId{1, 2}, 1},
                                  slots_per_process, *this);
      hosts_.push_back(body->host.get());
      process->body = std::move(body);
      processes_.push_back(std::move(process));
    }
    for (const auto& vertex : graph_->vertices) {
      for (int s = 0; s < vertex.parallelism; ++s) deploy_one(vertex, s, from);
    }
  }

  // As if every process were killed.
  void stop() {
    hosts_.clear();
    for (auto& process : processes_) process->kill();
    processes_.clear();
  }

  bool run_until(const std::function<bool()>& done, Duration patience) {
    const auto outcome =
        world_.loop.run_until(done, TimePoint{world_.queue.now().since_origin + patience});
    if (outcome.kind == sim::SimLoop::Outcome::Kind::failed) FAIL(outcome.failure);
    return outcome.kind == sim::SimLoop::Outcome::Kind::done;
  }
  void run_for(Duration time) {
    const TimePoint until{world_.queue.now().since_origin + time};
    world_.queue.at(until, nullptr, [] {});
    run_until([&] { return world_.queue.now() >= until || all(TaskState::finished); },
              time + Duration{1});
  }
  bool all(TaskState state) const {
    std::size_t tasks = 0;
    for (const auto& vertex : graph_->vertices) {
      tasks += static_cast<std::size_t>(vertex.parallelism);
    }
    if (states_.size() < tasks) return false;
    for (const auto& [id, s] : states_) {
      if (s != state && !(state == TaskState::running && s == TaskState::finished)) return false;
    }
    return true;
  }

  // Where every unfinished task has no unfinished predecessor.
  void trigger(std::int64_t id, std::uint8_t options = 0, std::string directory = {}) {
    channels::Barrier barrier{id, wall_millis(), options, std::move(directory)};
    Pending pending;
    pending.result.id = id;
    for (const auto& [task, state] : states_) {
      if (state != TaskState::finished) pending.waiting.insert(task);
    }
    if (pending.waiting.empty()) return;
    for (const auto& vertex : graph_->vertices) {
      pending.result.parallelism[vertex.id] = vertex.parallelism;
      pending.result.snapshots[vertex.id].resize(static_cast<std::size_t>(vertex.parallelism));
    }
    pending_ = pending;
    auto& files = processes_.front()->file_system;
    files.create_directories("/checkpoints/job/shared");
    files.create_directories("/checkpoints/job/chk-" + std::to_string(id));
    if (!barrier.directory.empty()) files.create_directories(barrier.directory);
    for (const auto& task : pending.waiting) {
      if (starts_here(task)) host_of(task).trigger_checkpoint(task, barrier);
    }
  }
  void abort() {
    if (!pending_) return;
    const auto id = pending_->result.id;
    pending_.reset();
    for (const auto& [task, state] : states_) {
      if (abort_delay_max == Duration::zero()) {
        host_of(task).notify_checkpoint_aborted(task, id);
        continue;
      }
      // They hear of it at different times, and of other things in between.
      const auto delay = world_.random.below(static_cast<std::uint64_t>(abort_delay_max.count()));
      world_.queue.at(TimePoint{now() + Duration{static_cast<std::int64_t>(delay)}}, nullptr,
                      [this, task = task, id] {
                        if (task.attempt != attempt_ || hosts_.empty()) return;
                        host_of(task).notify_checkpoint_aborted(task, id);
                      });
    }
  }

  bool pending() const { return pending_.has_value(); }
  const std::optional<CompletedCheckpoint>& completed() const { return completed_; }
  const std::vector<std::string>& declines() const { return declines_; }
  const std::vector<TaskFailure>& failures() const { return failures_; }
  const std::vector<CheckpointMetrics>& metrics() const { return metrics_; }
  std::int64_t wall_millis() const {
    return sim::SimClock::wall_start_millis + now().count() / 1'000'000;
  }
  // The JobManager's notice of completion does not come by itself.
  bool hold_notices = false;
  // The longest that a notice of an abort is under way.
  Duration abort_delay_max{0};
  void notify_complete() {
    for (const auto& [task, state] : states_) {
      host_of(task).notify_checkpoint_complete(task, completed_->id);
    }
  }

 private:
  static constexpr int slots_per_process = 2;
  struct Body final : sim::SimProcess::Body {
    std::unique_ptr<TaskHost> host;
  };
  struct Pending {
    CompletedCheckpoint result;
    std::set<base::AttemptId> waiting;
  };

  int process_of(int subtask) const { return subtask % processes_count_; }
  TaskHost& host_of(const base::AttemptId& task) {
    return *hosts_[static_cast<std::size_t>(process_of(task.subtask))];
  }

  bool starts_here(const base::AttemptId& task) const {
    const auto& vertex =
        graph_->vertices[static_cast<std::size_t>(graph_->vertex_index(task.vertex))];
    for (const int e : vertex.input_edges) {
      const auto& edge = graph_->edges[static_cast<std::size_t>(e)];
      const auto& source = graph_->vertices[static_cast<std::size_t>(edge.source_vertex)];
      for (const int s :
           graph::producers_of(edge, task.subtask, source.parallelism, vertex.parallelism)) {
        const auto found = states_.find({source.id, s, attempt_});
        if (found == states_.end() || found->second != TaskState::finished) return false;
      }
    }
    return true;
  }

  void deploy_one(const graph::JobVertex& vertex, int subtask, const CompletedCheckpoint* from) {
    TaskDeployment deployment;
    deployment.id = {vertex.id, subtask, attempt_};
    deployment.slot = (subtask / processes_count_) % slots_per_process;
    deployment.checkpoint_directory = "/checkpoints/job";
    for (const auto& peer : graph_->vertices) {
      protocol::VertexPeers peers{peer.id, {}};
      for (int s = 0; s < peer.parallelism; ++s) {
        const auto process = static_cast<std::size_t>(process_of(s));
        peers.subtasks.push_back(
            {attempt_, processes_[process]->name(), hosts_[process]->data_address()});
      }
      deployment.peers.push_back(std::move(peers));
    }
    if (from != nullptr) restore(deployment, vertex, subtask, *from);
    states_[deployment.id] = TaskState::deploying;
    host_of(deployment.id).deploy(std::move(deployment));
  }

  static void restore(TaskDeployment& deployment, const graph::JobVertex& vertex, int subtask,
                      const CompletedCheckpoint& from) {
    deployment.restore = {from.id, share(from, vertex, subtask), from.finished.contains(vertex.id)};
  }

  // Items round robin; at an unchanged parallelism each subtask has its own.
  static state::TaskSnapshot share(const CompletedCheckpoint& from, const graph::JobVertex& vertex,
                                   int subtask) {
    const auto& old = from.snapshots.at(vertex.id);
    if (static_cast<int>(old.size()) == vertex.parallelism) {
      return old[static_cast<std::size_t>(subtask)];
    }
    state::TaskSnapshot mine;
    for (const auto& op : vertex.chain) {
      auto& state = mine.operators.emplace_back();
      state.operator_high = op.id.high;
      state.operator_low = op.id.low;
      int next = 0;
      for (const auto& snapshot : old) {
        for (const auto& theirs : snapshot.operators) {
          if (theirs.operator_high != op.id.high || theirs.operator_low != op.id.low) continue;
          for (const auto& [name, list] : theirs.operator_state) {
            for (const auto& item : list.items) {
              if (next++ % vertex.parallelism == subtask) {
                state.operator_state[name].items.push_back(item);
              }
            }
          }
          for (const auto& [name, list] : theirs.stored) {
            auto one = list.parts.at(0);
            const auto count = std::exchange(one.count, 1);
            for (one.first = 0; one.first < count; ++one.first) {
              if (next++ % vertex.parallelism == subtask) {
                state.stored[name].parts.push_back(one);
              }
            }
          }
          add_runs(state.keyed, theirs.keyed, vertex, subtask);
          for (auto channel : theirs.channels) {
            channel.divide = true;
            state.channels.push_back(std::move(channel));
          }
        }
      }
    }
    return mine;
  }

  static void add_runs(state::KeyedStateHandle& mine, const state::KeyedStateHandle& theirs,
                       const graph::JobVertex& vertex, int subtask) {
    const int groups = vertex.max_parallelism, p = vertex.parallelism;
    mine.groups = {(subtask * groups + p - 1) / p, ((subtask + 1) * groups - 1) / p};
    for (const auto& run : theirs.runs) {
      const state::KeyGroupRange both{std::max(run.groups.first, mine.groups.first),
                                      std::min(run.groups.last, mine.groups.last)};
      if (!both.empty()) mine.runs.push_back({run.file, both});
    }
    if (mine.states.empty()) mine.states = theirs.states;
  }

  // TaskEvents: what it does in answer happens a little later, as with a real JobManager.
  void state_changed(const base::AttemptId& id, TaskState state, TaskFailure failure) override {
    later([this, id, state, failure] {
      if (id.attempt != attempt_) return;
      states_[id] = state;
      if (state == TaskState::failed) failures_.push_back(failure);
      if (state == TaskState::finished && pending_ && pending_->waiting.contains(id)) abort();
    });
  }
  void operator_event(const base::AttemptId&, const base::OperatorId&, std::string) override {}
  void checkpoint_acknowledged(protocol::CheckpointAck ack) override {
    later([this, ack = std::move(ack)] {
      const auto& id = ack.attempt;
      if (!pending_ || pending_->result.id != ack.checkpoint_id || id.attempt != attempt_) return;
      CHECK(pending_->waiting.erase(id) == 1);
      pending_->result.snapshots[id.vertex][static_cast<std::size_t>(id.subtask)] = ack.snapshot;
      metrics_.push_back(ack.metrics);
      pending_->result.unaligned_tasks += ack.metrics.unaligned ? 1 : 0;
      if (pending_->waiting.empty()) complete();
    });
  }
  void checkpoint_declined(protocol::CheckpointDecline decline) override {
    later([this, decline = std::move(decline)] {
      if (!pending_ || pending_->result.id != decline.checkpoint_id ||
          decline.attempt.attempt != attempt_) {
        return;
      }
      declines_.push_back(decline.reason);
      abort();
    });
  }

  void complete() {
    auto done = std::move(pending_->result);
    pending_.reset();
    for (const auto& vertex : graph_->vertices) {
      bool finished = true;
      for (const auto& snapshot : done.snapshots[vertex.id]) {
        finished = finished && snapshot.operators.empty();
      }
      if (finished) done.finished.insert(vertex.id);
    }
    completed_ = std::move(done);
    if (!hold_notices) notify_complete();
  }

  void later(std::function<void()> action) {
    const Duration delay{static_cast<std::int64_t>(world_.random.below(200'000))};
    last_answer_ = std::max(last_answer_, TimePoint{now() + delay});  // in order
    world_.queue.at(last_answer_, nullptr, [attempt = attempt_, this, action = std::move(action)] {
      if (attempt == attempt_) action();
    });
  }

  sim::SimWorld world_;
  int processes_count_;
  config::Configuration configuration_;
  std::shared_ptr<const graph::JobGraph> graph_;
  std::vector<std::unique_ptr<sim::SimProcess>> processes_;
  std::vector<TaskHost*> hosts_;
  std::int32_t attempt_ = -1;
  TimePoint last_answer_;
  std::map<base::AttemptId, TaskState> states_;
  std::optional<Pending> pending_;
  std::optional<CompletedCheckpoint> completed_;
  std::vector<std::string> declines_;
  std::vector<TaskFailure> failures_;
  std::vector<CheckpointMetrics> metrics_;
};

}  // namespace flink::task::test
