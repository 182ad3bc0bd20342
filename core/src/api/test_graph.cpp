// SPDX-License-Identifier: Apache-2.0
#include <flink/detail/test_graph.h>
#include <flink/error.h>

#include <chrono>
#include <map>
#include <utility>
#include <vector>

#include "base/clock.h"

namespace flink::detail {

namespace {

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

class Feed final : public Output {
 public:
  Feed(Operator& target, int input) : target_(target), input_(input) {}
  void emit(BatchRef& batch) override { target_.process(input_, batch); }
  void emit_watermark(Timestamp watermark) override { target_.process_watermark(watermark); }
  void emit_idle(bool idle) override { target_.process_idle(idle); }

 private:
  Operator& target_;
  int input_;
};

}  // namespace

struct TestGraph::Node final : OperatorContext, RuntimeContext {
  std::unique_ptr<Operator> op;
  std::string name;
  Fan main;
  std::map<std::string, Fan, std::less<>> sides;
  std::map<std::string, Counter, std::less<>> counters;
  base::SystemClock system_clock;
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
  const base::Clock& clock() override { return system_clock; }

  std::string_view job_id() const override { return "00000000000000000000000000000000"; }
  std::string_view job_name() const override { return "test"; }
  std::string_view task_name() const override { return name; }
  int subtask_index() const override { return 0; }
  int parallelism() const override { return 1; }
  int max_parallelism() const override { return 128; }
  int attempt_number() const override { return 0; }
  Counter& counter(std::string_view counter_name) override {
    return counters[std::string{counter_name}];
  }
  void gauge(std::string_view, std::function<double()>) override {}
  void run_blocking(const std::function<void()>& function) override { function(); }
};

struct TestGraph::Implementation {
  std::shared_ptr<const StreamGraph> graph;
  int source = 0, result = 0;
  std::vector<std::unique_ptr<Node>> nodes;
  std::vector<std::unique_ptr<Output>> feeds;

  Fan& fan(int node, const std::string& side) {
    Node& from = *nodes[static_cast<std::size_t>(node)];
    return side.empty() ? from.main : from.sides[side];
  }
};

TestGraph::TestGraph(std::shared_ptr<const StreamGraph> graph, int source, int result)
    : implementation_(std::make_unique<Implementation>()) {
  auto& self = *implementation_;
  self.graph = std::move(graph);
  self.source = source;
  self.result = result;
  for (const auto& t : self.graph->transformations) {
    auto node = std::make_unique<Node>();
    node->name = t.name;
    if (t.make_operator) node->op = t.make_operator();
    self.nodes.push_back(std::move(node));
  }
  for (std::size_t i = 0; i < self.nodes.size(); ++i) {
    for (const auto& edge : self.graph->transformations[i].inputs) {
      self.feeds.push_back(std::make_unique<Feed>(*self.nodes[i]->op, edge.input));
      self.fan(edge.source, edge.side_output).readers.push_back(self.feeds.back().get());
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

void TestGraph::open() {
  auto& nodes = implementation_->nodes;
  for (auto node = nodes.rbegin(); node != nodes.rend(); ++node) {
    if (!(*node)->op) continue;
    (*node)->opened = true;
    (*node)->op->open(**node);
  }
}

void TestGraph::push(BatchRef batch) {
  implementation_->fan(implementation_->source, "").emit(batch);
}

void TestGraph::push_watermark(Timestamp watermark) {
  implementation_->fan(implementation_->source, "").emit_watermark(watermark);
}

void TestGraph::finish() {
  push_watermark(max_timestamp);
  for (auto& node : implementation_->nodes) {
    if (!node->op) continue;
    node->op->end_input(0);
    node->op->finish();
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
