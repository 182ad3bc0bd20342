// SPDX-License-Identifier: Apache-2.0
// Random graphs of tasks over processes and slots, with tiny budgets: diamonds, unions, joins fed
// unevenly. Every record reaches every sink it should, and nothing gets stuck: the test ends.
#include <doctest/doctest.h>

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "channel_fixture.h"
#include "channels/input_gate.h"

using namespace flink;
using namespace flink::channels;
using namespace flink::channels::test;
using fiber::SlotTask;

namespace {

struct Subtask {
  int process = 0, slot = 0;
  std::vector<std::unique_ptr<ChannelReader>> inputs;
  // By edge: the channels to each of its consumers.
  std::vector<std::vector<std::unique_ptr<ChannelWriter>>> outputs;
};
struct Vertex {
  std::vector<Subtask> subtasks;
  std::vector<int> targets;
};

class Graph {
 public:
  explicit Graph(std::uint64_t seed) : random_(seed) {
    ClusterOptions options;
    options.processes = 1 + pick(3);
    options.slots = 1 + pick(2);
    options.local_batches = 1 + static_cast<std::size_t>(pick(3));
    options.plane.own_bytes = 1 + pick(300);
    options.plane.channel_bytes_max = pick(2000);
    options.plane.floating_bytes = pick(3000);
    cluster_ = std::make_unique<Cluster>(options);
    const int vertices = 2 + pick(6);
    vertices_.resize(static_cast<std::size_t>(vertices));
    for (auto& vertex : vertices_) {
      vertex.subtasks.resize(static_cast<std::size_t>(1 + pick(3)));
      for (auto& subtask : vertex.subtasks) {
        subtask.process = pick(options.processes);
        subtask.slot = pick(options.slots);
      }
    }
    // Each vertex but the first reads from one to three earlier ones.
    for (int to = 1; to < vertices; ++to) {
      for (int n = 1 + pick(3); n > 0; --n) connect(pick(to), to);
    }
  }

  void run() {
    int depth = 0;
    std::vector<std::unique_ptr<TestTask>> tasks;
    for (auto& vertex : vertices_) {
      for (auto& subtask : vertex.subtasks) {
        const auto seed = random_.next();
        tasks.push_back(std::make_unique<TestTask>(
            cluster_->slot(subtask.process, subtask.slot), depth,
            [this, &vertex, &subtask, seed] { run_subtask(vertex, subtask, seed); }));
      }
      ++depth;
    }
    cluster_->start();
    for (auto& task : tasks) task->join();
    CHECK(received_ == expected());
  }

 private:
  static constexpr int batches = 60;

  int pick(int bound) { return static_cast<int>(random_.below(static_cast<unsigned>(bound))); }

  void connect(int from, int to) {
    auto& source = vertices_[static_cast<std::size_t>(from)];
    auto& target = vertices_[static_cast<std::size_t>(to)];
    source.targets.push_back(to);
    for (auto& producer : source.subtasks) {
      auto& channels = producer.outputs.emplace_back();
      for (auto& consumer : target.subtasks) {
        auto channel = cluster_->connect(producer.process, consumer.process);
        channels.push_back(std::move(channel.writer));
        consumer.inputs.push_back(std::move(channel.reader));
      }
    }
  }

  // Records that reach a vertex without targets, over every way there is.
  std::int64_t expected() const {
    std::vector<std::int64_t> through(vertices_.size(), 0);
    through[0] = static_cast<std::int64_t>(vertices_[0].subtasks.size()) * batches;
    std::int64_t sum = 0;
    for (std::size_t v = 0; v < vertices_.size(); ++v) {
      for (const int target : vertices_[v].targets) {
        through[static_cast<std::size_t>(target)] += through[v];
      }
      if (vertices_[v].targets.empty()) sum += through[v];
    }
    return sum;
  }

  void emit(Vertex& vertex, Subtask& subtask, base::SeededRandom& random) {
    if (vertex.targets.empty()) {
      ++received_;
      return;
    }
    for (auto& channels : subtask.outputs) {
      // Most go one way: the others starve or flood.
      const auto to = random.below(10) < 8 ? 0 : random.below(channels.size());
      channels[to]->push(Element{make_batch(1, 1, std::string(random.below(200), 'x'))});
      if (random.below(10) == 0) {
        for (auto& channel : channels) channel->push(Element{Watermark{1}});
      }
    }
  }

  void run_subtask(Vertex& vertex, Subtask& subtask, std::uint64_t seed) {
    base::SeededRandom random{seed};
    if (subtask.inputs.empty()) {
      for (int i = 0; i < batches; ++i) {
        emit(vertex, subtask, random);
        SlotTask::current()->yield();
      }
    } else {
      InputGate gate{std::move(subtask.inputs)};
      gate.set_waker(SlotTask::current()->waker());
      for (std::size_t open = gate.size(); open > 0;) {
        auto got = gate.poll();
        if (!got) {
          SlotTask::current()->suspend(fiber::Wait::input);
          continue;
        }
        if (const auto* batch = std::get_if<BatchRef>(&got->element)) {
          for (std::size_t i = 0; i < (*batch)->size(); ++i) emit(vertex, subtask, random);
        }
        open -= std::holds_alternative<EndOfPartition>(got->element);
        SlotTask::current()->yield();
      }
    }
    for (auto& channels : subtask.outputs) {
      for (auto& channel : channels) channel->push(Element{EndOfPartition{}});
    }
  }

  base::SeededRandom random_;
  std::unique_ptr<Cluster> cluster_;
  std::vector<Vertex> vertices_;
  std::atomic<std::int64_t> received_{0};
};

}  // namespace

TEST_CASE("random graphs with tiny budgets end, and conserve their records") {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    CAPTURE(seed);
    Graph{seed}.run();
  }
}
