// SPDX-License-Identifier: Apache-2.0
#include "task/operator_chain.h"

#include <flink/base/check.h>

#include <utility>

#include "task/chain_node.h"

namespace flink::task {

// Feeds the next operator of the chain.
class OperatorChain::ChainedOutput final : public Output {
 public:
  ChainedOutput(OperatorChain& chain, Node& target, int input)
      : chain_(chain), target_(target), input_(input) {}

  void emit(BatchRef& batch) override {
    run([&] { target_.op->process(input_, batch); });
  }
  void emit_watermark(Timestamp watermark) override {
    if (!target_.advance(watermark)) return;
    run([&] { target_.op->process_watermark(watermark); });
  }
  void emit_idle(bool idle) override {
    run([&] { target_.op->process_idle(idle); });
  }

 private:
  // No guard object: after a throw, current_ must go on naming the operator that threw.
  template <class F>
  void run(F&& call) {
    const int caller = std::exchange(chain_.current_, target_.index);
    call();
    chain_.current_ = caller;
  }

  OperatorChain& chain_;
  Node& target_;
  int input_;
};

// Several readers of one output, or none. Control elements of the main output go to the readers of
// the side outputs too.
class OperatorChain::FanOut final : public Output {
 public:
  FanOut(std::vector<Output*> targets, std::vector<Output*> control_targets)
      : targets_(std::move(targets)), control_targets_(std::move(control_targets)) {}

  void emit(BatchRef& batch) override {
    if (targets_.empty()) return;
    for (std::size_t i = 0; i + 1 < targets_.size(); ++i) {
      BatchRef shared = batch;
      targets_[i]->emit(shared);
    }
    targets_.back()->emit(batch);
  }
  void emit_watermark(Timestamp watermark) override {
    for (Output* target : control_targets_) target->emit_watermark(watermark);
  }
  void emit_idle(bool idle) override {
    for (Output* target : control_targets_) target->emit_idle(idle);
  }

 private:
  std::vector<Output*> targets_, control_targets_;
};

OperatorChain::OperatorChain(const graph::JobGraph& graph, const graph::JobVertex& vertex,
                             ChainIdentity identity, ChainEnvironment& environment,
                             std::map<int, std::unique_ptr<ExchangeWriter>> writers,
                             Restored restored)
    : graph_(graph),
      vertex_(vertex),
      identity_(std::move(identity)),
      environment_(environment),
      writers_(std::move(writers)),
      restored_(std::move(restored)) {
  for (std::size_t i = 0; i < vertex_.chain.size(); ++i) {
    Node& node = nodes_.emplace_back();
    node.index = static_cast<int>(i);
    node.description = &vertex_.chain[i];
    const Transformation& t = graph_.transformation(*node.description);
    if (t.make_source) {
      FLINK_CHECK(i == 0);
      node.source = t.make_source();
      source_ = node.source.get();
    } else {
      node.op = make_operator(node, t);
    }
    node.restored = restored_of(node.description->id);
    if (node.restored != nullptr) {
      node.restore_watermark(timestamp_of_millis(node.restored->watermark));
    }
    node.context = std::make_unique<Context>(*this, node);
  }
  for (Node& node : nodes_) wire(node);
}

OperatorChain::~OperatorChain() { close(); }

std::unique_ptr<Operator> OperatorChain::make_operator(Node& node, const Transformation& t) {
  if (!graph_.batch || !operators::sorts_inputs(t)) return t.make_operator();
  node.sort = environment_.make_sort(*node.description);
  return operators::make_sorted_operator(t, node.sort.setup);
}

// Readers by side output; "" is the main one.
std::map<std::string, std::vector<Output*>> OperatorChain::readers_of(const Node& node) {
  std::map<std::string, std::vector<Output*>> readers;
  for (const auto& link : node.description->chained_outputs) {
    outputs_.push_back(std::make_unique<ChainedOutput>(
        *this, nodes_[static_cast<std::size_t>(link.target)], link.input));
    readers[link.side_output].push_back(outputs_.back().get());
  }
  for (const int e : node.description->exchange_outputs) {
    readers[graph_.edges[static_cast<std::size_t>(e)].side_output].push_back(writers_.at(e).get());
  }
  return readers;
}

void OperatorChain::wire(Node& node) {
  const auto readers = readers_of(node);
  std::vector<Output*> all;
  for (const auto& [tag, outputs] : readers) all.insert(all.end(), outputs.begin(), outputs.end());
  const auto output = [&](const std::vector<Output*>& records, std::vector<Output*> control) {
    if (records.size() == 1 && control.size() <= 1) return records[0];
    outputs_.push_back(std::make_unique<FanOut>(records, std::move(control)));
    return outputs_.back().get();
  };
  const auto main = readers.find("");
  node.main_output = output(main == readers.end() ? std::vector<Output*>{} : main->second, all);
  for (const auto& [tag, outputs] : readers) {
    if (!tag.empty()) node.side_outputs[tag] = output(outputs, {});
  }
}

void OperatorChain::open() {
  for (auto node = nodes_.rbegin(); node != nodes_.rend(); ++node) {
    current_ = node->index;
    const Transformation& t = graph_.transformation(*node->description);
    if (t.keyed && !(graph_.batch && t.make_batch_operator)) {
      node->keyed = environment_.make_keyed_state(*node->description, node->restored);
    }
    node->opened = true;  // close() follows also when open() throws half way
    if (node->source) {
      node->source->open(*node->context);
    } else {
      node->op->open(*node->context);
    }
  }
  // They hold what they need of it by now.
  for (Node& node : nodes_) node.restored = nullptr;
  restored_.snapshot = {};
  current_ = 0;
}

void OperatorChain::close() noexcept {
  for (Node& node : nodes_) {
    if (!std::exchange(node.opened, false)) continue;
    if (node.source) {
      node.source->close();
    } else {
      node.op->close();
    }
  }
}

InputStatus OperatorChain::poll() {
  current_ = 0;
  return source_->poll();
}

void OperatorChain::process(int input, BatchRef& batch) {
  current_ = 0;
  nodes_[0].op->process(input, batch);
}

void OperatorChain::process_watermark(Timestamp watermark) {
  current_ = 0;
  if (nodes_[0].advance(watermark)) nodes_[0].op->process_watermark(watermark);
}

bool OperatorChain::watermark_pending() const {
  return nodes_[0].op && nodes_[0].op->watermark_pending();
}

void OperatorChain::go_on_with_watermark() {
  current_ = 0;
  nodes_[0].op->go_on_with_watermark();
}

void OperatorChain::process_idle(bool idle) {
  current_ = 0;
  nodes_[0].op->process_idle(idle);
}

InputSelection OperatorChain::select_inputs() {
  current_ = 0;
  return nodes_[0].op->select_inputs();
}

void OperatorChain::end_input(int input) {
  current_ = 0;
  nodes_[0].op->end_input(input);
}

void OperatorChain::hand_on_collected() {
  const int thrower = current_;
  for (auto& [edge, writer] : writers_) writer->discard();
  const Node& node = nodes_[static_cast<std::size_t>(thrower)];
  try {
    if (node.source) node.source->hand_on();
    if (node.op) node.op->hand_on();
  } catch (...) {
    // The first failure is the one that counts.
  }
  current_ = thrower;
}

void OperatorChain::finish() {
  if (source_ != nullptr) nodes_[0].main_output->emit_watermark(max_timestamp);
  for (Node& node : nodes_) {
    current_ = node.index;
    if (!node.op) continue;
    if (node.index > 0) node.op->end_input(0);
    node.op->finish();
    node.context->sample_gauges();
  }
}

void OperatorChain::coordinator_event(const base::OperatorId& op, std::string_view event) {
  for (Node& node : nodes_) {
    if (node.description->id != op) continue;
    current_ = node.index;
    if (node.source) node.source->handle_coordinator_event(event);
    else if (node.op) node.op->handle_coordinator_event(event);
    return;
  }
}

// The common flag first: who is woken meanwhile sets it again.
void OperatorChain::on_wake() {
  woken_->store(false);
  for (Node& node : nodes_) {
    if (!node.op || !node.woken->exchange(false)) continue;
    current_ = node.index;
    node.op->on_wake();
  }
}

void OperatorChain::flush_exchanges() {
  for (auto& [edge, writer] : writers_) writer->flush_all();
}

bool OperatorChain::exchanges_pending() const {
  for (const auto& [edge, writer] : writers_) {
    if (writer->pending()) return true;
  }
  return false;
}

void OperatorChain::broadcast(const channels::Element& element) {
  for (auto& [edge, writer] : writers_) writer->broadcast(element);
}

void OperatorChain::send_barrier(const channels::Barrier& barrier) {
  for (auto& [edge, writer] : writers_) writer->send_barrier(barrier);
}

bool OperatorChain::overflowing() const {
  for (const auto& [edge, writer] : writers_) {
    if (writer->overflowing()) return true;
  }
  return false;
}

bool OperatorChain::send_overflow() {
  bool all = true;
  for (auto& [edge, writer] : writers_) all = writer->send_overflow() && all;
  return all;
}

const std::string& OperatorChain::current_operator() const {
  return nodes_[static_cast<std::size_t>(current_)].description->name;
}

std::vector<std::pair<std::string, double>> OperatorChain::user_metrics() const {
  std::vector<std::pair<std::string, double>> metrics;
  for (const Node& node : nodes_) node.context->collect_metrics(metrics);
  return metrics;
}

}  // namespace flink::task
