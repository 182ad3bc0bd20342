// SPDX-License-Identifier: Apache-2.0
#include <flink/error.h>
#include <flink/harness/test_graph.h>
#include <flink/types/key_group.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "fs/local_file_system.h"
#include "graph/job_graph.h"
#include "harness/exchange.h"
#include "harness/feeds.h"
#include "harness/temporary_directory.h"
#include "harness/test_node.h"
#include "harness/test_snapshot.h"
#include "operators/sorted_inputs.h"
#include "spill/spill_directories.h"
#include "state/backend.h"

namespace flink::detail {

namespace {

class ManualClock final : public base::Clock {
 public:
  std::int64_t millis = 0;
  base::TimePoint now() const override { return {std::chrono::milliseconds{millis}}; }
  std::int64_t wall_millis() const override { return millis; }
};

// Each operator's subtasks are alike in all harnesses: key groups are.
state::KeyGroupRange groups_of(int subtask, int subtasks) {
  const auto first = [subtasks](int owner) {
    int group = 0;
    while (group < test_key_groups && operator_index(group, test_key_groups, subtasks) < owner) {
      ++group;
    }
    return group;
  };
  return {first(subtask), first(subtask + 1) - 1};
}

int subtasks_of(const Transformation& t, int parallelism) {
  if (!t.make_operator || t.parallelism_fixed_to_one) return 1;
  return std::min(parallelism, t.parallelism.value_or(parallelism));
}

}  // namespace

struct TestGraph::Implementation {
  std::shared_ptr<const StreamGraph> graph;
  std::optional<TemporaryDirectory> scratch;
  fs::LocalFileSystem files;
  int result = 0;
  ManualClock clock;
  std::vector<std::size_t> sources;
  std::optional<TestBatch> batch;
  std::unique_ptr<spill::SpillDirectories> spills;            // in batch
  std::vector<std::vector<std::unique_ptr<Node>>> operators;  // by transformation, subtask
  std::vector<Node*> nodes;                                   // all of them, upstream first
  std::vector<std::unique_ptr<Output>> outputs;
  std::optional<WatermarkLog> watermarks;
  std::shared_ptr<const TestSnapshot> restored;  // its files

  static Fan& fan(Node& from, const std::string& side) {
    return side.empty() ? from.main : from.sides[side];
  }
  Fan& source(int number) {
    return operators[sources.at(static_cast<std::size_t>(number))].front()->main;
  }
  // By subtask; what an output of the result is read by.
  template <class F>
  void for_result(F f) {
    for (auto& node : operators[static_cast<std::size_t>(result)]) f(*node);
  }
  Output* add(std::unique_ptr<Output> output) {
    outputs.push_back(std::move(output));
    return outputs.back().get();
  }
  void connect(const StreamEdge& edge, std::size_t target) {
    auto& producers = operators[static_cast<std::size_t>(edge.source)];
    auto& consumers = operators[target];
    const auto from = static_cast<int>(producers.size()), to = static_cast<int>(consumers.size());
    graph::JobEdge way;
    way.partitioning.strategy = edge.partitioning.strategy;
    if (way.partitioning.strategy == ShipStrategy::forward && from != to) {
      way.partitioning.strategy = ShipStrategy::rebalance;
    }
    for (int i = 0; i < from; ++i) {
      std::vector<Output*> readers;
      for (const int c : graph::consumers_of(way, i, from, to)) {
        Node& consumer = *consumers[static_cast<std::size_t>(c)];
        readers.push_back(add(std::make_unique<Feed>(*consumer.op, edge.input, consumer.inputs)));
      }
      if (readers.size() > 1) {
        readers = {add(std::make_unique<Exchange>(edge, way.partitioning.strategy,
                                                  std::move(readers), test_key_groups))};
      }
      fan(*producers[static_cast<std::size_t>(i)], edge.side_output).readers.push_back(readers[0]);
    }
  }
  std::unique_ptr<state::KeyedState> keyed_state_of(const Node& node) {
    state::KeyedStateSetup setup;
    setup.type = "hashmap";
    setup.operator_name = node.name;
    setup.max_parallelism = test_key_groups;
    setup.groups = groups_of(node.subtask, node.subtasks);
    setup.files = &files;
    setup.clock = &clock;
    if (!scratch) scratch.emplace();
    setup.scratch_directory = scratch->make();
    setup.direct_runs = true;
    setup.one_key_at_a_time = batch.has_value();
    setup.restored = node.restored_keyed;
    return state::make_keyed_state_backend(std::move(setup));
  }
  std::unique_ptr<Operator> operator_of(const Transformation& t) {
    if (!batch || !operators::sorts_inputs(t)) return t.make_operator();
    if (!spills) {
      if (!scratch) scratch.emplace();
      spills = std::make_unique<spill::SpillDirectories>(files, scratch->make(), 0);
    }
    return operators::make_sorted_operator(
        t, {spills.get(), spill::Codec::lz4, batch->sort_memory_bytes});
  }
  // Whose timer is due first by then; null when nobody's is.
  Node* due(std::int64_t until) {
    Node* first = nullptr;
    for (Node* node : nodes) {
      if (!node->wake_at || *node->wake_at > until) continue;
      if (first == nullptr || *node->wake_at < *first->wake_at) first = node;
    }
    return first;
  }
};

namespace {

// One savepoint of an operator's keyed state.
state::KeyedStateHandle save(state::KeyedState& keyed, std::int64_t checkpoint_id,
                             const std::string& directory, const std::string& name) {
  state::SnapshotTarget target;
  target.checkpoint_id = checkpoint_id;
  target.directory = directory;
  target.file_prefix = "test";
  target.savepoint = true;
  std::optional<state::KeyedSnapshotResult> result;
  keyed.begin(target, [&result](state::KeyedSnapshotResult done) { result = std::move(done); });
  while (!result) keyed.work(std::chrono::seconds{1});
  if (!result->handle) {
    throw Error{ErrorKind::internal,
                "the state of \"" + name + "\" cannot be written: " + result->failure};
  }
  return std::move(*result->handle);
}

}  // namespace

TestGraph::TestGraph(std::shared_ptr<const StreamGraph> graph, int result, int parallelism,
                     std::optional<TestBatch> batch)
    : implementation_(std::make_unique<Implementation>()) {
  auto& self = *implementation_;
  if (parallelism < 1 || parallelism > test_key_groups) {
    throw Error{ErrorKind::user, concat("the harness's Parallelism{", parallelism,
                                        "} must be from 1 to ", test_key_groups)};
  }
  self.batch = batch;
  self.graph = std::move(graph);
  self.result = result;
  for (const auto& t : self.graph->transformations) {
    if (!t.make_operator) self.sources.push_back(self.operators.size());
    auto& subtasks = self.operators.emplace_back();
    for (int i = 0; i < subtasks_of(t, parallelism); ++i) {
      auto node = std::make_unique<Node>();
      node->name = t.name;
      node->shared_clock = &self.clock;
      node->subtask = i;
      node->subtasks = subtasks_of(t, parallelism);
      if (t.make_operator) {
        node->op = self.operator_of(t);
        node->is_keyed = t.keyed;
        if (t.selects_inputs) node->inputs.select_by(*node->op);
      }
      self.nodes.push_back(node.get());
      subtasks.push_back(std::move(node));
    }
  }
  for (std::size_t i = 0; i < self.operators.size(); ++i) {
    for (const auto& edge : self.graph->transformations[i].inputs) self.connect(edge, i);
  }
}

TestGraph::~TestGraph() {
  for (Node* node : implementation_->nodes) {
    if (node->opened) node->op->close();
  }
}

void TestGraph::read_main(TestSink& sink) {
  implementation_->for_result([&](Node& node) { node.main.readers.push_back(&sink); });
}

void TestGraph::read_side(std::string_view tag, TestSink& sink) {
  implementation_->for_result(
      [&](Node& node) { node.sides[std::string{tag}].readers.push_back(&sink); });
}

void TestGraph::read_watermarks(std::vector<Timestamp>& watermarks) {
  auto& self = *implementation_;
  self.watermarks.emplace(watermarks);
  self.for_result(
      [&](Node& node) { node.main.readers.push_back(self.add(self.watermarks->make())); });
}

void TestGraph::open() {
  auto& nodes = implementation_->nodes;
  for (auto node = nodes.rbegin(); node != nodes.rend(); ++node) {
    if (!(*node)->op) continue;
    if ((*node)->is_keyed) (*node)->keyed = implementation_->keyed_state_of(**node);
    (*node)->opened = true;
    (*node)->inputs.start((*node)->watermark_before);
    (*node)->op->open(**node);
  }
  for (Node* node : nodes) {
    while (node->op && node->op->watermark_pending()) node->op->go_on_with_watermark();
  }
}

void TestGraph::push(int source, BatchRef batch) {
  run_woken();
  implementation_->source(source).emit(batch);
}

void TestGraph::run_woken() {
  for (auto& node : implementation_->nodes) {
    if (node->op && node->wakes->take()) node->op->on_wake();
  }
}

void TestGraph::push_watermark(int source, Timestamp watermark) {
  run_woken();
  implementation_->source(source).emit_watermark(watermark);
}

void TestGraph::push_idle(int source, bool idle) {
  implementation_->source(source).emit_idle(idle);
}

void TestGraph::set_processing_time(Timestamp now) {
  auto& self = *implementation_;
  run_woken();
  const std::int64_t until = now.time_since_epoch().count();
  while (Node* node = self.due(until)) {
    const std::int64_t at = *std::exchange(node->wake_at, std::nullopt);
    self.clock.millis = std::max(self.clock.millis, at);
    node->op->on_processing_time(self.clock.millis);
  }
  self.clock.millis = std::max(self.clock.millis, until);
}

Timestamp TestGraph::processing_time() const {
  return timestamp_of_millis(implementation_->clock.millis);
}

void TestGraph::restore(std::shared_ptr<const TestSnapshot> snapshot) {
  auto& self = *implementation_;
  const auto is_open = [](const Node* node) { return node->opened; };
  if (self.restored || std::ranges::any_of(self.nodes, is_open)) {
    throw Error{ErrorKind::user,
                detail::concat("restore() of a harness ",
                               self.restored ? "that was restored already" : "that has begun",
                               ": its functions get their state when the first push, watermark, "
                               "time or snapshot() opens them; make a new harness of the same "
                               "stream, and restore() it once and first of all")};
  }
  if (snapshot->operators.size() != self.operators.size()) {
    throw Error{
        ErrorKind::user,
        "the harness is restored from a snapshot of other operators: build the same stream"};
  }
  for (std::size_t i = 0; i < self.operators.size(); ++i) {
    const auto& saved = snapshot->operators[i];
    auto parts = redistribute(saved, static_cast<int>(self.operators[i].size()));
    for (auto& node : self.operators[i]) {
      auto& part = parts[static_cast<std::size_t>(node->subtask)];
      node->restored_checkpoint = snapshot->checkpoint_id;
      node->restored_lists = std::move(part.operator_state);
      node->watermark_before = timestamp_of_millis(part.watermark);
      node->watermark_left = part.watermark_pending;
      if (!node->is_keyed) continue;
      for (const auto& from : saved.subtasks) node->restored_keyed.push_back(from.state.keyed);
    }
  }
  self.restored = std::move(snapshot);
}

std::shared_ptr<const TestSnapshot> TestGraph::snapshot(std::int64_t checkpoint_id) {
  auto& self = *implementation_;
  auto snapshot = std::make_shared<TestSnapshot>();
  snapshot->checkpoint_id = checkpoint_id;
  for (std::size_t i = 0; i < self.operators.size(); ++i) {
    auto& saved = snapshot->operators.emplace_back();
    saved.name = self.graph->transformations[i].name;
    saved.parallelism = static_cast<std::int32_t>(self.operators[i].size());
    saved.max_parallelism = test_key_groups;
    for (auto& node : self.operators[i]) {
      auto& state = saved.subtasks.emplace_back().state;
      if (!node->op) continue;
      node->op->prepare_snapshot(checkpoint_id);
      state.operator_state = node->op->snapshot(checkpoint_id);
      state.watermark = node->inputs.merged().time_since_epoch().count();
      state.watermark_pending = node->op->watermark_pending();
      if (node->keyed == nullptr) continue;
      state.keyed = save(*node->keyed, checkpoint_id, snapshot->directory.make(), node->name);
    }
  }
  return snapshot;
}

void TestGraph::notify_checkpoint_complete(std::int64_t checkpoint_id) {
  for (auto& node : implementation_->nodes) {
    if (node->op) node->op->notify_checkpoint_complete(checkpoint_id);
  }
}

void TestGraph::notify_checkpoint_aborted(std::int64_t checkpoint_id) {
  for (auto& node : implementation_->nodes) {
    if (node->op) node->op->notify_checkpoint_aborted(checkpoint_id);
  }
}

void TestGraph::finish() {
  auto& self = *implementation_;
  for (std::size_t i = 0; i < self.sources.size(); ++i) {
    push_watermark(static_cast<int>(i), max_timestamp);
  }
  for (std::size_t i = 0; i < self.operators.size(); ++i) {
    std::set<int> inputs;
    for (const auto& edge : self.graph->transformations[i].inputs) inputs.insert(edge.input);
    for (auto& node : self.operators[i]) {
      if (node->op) end(*node, inputs);
    }
  }
}

void TestGraph::end(Node& node, const std::set<int>& inputs) {
  for (const int input : inputs) {
    if (node.inputs.selecting()) node.inputs.wait(input, [&] { node.op->end_input(input); });
    else node.op->end_input(input);
  }
  if (node.wakes->take()) node.op->on_wake();
  node.op->finish();
}

double TestGraph::counter(std::string_view name) const {
  double sum = 0;
  for (const Node* node : implementation_->nodes) {
    const auto found = node->counters.find(name);
    if (found != node->counters.end()) sum += static_cast<double>(found->second.count());
  }
  return sum;
}

}  // namespace flink::detail
