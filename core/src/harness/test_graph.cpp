// SPDX-License-Identifier: Apache-2.0
#include <flink/error.h>
#include <flink/harness/test_graph.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "fs/local_file_system.h"
#include "harness/feeds.h"
#include "harness/temporary_directory.h"
#include "harness/test_node.h"
#include "operators/sorted_inputs.h"
#include "spill/spill_directories.h"
#include "state/backend.h"

namespace flink::detail {

namespace {

struct KeyedSnapshot {
  TemporaryDirectory directory;
  std::map<std::size_t, state::KeyedStateHandle> handles;  // by transformation
};

class ManualClock final : public base::Clock {
 public:
  std::int64_t millis = 0;
  base::TimePoint now() const override { return {std::chrono::milliseconds{millis}}; }
  std::int64_t wall_millis() const override { return millis; }
};

}  // namespace

struct TestGraph::Implementation {
  std::shared_ptr<const StreamGraph> graph;
  std::optional<TemporaryDirectory> scratch;
  fs::LocalFileSystem files;
  int result = 0;
  ManualClock clock;
  std::vector<int> sources;
  std::optional<TestBatch> batch;
  std::unique_ptr<spill::SpillDirectories> spills;  // in batch
  std::vector<std::unique_ptr<Node>> nodes;
  std::vector<std::unique_ptr<Output>> outputs;

  Fan& fan(int node, const std::string& side) {
    Node& from = *nodes[static_cast<std::size_t>(node)];
    return side.empty() ? from.main : from.sides[side];
  }
  Fan& source(int number) { return fan(sources.at(static_cast<std::size_t>(number)), ""); }
  std::unique_ptr<state::KeyedState> keyed_state_of(const Node& node) {
    state::KeyedStateSetup setup;
    setup.type = "hashmap";
    setup.operator_name = node.name;
    setup.max_parallelism = test_key_groups;
    setup.groups = {0, test_key_groups - 1};
    setup.files = &files;
    setup.clock = &clock;
    if (!scratch) scratch.emplace();
    setup.scratch_directory = scratch->make();
    setup.direct_runs = true;
    setup.one_key_at_a_time = batch.has_value();
    if (node.restored && node.restored->keyed) {
      const auto& saved = *static_cast<const KeyedSnapshot*>(node.restored->keyed.get());
      const auto found = saved.handles.find(node.index);
      if (found != saved.handles.end()) setup.restored = {found->second};
    }
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
    for (const auto& node : nodes) {
      if (!node->wake_at || *node->wake_at > until) continue;
      if (first == nullptr || *node->wake_at < *first->wake_at) first = node.get();
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

TestGraph::TestGraph(std::shared_ptr<const StreamGraph> graph, int result,
                     std::optional<TestBatch> batch)
    : implementation_(std::make_unique<Implementation>()) {
  auto& self = *implementation_;
  self.batch = batch;
  self.graph = std::move(graph);
  self.result = result;
  for (const auto& t : self.graph->transformations) {
    auto node = std::make_unique<Node>();
    node->name = t.name;
    node->shared_clock = &self.clock;
    node->index = self.nodes.size();
    if (t.make_operator) {
      node->op = self.operator_of(t);
      node->is_keyed = t.keyed;
      if (t.selects_inputs) node->inputs.select_by(*node->op);
    } else {
      self.sources.push_back(static_cast<int>(self.nodes.size()));
    }
    self.nodes.push_back(std::move(node));
  }
  for (std::size_t i = 0; i < self.nodes.size(); ++i) {
    Node& node = *self.nodes[i];
    for (const auto& edge : self.graph->transformations[i].inputs) {
      self.outputs.push_back(std::make_unique<Feed>(*node.op, edge.input, node.inputs));
      self.fan(edge.source, edge.side_output).readers.push_back(self.outputs.back().get());
    }
  }
}

TestGraph::~TestGraph() {
  for (auto& node : implementation_->nodes) {
    if (node->opened) node->op->close();
  }
}

void TestGraph::read_main(TestSink& sink) {
  implementation_->fan(implementation_->result, "").readers.push_back(&sink);
}

void TestGraph::read_side(std::string_view tag, TestSink& sink) {
  implementation_->fan(implementation_->result, std::string{tag}).readers.push_back(&sink);
}

void TestGraph::read_watermarks(std::vector<Timestamp>& watermarks) {
  auto& self = *implementation_;
  self.outputs.push_back(std::make_unique<WatermarkLog>(watermarks));
  self.fan(self.result, "").readers.push_back(self.outputs.back().get());
}

void TestGraph::open() {
  auto& nodes = implementation_->nodes;
  for (auto node = nodes.rbegin(); node != nodes.rend(); ++node) {
    if (!(*node)->op) continue;
    if ((*node)->is_keyed) (*node)->keyed = implementation_->keyed_state_of(**node);
    (*node)->opened = true;
    (*node)->op->open(**node);
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
  if (snapshot->operators.size() != implementation_->nodes.size()) {
    throw Error{
        ErrorKind::user,
        "the harness is restored from a snapshot of other operators: build the same stream"};
  }
  for (auto& node : implementation_->nodes) node->restored = snapshot;
}

std::shared_ptr<const TestSnapshot> TestGraph::snapshot(std::int64_t checkpoint_id) {
  auto snapshot = std::make_shared<TestSnapshot>();
  snapshot->checkpoint_id = checkpoint_id;
  auto keyed = std::make_shared<KeyedSnapshot>();
  for (auto& node : implementation_->nodes) {
    if (node->op) node->op->prepare_snapshot(checkpoint_id);
    snapshot->operators.push_back(node->op ? node->op->snapshot(checkpoint_id)
                                           : OperatorSnapshot{});
    if (node->keyed) {
      keyed->handles[node->index] =
          save(*node->keyed, checkpoint_id, keyed->directory.make(), node->name);
    }
  }
  snapshot->keyed = std::move(keyed);
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
  for (std::size_t i = 0; i < self.nodes.size(); ++i) {
    Node& node = *self.nodes[i];
    if (!node.op) continue;
    std::set<int> inputs;
    for (const auto& edge : self.graph->transformations[i].inputs) inputs.insert(edge.input);
    for (const int input : inputs) {
      if (node.inputs.selecting()) node.inputs.wait(input, [&] { node.op->end_input(input); });
      else node.op->end_input(input);
    }
    if (node.wakes->take()) node.op->on_wake();
    node.op->finish();
  }
}

double TestGraph::counter(std::string_view name) const {
  double sum = 0;
  for (const auto& node : implementation_->nodes) {
    const auto found = node->counters.find(name);
    if (found != node->counters.end()) sum += static_cast<double>(found->second.count());
  }
  return sum;
}

}  // namespace flink::detail
