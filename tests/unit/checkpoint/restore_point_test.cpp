// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/restore_point.h"

#include <doctest/doctest.h>
#include <flink/error.h>
#include <flink/types/key_group.h>

#include "state/state_file.h"
#include "unit/checkpoint/sample.h"

namespace flink::checkpoint {
namespace {

// One vertex with one operator of that id.
graph::JobGraph one_vertex(std::uint64_t id, int parallelism, int max_parallelism) {
  graph::JobGraph graph;
  auto stream = std::make_shared<StreamGraph>();
  stream->transformations.resize(1);
  graph.stream_graph = stream;
  graph::JobVertex vertex;
  vertex.id = {7, id};
  vertex.name = "count";
  vertex.parallelism = parallelism;
  vertex.max_parallelism = max_parallelism;
  graph::ChainedOperator op;
  op.id = {id, id * 3};
  op.transformation = 0;
  op.name = "count";
  vertex.chain.push_back(op);
  graph.vertices.push_back(vertex);
  return graph;
}

Metadata of(OperatorState op) {
  Metadata out;
  out.checkpoint_id = 9;
  out.operators.push_back(std::move(op));
  return out;
}

std::string refusal(const Metadata& metadata, const graph::JobGraph& graph, bool allow = false) {
  try {
    redistribute(metadata, graph, {allow});
    return {};
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::user);
    return error.message();
  }
}

std::vector<state::OperatorSubtaskState> states(const RestorePoint& point) {
  std::vector<state::OperatorSubtaskState> out;
  for (const auto& snapshot : point.vertices[0].snapshots) {
    out.push_back(snapshot.operators.at(0));
  }
  return out;
}

}  // namespace

TEST_CASE("key groups of subtasks are Flink's, and cover all") {
  base::SeededRandom random{1};
  for (int round = 0; round < 500; ++round) {
    const int groups = 1 + static_cast<int>(random.below(300));
    const int parallelism = 1 + static_cast<int>(random.below(static_cast<std::uint64_t>(groups)));
    for (int group = 0; group < groups; ++group) {
      const auto range =
          key_groups_of(operator_index(group, groups, parallelism), parallelism, groups);
      CHECK(range.contains(group));
    }
  }
}

TEST_CASE("rescaling: every key group and every item goes to exactly one, again and again") {
  base::SeededRandom random{20};
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    CAPTURE(seed);
    const int groups = 8 + static_cast<int>(random.below(120));
    const auto some = [&] { return 1 + static_cast<int>(random.below(8)); };
    auto op = test::keyed_operator(2, some(), groups, "/chk");
    std::multiset<std::string> items;
    for (auto& subtask : op.subtasks) {
      for (auto n = random.below(5); n > 0; --n) {
        const auto item = std::to_string(random.below(1000));
        items.insert(item);
        subtask.state.operator_state["splits"].items.push_back(item);
      }
      subtask.state.operator_state["rules"] = {OperatorStateMode::broadcast, "", {"r1", "r2"}};
    }
    for (int generation = 0; generation < 4; ++generation) {
      const auto graph = one_vertex(2, some(), groups);
      const auto restored = states(redistribute(of(op), graph, {}));
      REQUIRE(restored.size() == static_cast<std::size_t>(graph.vertices[0].parallelism));
      // Of which old run, by group: written there and only there.
      std::map<int, int> owners;
      std::multiset<std::string> seen;
      std::size_t least = 1000, most = 0;
      OperatorState next = op;
      next.parallelism = graph.vertices[0].parallelism;
      next.subtasks.clear();
      for (std::size_t i = 0; i < restored.size(); ++i) {
        const auto range = key_groups_of(static_cast<int>(i), next.parallelism, groups);
        CHECK(restored[i].keyed.groups.first == range.first);
        for (const auto& run : restored[i].keyed.runs) {
          for (int group = run.groups.first; group <= run.groups.last; ++group) {
            CHECK(range.contains(group));
            ++owners[group];
          }
        }
        const auto list = restored[i].operator_state.find("splits");
        const auto count = list == restored[i].operator_state.end() ? 0 : list->second.items.size();
        if (count > 0) seen.insert(list->second.items.begin(), list->second.items.end());
        least = std::min(least, count);
        most = std::max(most, count);
        CHECK(restored[i].operator_state.at("rules").items.size() == 2);
        next.subtasks.push_back({false, restored[i]});
      }
      CHECK(owners.size() == static_cast<std::size_t>(groups));
      for (const auto& [group, count] : owners) CHECK(count == 1);
      CHECK(seen == items);
      if (next.parallelism != op.parallelism) CHECK(most - least <= 1);
      op = next;
    }
  }
}

TEST_CASE("items in files are divided as those in memory: by handles") {
  base::SeededRandom random{21};
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    CAPTURE(seed);
    const auto some = [&] { return 1 + static_cast<int>(random.below(6)); };
    auto op = test::keyed_operator(2, some(), 8, "/chk");
    std::multiset<std::string> items;
    for (std::size_t i = 0; i < op.subtasks.size(); ++i) {
      auto& state = op.subtasks[i].state;
      const auto file = "/chk/lists-" + std::to_string(i);
      const auto count = random.below(20);
      state.stored["splits"] = {OperatorStateMode::split, "", {{{file, 9, {}}, 1, 8, 0, count}}};
      state.stored["all"] = {OperatorStateMode::union_all, "", {{{file, 9, {}}, 1, 8, 0, 2}}};
      state.stored["rules"] = {OperatorStateMode::broadcast, "", {{{file, 9, {}}, 1, 8, 0, 3}}};
      for (std::uint64_t n = 0; n < count; ++n) items.insert(file + "#" + std::to_string(n));
      if (random.below(2) == 0) continue;
      state.operator_state["splits"].items = {"here-" + std::to_string(i)};
      items.insert(state.operator_state["splits"].items.begin(),
                   state.operator_state["splits"].items.end());
    }
    for (int generation = 0; generation < 3; ++generation) {
      const auto restored = states(redistribute(of(op), one_vertex(2, some(), 8), {}));
      std::multiset<std::string> seen;
      std::size_t least = 1000, most = 0;
      OperatorState next = op;
      next.parallelism = static_cast<int>(restored.size());
      next.subtasks.clear();
      for (const auto& state : restored) {
        std::size_t mine = 0;
        if (const auto here = state.operator_state.find("splits");
            here != state.operator_state.end()) {
          mine += here->second.items.size();
          seen.insert(here->second.items.begin(), here->second.items.end());
        }
        if (const auto there = state.stored.find("splits"); there != state.stored.end()) {
          mine += state::count(there->second);
          for (const auto& part : there->second.parts) {
            for (auto n = part.first; n < part.first + part.count; ++n) {
              seen.insert(part.file.path + "#" + std::to_string(n));
            }
          }
        }
        least = std::min(least, mine);
        most = std::max(most, mine);
        if (generation == 0) CHECK(state.stored.at("all").parts.size() == op.subtasks.size());
        CHECK(state::count(state.stored.at("rules")) == 3);
        next.subtasks.push_back({false, state});
      }
      CHECK(seen == items);
      if (next.parallelism != op.parallelism) CHECK(most - least <= 1);
      op = next;
    }
  }
}

TEST_CASE("union state goes to everybody, whole, and once") {
  auto op = test::keyed_operator(2, 2, 8, "/chk");
  op.subtasks[0].state.operator_state["u"] = {OperatorStateMode::union_all, "", {"a", "b"}};
  op.subtasks[1].state.operator_state["u"] = {OperatorStateMode::union_all, "", {"c"}};
  for (const int parallelism : {1, 2, 3}) {
    for (const auto& state : states(redistribute(of(op), one_vertex(2, parallelism, 8), {}))) {
      CHECK(state.operator_state.at("u").items == std::vector<std::string>{"a", "b", "c"});
    }
  }
}

TEST_CASE("what does not fit is refused, with the remedy") {
  const auto metadata = of(test::keyed_operator(2, 2, 128, "/chk"));
  CHECK(refusal(metadata, one_vertex(2, 3, 128)).empty());
  CHECK(refusal(metadata, one_vertex(2, 2, 256)) ==
        "checkpoint 9 of job 00000000000000000000000000000000 cannot be restored: operator 'count' "
        "(uid count-2) wrote its keyed state at the maximum parallelism 128 and has 256 now, which "
        "puts keys into other groups: set it to 128 (env.set_max_parallelism, or "
        "-Dpipeline.max-parallelism)");
  CHECK(refusal(metadata, one_vertex(3, 2, 128)).find("--allow-non-restored-state") !=
        std::string::npos);
  CHECK(refusal(metadata, one_vertex(3, 2, 128), true).empty());
  auto stateless = metadata;
  for (auto& subtask : stateless.operators[0].subtasks) subtask.state.keyed.runs.clear();
  CHECK(refusal(stateless, one_vertex(3, 2, 256)).empty());
  auto contradicting = metadata;
  contradicting.operators[0].subtasks.pop_back();
  CHECK(refusal(contradicting, one_vertex(2, 2, 128)).find("contradicts itself") !=
        std::string::npos);
}

TEST_CASE("watermarks do not go back") {
  auto metadata = of(test::keyed_operator(2, 2, 128, "/chk"));
  auto& subtasks = metadata.operators[0].subtasks;
  const auto restored = [&](int parallelism) {
    std::vector<std::int64_t> out;
    const auto point = redistribute(metadata, one_vertex(2, parallelism, 128), {});
    for (const auto& task : point.vertices[0].snapshots) {
      out.push_back(task.operators[0].watermark);
    }
    return out;
  };
  using Millis = std::vector<std::int64_t>;
  CHECK(restored(2) == Millis{INT64_MIN, INT64_MIN});
  subtasks[0].state.watermark = 700;
  subtasks[1].state.watermark = -5;
  CHECK(restored(2) == Millis{700, -5});
  CHECK(restored(3) == Millis{-5, -5, -5});
  subtasks[1] = {true, {}};  // which holds nobody back
  CHECK(restored(1) == Millis{700});
  subtasks[0].state.watermark = INT64_MAX;  // drained: time begins anew
  CHECK(restored(2) == Millis{INT64_MIN, INT64_MIN});
  CHECK(restored(1) == Millis{INT64_MIN});
  // So does it where a source is new.
  subtasks[0].state.watermark = 700;
  auto graph = one_vertex(2, 2, 128);
  auto& source = graph.vertices.emplace_back();
  source.chain.emplace_back().id = {77, 77};
  source.chain.front().transformation = 0;
  graph.vertices[0].input_edges = {0};
  CHECK(redistribute(metadata, graph, {}).vertices[0].snapshots[0].operators[0].watermark ==
        INT64_MIN);
}

TEST_CASE("a watermark that was not worked off whole is what a restore begins with") {
  auto metadata = of(test::keyed_operator(2, 2, 128, "/chk"));
  auto& subtasks = metadata.operators[0].subtasks;
  subtasks[0].state.watermark = 700;
  subtasks[1].state.watermark = 40;
  subtasks[1].state.watermark_pending = true;
  const auto restored = [&](int parallelism) {
    std::vector<bool> out;
    const auto point = redistribute(metadata, one_vertex(2, parallelism, 128), {});
    for (const auto& task : point.vertices[0].snapshots) {
      out.push_back(task.operators[0].watermark_pending);
    }
    return out;
  };
  CHECK(restored(2) == std::vector{false, true});
  CHECK(restored(3) == std::vector{true, true, true});
  subtasks[1].state.watermark = INT64_MAX;  // it comes again
  CHECK(restored(2) == std::vector{false, false});
}

TEST_CASE("finished: all of a vertex or nothing") {
  auto metadata = of(test::keyed_operator(2, 2, 128, "/chk"));
  for (auto& subtask : metadata.operators[0].subtasks) subtask = {true, {}};
  CHECK(redistribute(metadata, one_vertex(2, 2, 128), {}).vertices[0].finished);
  auto graph = one_vertex(2, 2, 128);
  graph::ChainedOperator fresh;
  fresh.id = {5, 5};
  fresh.transformation = 0;
  graph.vertices[0].chain.push_back(fresh);
  CHECK(refusal(metadata, graph).find("had finished") != std::string::npos);
}

}  // namespace flink::checkpoint
