// SPDX-License-Identifier: Apache-2.0
#include "jobmanager/execution_graph.h"

#include <flink/base/check.h>

#include <algorithm>
#include <numeric>
#include <set>

namespace flink::jobmanager {
namespace {

constexpr std::size_t former_attempts_max = 16;  // as many as Flink remembers

int find_root(std::vector<int>& parent, int node) {
  while (parent[static_cast<std::size_t>(node)] != node) {
    auto& up = parent[static_cast<std::size_t>(node)];
    up = parent[static_cast<std::size_t>(up)];
    node = up;
  }
  return node;
}

}  // namespace

ExecutionGraph::ExecutionGraph(std::shared_ptr<const graph::JobGraph> graph, const Instant& now)
    : graph_(std::move(graph)) {
  for (std::size_t v = 0; v < graph_->vertices.size(); ++v) {
    const auto& vertex = graph_->vertices[v];
    first_of_vertex_.push_back(static_cast<int>(subtasks_.size()));
    for (int i = 0; i < vertex.parallelism; ++i) {
      Subtask subtask;
      subtask.vertex = static_cast<int>(v);
      subtask.index = i;
      subtask.shared_slot = {vertex.slot_sharing_group, i};
      subtask.current.id = {vertex.id, i, 0};
      subtask.current.enter(protocol::TaskState::created, now);
      subtasks_.push_back(std::move(subtask));
    }
  }
  find_regions();
  find_partitions();
}

template <class F>
void ExecutionGraph::each_channel(const graph::JobEdge& edge, F&& f) const {
  const auto source = static_cast<std::size_t>(edge.source_vertex);
  const auto target = static_cast<std::size_t>(edge.target_vertex);
  const int producers = graph_->vertices[source].parallelism;
  const int consumers = graph_->vertices[target].parallelism;
  for (int p = 0; p < producers; ++p) {
    for (const int c : graph::consumers_of(edge, p, producers, consumers)) {
      f(first_of_vertex_[source] + p, first_of_vertex_[target] + c);
    }
  }
}

void ExecutionGraph::find_regions() {
  std::vector<int> parent(subtasks_.size());
  std::iota(parent.begin(), parent.end(), 0);
  for (const auto& edge : graph_->edges) {
    if (edge.exchange == ExchangeType::blocking) continue;
    each_channel(edge, [&](int from, int to) {
      parent[static_cast<std::size_t>(find_root(parent, to))] = find_root(parent, from);
    });
  }
  std::vector<int> region_of_root(subtasks_.size(), -1);
  for (std::size_t i = 0; i < subtasks_.size(); ++i) {
    auto& region = region_of_root[static_cast<std::size_t>(find_root(parent, static_cast<int>(i)))];
    if (region < 0) {
      region = static_cast<int>(regions_.size());
      regions_.emplace_back();
    }
    subtasks_[i].region = region;
    if (graph_->batch) subtasks_[i].shared_slot.region = region;
    regions_[static_cast<std::size_t>(region)].push_back(static_cast<int>(i));
  }
}

void ExecutionGraph::find_partitions() {
  producers_.resize(regions_.size());
  consumers_.resize(regions_.size());
  for (const auto& edge : graph_->edges) {
    if (edge.exchange != ExchangeType::blocking) continue;
    each_channel(edge, [&](int from, int to) {
      const int writes = subtasks_[static_cast<std::size_t>(from)].region;
      const int reads = subtasks_[static_cast<std::size_t>(to)].region;
      producers_[static_cast<std::size_t>(reads)].push_back(from);
      consumers_[static_cast<std::size_t>(writes)].push_back(reads);
    });
  }
  for (auto* lists : {&producers_, &consumers_}) {
    for (auto& list : *lists) {
      std::sort(list.begin(), list.end());
      list.erase(std::unique(list.begin(), list.end()), list.end());
    }
  }
}

bool ExecutionGraph::finished(int region) const {
  const auto& members = this->region(region);
  return std::all_of(members.begin(), members.end(), [this](int i) {
    return subtasks_[static_cast<std::size_t>(i)].current.state == protocol::TaskState::finished;
  });
}

int ExecutionGraph::slots_needed() const {
  if (!graph_->batch) return graph_->slots_needed();
  std::size_t most = 0;
  for (int r = 0; r < region_count(); ++r) most = std::max(most, shared_slots_of(r).size());
  return static_cast<int>(most);
}

Subtask& ExecutionGraph::subtask(int vertex, int index) {
  return subtasks_[static_cast<std::size_t>(first_of_vertex_[static_cast<std::size_t>(vertex)] +
                                            index)];
}

const Subtask& ExecutionGraph::subtask(int vertex, int index) const {
  return const_cast<ExecutionGraph*>(this)->subtask(vertex, index);
}

Subtask* ExecutionGraph::find_current(const base::AttemptId& id) {
  const int vertex = graph_->vertex_index(id.vertex);
  if (vertex < 0) return nullptr;
  if (id.subtask < 0 ||
      id.subtask >= graph_->vertices[static_cast<std::size_t>(vertex)].parallelism)
    return nullptr;
  Subtask& found = subtask(vertex, id.subtask);
  return found.current.id == id ? &found : nullptr;
}

std::vector<SharedSlot> ExecutionGraph::shared_slots_of(int region) const {
  std::set<SharedSlot> slots;
  for (const int i : this->region(region)) {
    slots.insert(subtasks_[static_cast<std::size_t>(i)].shared_slot);
  }
  return {slots.begin(), slots.end()};
}

void ExecutionGraph::next_attempt(Subtask& subtask, const Instant& now) {
  FLINK_CHECK(is_terminal(subtask.current.state), subtask.vertex, subtask.index);
  Execution next;
  next.id = subtask.current.id;
  ++next.id.attempt;
  next.enter(protocol::TaskState::created, now);
  subtask.former.push_back(std::move(subtask.current));
  if (subtask.former.size() > former_attempts_max) subtask.former.pop_front();
  subtask.current = std::move(next);
}

std::vector<protocol::VertexPeers> ExecutionGraph::peers_of(int vertex) const {
  const auto& node = graph_->vertices[static_cast<std::size_t>(vertex)];
  std::set<int> neighbours{vertex};
  for (const int e : node.input_edges) {
    neighbours.insert(graph_->edges[static_cast<std::size_t>(e)].source_vertex);
  }
  for (const int e : node.output_edges) {
    neighbours.insert(graph_->edges[static_cast<std::size_t>(e)].target_vertex);
  }
  std::vector<protocol::VertexPeers> out;
  for (const int v : neighbours) {
    const auto& other = graph_->vertices[static_cast<std::size_t>(v)];
    protocol::VertexPeers peers{other.id, {}};
    for (int i = 0; i < other.parallelism; ++i) {
      const auto& current = subtask(v, i).current;
      peers.subtasks.push_back(
          {current.id.attempt, current.place.taskmanager, current.data_address});
    }
    out.push_back(std::move(peers));
  }
  return out;
}

std::vector<checkpoint::TaskInfo> ExecutionGraph::checkpoint_tasks() const {
  const auto finished = [&](int vertex, int index) {
    return subtask(vertex, index).current.state == protocol::TaskState::finished;
  };
  std::vector<checkpoint::TaskInfo> out;
  for (const auto& one : subtasks_) {
    const auto& mine = graph_->vertices[static_cast<std::size_t>(one.vertex)];
    checkpoint::TaskInfo info;
    info.id = one.current.id;
    info.vertex = one.vertex;
    info.running = one.current.state == protocol::TaskState::running;
    info.finished = finished(one.vertex, one.index);
    info.root = !info.finished;
    for (const int e : mine.input_edges) {
      if (!info.root) break;
      const auto& edge = graph_->edges[static_cast<std::size_t>(e)];
      const auto& source = graph_->vertices[static_cast<std::size_t>(edge.source_vertex)];
      for (const int producer :
           graph::producers_of(edge, one.index, source.parallelism, mine.parallelism)) {
        if (finished(edge.source_vertex, producer)) continue;
        info.root = false;
        break;
      }
    }
    out.push_back(info);
  }
  return out;
}

std::string ExecutionGraph::task_name(const Subtask& subtask) const {
  const auto& vertex = graph_->vertices[static_cast<std::size_t>(subtask.vertex)];
  return detail::concat(vertex.name, " (", subtask.index + 1, "/", vertex.parallelism, ")");
}

}  // namespace flink::jobmanager
