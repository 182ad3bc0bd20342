// SPDX-License-Identifier: Apache-2.0
// From transformations to vertices, edges and regions.
#include "graph/job_graph.h"

#include <doctest/doctest.h>
#include <flink/error.h>

#include <string>
#include <utility>
#include <vector>

using namespace flink;
using graph::JobGraph;

namespace {

// Nothing of it is ever run.
struct Sketch {
  std::shared_ptr<StreamGraph> stream = std::make_shared<StreamGraph>();

  int source() { return add("source", {}); }
  int add(std::string name, std::vector<StreamEdge> inputs) {
    Transformation t;
    t.name = std::move(name);
    t.inputs = std::move(inputs);
    t.parallelism = 2;
    stream->transformations.push_back(std::move(t));
    return static_cast<int>(stream->transformations.size()) - 1;
  }
  JobGraph build(graph::JobGraphOptions options = {}) const {
    return graph::build_job_graph(stream, options);
  }
  JobGraph build_batch(bool blocking = true) const {
    graph::JobGraphOptions options;
    options.mode = graph::RuntimeMode::batch;
    options.blocking_exchanges = blocking;
    return build(options);
  }
};

StreamEdge from(int source, int input = 0) {
  StreamEdge edge;
  edge.source = source;
  edge.input = input;
  return edge;
}
StreamEdge rebalanced(int source, ExchangeType exchange = ExchangeType::pipelined) {
  StreamEdge edge = from(source);
  edge.partitioning.strategy = ShipStrategy::rebalance;
  edge.partitioning.explicitly = true;
  edge.exchange = exchange;
  return edge;
}

}  // namespace

TEST_CASE("a chain that is too deep for a stack goes on in another task of the slot") {
  Sketch sketch;
  int last = sketch.source();
  for (int i = 0; i < 250; ++i) last = sketch.add("map", {from(last)});
  const JobGraph graph = sketch.build();
  REQUIRE(graph.vertices.size() == 3);
  CHECK(graph.vertices[0].chain.size() == 100);
  CHECK(graph.vertices[1].chain.size() == 100);
  CHECK(graph.vertices[2].chain.size() == 51);
  CHECK(graph.regions == 1);
  CHECK(graph.slots_needed() == 2);
  for (const auto& edge : graph.edges) {
    CHECK(edge.partitioning.strategy == ShipStrategy::forward);
  }
}

TEST_CASE("it is the depth that is bounded, not how many readers an operator has") {
  Sketch sketch;
  const int source = sketch.source();
  for (int i = 0; i < 250; ++i) sketch.add("map", {from(source)});
  CHECK(sketch.build().vertices.size() == 1);
}

TEST_CASE("a blocking exchange divides regions and chains") {
  Sketch sketch;
  const int source = sketch.source();
  const int sorted = sketch.add("sort", {rebalanced(source, ExchangeType::blocking)});
  StreamEdge forward = from(sorted);
  forward.exchange = ExchangeType::blocking;
  sketch.add("read", {forward});
  const int other = sketch.add("other", {rebalanced(source)});
  sketch.add("end", {from(other)});
  const JobGraph graph = sketch.build();
  REQUIRE(graph.vertices.size() == 4);
  CHECK(graph.regions == 3);
  CHECK(graph.vertices[0].region == graph.vertices[3].region);
  CHECK(graph.edges[0].exchange == ExchangeType::blocking);
  const std::string text = graph::describe_json(graph);
  CHECK(text.find("\"blocking\"") != std::string::npos);
  CHECK(text.find("\"pipelined_bounded\"") != std::string::npos);
}

TEST_CASE("the exchange type is part of what all processes must agree on") {
  Sketch pipelined, blocking;
  pipelined.add("sort", {rebalanced(pipelined.source())});
  blocking.add("sort", {rebalanced(blocking.source(), ExchangeType::blocking)});
  CHECK(pipelined.build().fingerprint != blocking.build().fingerprint);
}

TEST_CASE("in batch every exchange is blocking but a forward one that is the only input") {
  Sketch sketch;
  const int source = sketch.source();
  const int sorted = sketch.add("sort", {rebalanced(source)});
  const int next = sketch.add("next", {from(sorted)});
  sketch.stream->transformations[static_cast<std::size_t>(next)].chaining = ChainingStrategy::head;
  // Waits for "sort" by way of "back", and so must not be of its region.
  const int back = sketch.add("back", {rebalanced(next)});
  sketch.add("join", {from(next, 0), from(back, 1)});
  const JobGraph graph = sketch.build_batch();
  CHECK(graph.batch);
  REQUIRE(graph.vertices.size() == 5);
  const auto exchange = [&](std::size_t vertex, std::size_t input) {
    return graph.edges[static_cast<std::size_t>(graph.vertices[vertex].input_edges[input])]
        .exchange;
  };
  CHECK(exchange(1, 0) == ExchangeType::blocking);
  CHECK(exchange(2, 0) == ExchangeType::pipelined);
  CHECK(exchange(3, 0) == ExchangeType::blocking);
  CHECK(exchange(4, 0) == ExchangeType::blocking);
  CHECK(exchange(4, 1) == ExchangeType::blocking);
  CHECK(graph.regions == 4);
  const JobGraph pipelined = sketch.build_batch(false);
  CHECK(pipelined.regions == 1);
  CHECK(pipelined.fingerprint != graph.fingerprint);
  CHECK(!sketch.build().batch);
}

TEST_CASE("batch is for sources that end; AUTOMATIC looks whether they do") {
  Sketch sketch;
  const int source = sketch.source();
  sketch.add("map", {from(source)});
  graph::JobGraphOptions automatic;
  automatic.mode = graph::RuntimeMode::automatic;
  CHECK(sketch.build(automatic).batch);
  auto& unbounded = sketch.stream->transformations[static_cast<std::size_t>(source)];
  unbounded.bounded = false;
  unbounded.name = "Source: numbers";
  CHECK(!sketch.build(automatic).batch);
  CHECK(!sketch.build().batch);
  CHECK_THROWS_WITH_AS(sketch.build_batch(), doctest::Contains("\"Source: numbers\" does not"),
                       Error);
}

TEST_CASE("an operator of many inputs has each at its number") {
  Sketch sketch;
  std::vector<StreamEdge> inputs;
  for (int i = 0; i < 7; ++i) inputs.push_back(from(sketch.source(), i));
  const int join = sketch.add("join", std::move(inputs));
  const JobGraph graph = sketch.build();
  REQUIRE(graph.vertices.size() == 8);
  for (int i = 0; i < 7; ++i) {
    const auto& edge = graph.edges[static_cast<std::size_t>(graph.vertices[7].input_edges[i])];
    CHECK(edge.input == i);
    CHECK(edge.source_vertex == i);
  }
  sketch.stream->transformations[static_cast<std::size_t>(join)].selects_inputs = true;
  CHECK(sketch.build().vertices.size() == 8);
}

TEST_CASE("who selects its input is at the head of its chain, and has at most 64") {
  Sketch sketch;
  const int source = sketch.source();
  const int one = sketch.add("one", {from(source)});
  sketch.stream->transformations[static_cast<std::size_t>(one)].selects_inputs = true;
  CHECK(sketch.build().vertices.size() == 2);
  sketch.stream->transformations[static_cast<std::size_t>(one)].inputs[0].input = 64;
  CHECK_THROWS_WITH_AS(sketch.build(), doctest::Contains("more than 64 inputs"), Error);
}

TEST_CASE("a job of nothing but sources is refused, as by Flink") {
  Sketch sketch;
  CHECK_THROWS_WITH_AS(sketch.build(), doctest::Contains("the job has no operators"), Error);
  sketch.source();
  CHECK_THROWS_WITH_AS(sketch.build(), doctest::Contains("no operators are defined"), Error);
}
