// SPDX-License-Identifier: Apache-2.0
#include <flink/detail/test_graph.h>
#include <flink/error.h>
#include <stdlib.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "fs/local_file_system.h"
#include "state/backend.h"

namespace flink::detail {

namespace {

constexpr int key_groups = 128;

// Hands everything to each reader in turn.
class Fan final : public Output {
 public:
  std::vector<Output*> readers;
  void emit(BatchRef& batch) override {
    for (Output* reader : readers) {
      BatchRef shared = batch;
      reader->emit(shared);
    }
  }
  void emit_watermark(Timestamp watermark) override {
    for (Output* reader : readers) reader->emit_watermark(watermark);
  }
  void emit_idle(bool idle) override {
    for (Output* reader : readers) reader->emit_idle(idle);
  }
};

// The least watermark of a node's inputs, as a task's valve merges them.
class Inputs {
 public:
  int add() {
    inputs_.push_back({});
    return static_cast<int>(inputs_.size()) - 1;
  }
  void watermark(int input, Timestamp watermark, Operator& op) {
    auto& from = inputs_[static_cast<std::size_t>(input)];
    from.watermark = std::max(from.watermark, watermark);
    if (watermark == max_timestamp) from.idle = false;
    merge(op);
  }
  void idle(int input, bool idle, Operator& op) {
    inputs_[static_cast<std::size_t>(input)].idle = idle;
    merge(op);
    const bool all = std::all_of(inputs_.begin(), inputs_.end(), [](auto& i) { return i.idle; });
    if (std::exchange(all_idle_, all) != all) op.process_idle(all);
  }

 private:
  struct Input {
    Timestamp watermark = min_timestamp;
    bool idle = false;
  };
  void merge(Operator& op) {
    Timestamp least = max_timestamp;
    bool any = false;
    for (const Input& input : inputs_) {
      if (input.idle) continue;
      any = true;
      least = std::min(least, input.watermark);
    }
    if (!any || least <= merged_) return;
    merged_ = least;
    op.process_watermark(least);
  }
  std::vector<Input> inputs_;
  Timestamp merged_ = min_timestamp;
  bool all_idle_ = false;
};

class Feed final : public Output {
 public:
  Feed(Operator& target, int input, Inputs& inputs)
      : target_(target), input_(input), inputs_(inputs), channel_(inputs.add()) {}
  void emit(BatchRef& batch) override { target_.process(input_, batch); }
  void emit_watermark(Timestamp watermark) override {
    inputs_.watermark(channel_, watermark, target_);
  }
  void emit_idle(bool idle) override { inputs_.idle(channel_, idle, target_); }

 private:
  Operator& target_;
  int input_;
  Inputs& inputs_;
  int channel_;
};

class WatermarkLog final : public Output {
 public:
  explicit WatermarkLog(std::vector<Timestamp>& watermarks) : watermarks_(watermarks) {}
  void emit(BatchRef&) override {}
  void emit_watermark(Timestamp watermark) override { watermarks_.push_back(watermark); }
  void emit_idle(bool) override {}

 private:
  std::vector<Timestamp>& watermarks_;
};

// Made when it is needed, gone with its owner.
class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::string name = (std::filesystem::temp_directory_path() / "flink-test-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) {
      throw Error{ErrorKind::resource,
                  "no directory for the state of a function test can be made: " + name};
    }
    path_ = name;
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  ~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  // A fresh directory within.
  std::string make() {
    const auto made = path_ / std::to_string(++made_);
    std::filesystem::create_directories(made);
    return made.string();
  }

 private:
  std::filesystem::path path_;
  int made_ = 0;
};

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

struct TestGraph::Node final : OperatorContext, RuntimeContext {
  std::unique_ptr<Operator> op;
  std::string name;
  Fan main;
  std::map<std::string, Fan, std::less<>> sides;
  std::map<std::string, Counter, std::less<>> counters;
  Inputs inputs;
  const base::Clock* shared_clock = nullptr;
  std::optional<std::int64_t> wake_at;  // processing time
  std::unique_ptr<state::KeyedState> keyed;
  std::shared_ptr<const TestSnapshot> restored;
  std::size_t index = 0;
  bool is_keyed = false;
  bool opened = false;

  RuntimeContext& runtime() override { return *this; }
  Output& output() override { return main; }
  Output* side_output(std::string_view tag) override {
    const auto found = sides.find(tag);
    return found == sides.end() ? nullptr : &found->second;
  }
  void send_to_coordinator(std::string) override {}
  std::function<void()> waker() override {
    return [] {};
  }
  void wake_after(std::chrono::nanoseconds) override {}
  base::FileSystem& file_system() override {
    throw Error{ErrorKind::user, "operator \"" + name +
                                     "\" uses files, which a function test has not; "
                                     "test it in a job with --local"};
  }
  const base::Clock& clock() override { return *shared_clock; }
  state::KeyedStateBackend* keyed_state() override { return keyed.get(); }
  const OperatorSnapshot& restored_state() const override {
    return restored ? restored->operators.at(index) : OperatorContext::restored_state();
  }
  std::optional<std::int64_t> restored_checkpoint_id() const override {
    return restored ? std::optional{restored->checkpoint_id} : std::nullopt;
  }
  void wake_at_processing_time(std::int64_t wall_millis) override {
    wake_at = std::min(wake_at.value_or(wall_millis), wall_millis);
  }

  std::string_view job_id() const override { return "00000000000000000000000000000000"; }
  std::string_view job_name() const override { return "test"; }
  std::string_view task_name() const override { return name; }
  int subtask_index() const override { return 0; }
  int parallelism() const override { return 1; }
  int max_parallelism() const override { return key_groups; }
  int attempt_number() const override { return 0; }
  Counter& counter(std::string_view counter_name) override {
    return counters[std::string{counter_name}];
  }
  void gauge(std::string_view, std::function<double()>) override {}
  void run_blocking(const std::function<void()>& function) override { function(); }
};

struct TestGraph::Implementation {
  std::shared_ptr<const StreamGraph> graph;
  std::optional<TemporaryDirectory> scratch;
  fs::LocalFileSystem files;
  int result = 0;
  ManualClock clock;
  std::vector<int> sources;
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
    setup.max_parallelism = key_groups;
    setup.groups = {0, key_groups - 1};
    setup.files = &files;
    setup.clock = &clock;
    if (!scratch) scratch.emplace();
    setup.scratch_directory = scratch->make();
    setup.direct_runs = true;
    if (node.restored && node.restored->keyed) {
      const auto& saved = *static_cast<const KeyedSnapshot*>(node.restored->keyed.get());
      const auto found = saved.handles.find(node.index);
      if (found != saved.handles.end()) setup.restored = {found->second};
    }
    return state::make_keyed_state_backend(std::move(setup));
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

TestGraph::TestGraph(std::shared_ptr<const StreamGraph> graph, int result)
    : implementation_(std::make_unique<Implementation>()) {
  auto& self = *implementation_;
  self.graph = std::move(graph);
  self.result = result;
  for (const auto& t : self.graph->transformations) {
    auto node = std::make_unique<Node>();
    node->name = t.name;
    node->shared_clock = &self.clock;
    node->index = self.nodes.size();
    if (t.make_operator) {
      node->op = t.make_operator();
      node->is_keyed = t.keyed;
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

void TestGraph::push(int source, BatchRef batch) { implementation_->source(source).emit(batch); }

void TestGraph::push_watermark(int source, Timestamp watermark) {
  implementation_->source(source).emit_watermark(watermark);
}

void TestGraph::push_idle(int source, bool idle) {
  implementation_->source(source).emit_idle(idle);
}

void TestGraph::set_processing_time(Timestamp now) {
  auto& self = *implementation_;
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
    for (const int input : inputs) node.op->end_input(input);
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
