// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/coordinator.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <deque>

#include "unit/checkpoint/sample.h"

namespace flink::checkpoint {
namespace {

using namespace std::chrono_literals;

std::shared_ptr<const graph::JobGraph> two_vertices(int parallelism) {
  auto stream = std::make_shared<StreamGraph>();
  auto graph = std::make_shared<graph::JobGraph>();
  for (std::uint64_t v = 0; v < 2; ++v) {
    stream->transformations.emplace_back().uid = "op" + std::to_string(v);
    graph::JobVertex vertex;
    vertex.id = {7, v + 1};
    vertex.name = "v" + std::to_string(v);
    vertex.parallelism = parallelism;
    graph::ChainedOperator op;
    op.id = {v + 1, v + 1};
    op.transformation = static_cast<int>(v);
    op.name = vertex.name;
    vertex.chain.push_back(op);
    graph->vertices.push_back(vertex);
  }
  graph->stream_graph = stream;
  return graph;
}

// A job whose tasks take checkpoints: each keeps a list of files, adds one at a time and now and
// then puts one in the place of all.
struct World final : TaskTable {
  explicit World(Settings given, int parallelism = 2)
      : settings(std::move(given)),
        graph(two_vertices(parallelism)),
        coordinator(graph, settings, job, *this) {
    for (int v = 0; v < 2; ++v) {
      for (int i = 0; i < parallelism; ++i) {
        tasks.push_back(
            {{graph->vertices[static_cast<std::size_t>(v)].id, i, 0}, v, true, false, v == 0});
      }
    }
    coordinator.start(1, 1);
  }
  std::vector<TaskInfo> checkpoint_tasks() const override { return tasks; }

  void advance(base::Duration by) {
    now.at = now.at + by;
    now.wall_millis += by / 1ms;
  }
  state::TaskSnapshot snapshot(const TaskInfo& task, base::Random& random) {
    auto& mine = files[task.id];
    const auto fresh = [&] {
      return settings.job_directory(job) + "/shared/" + std::to_string(next_file++);
    };
    if (random.below(4) == 0) mine.clear();
    mine.push_back(fresh());
    state::OperatorSubtaskState state;
    state.operator_high = state.operator_low = static_cast<std::uint64_t>(task.vertex) + 1;
    for (const auto& file : mine) {
      state.keyed.runs.push_back({test::run_file(file), {0, 127}});
    }
    return {{state}};
  }

  Settings settings;
  std::shared_ptr<const graph::JobGraph> graph;
  base::JobId job{1, 2};
  base::Instant now{{1s}, 1000};
  std::vector<TaskInfo> tasks;
  std::map<base::AttemptId, std::vector<std::string>> files;
  int next_file = 0;
  CheckpointCoordinator coordinator;
};

Settings every(base::Duration interval) {
  Settings out;
  out.interval = interval;
  out.timeout = 10s;
  out.directory = "/data";
  return out;
}

// Runs everything that is asked for at once; returns what happened, in words.
std::vector<std::string> settle(World& world, base::Random& random, bool acknowledge = true) {
  std::vector<std::string> out;
  for (auto actions = world.coordinator.take_actions(); !actions.empty();
       actions = world.coordinator.take_actions()) {
    for (auto& any : actions) {
      const auto now = world.now;
      auto& c = world.coordinator;
      if (auto* prepare = std::get_if<action::Prepare>(&any)) {
        c.prepared(prepare->id, "/data/chk-" + std::to_string(prepare->id), {}, now);
      } else if (auto* take = std::get_if<action::SnapshotCoordinators>(&any)) {
        c.coordinators_snapshot(take->id, {}, {}, now);
      } else if (auto* trigger = std::get_if<action::Trigger>(&any)) {
        out.push_back("trigger " + std::to_string(trigger->barrier.checkpoint_id));
        if (!acknowledge) continue;
        for (const auto& task : world.tasks) {
          if (task.finished) continue;
          c.acknowledged(
              {task.id, trigger->barrier.checkpoint_id, world.snapshot(task, random), {}}, now);
        }
      } else if (auto* write = std::get_if<action::Write>(&any)) {
        c.written(write->metadata->checkpoint_id, WriteOutcome::durable, {}, now);
      } else if (auto* complete = std::get_if<action::Complete>(&any)) {
        out.push_back("complete " + std::to_string(complete->id));
      } else if (auto* aborted = std::get_if<action::Aborted>(&any)) {
        out.push_back("aborted " + std::to_string(aborted->id));
      } else if (auto* answer = std::get_if<action::Answer>(&any)) {
        out.push_back(answer->failure.empty() ? "answer " + answer->location
                                              : "refused " + answer->failure);
      } else if (std::holds_alternative<action::FailJob>(any)) {
        out.push_back("fail");
      }
    }
  }
  return out;
}

// Runs everything at once; what is written meets the given outcomes, then is durable.
std::string settle_with(World& world, base::Random& random, std::deque<WriteOutcome> outcomes) {
  std::string told;
  auto& c = world.coordinator;
  for (auto actions = c.take_actions(); !actions.empty(); actions = c.take_actions()) {
    for (auto& any : actions) {
      if (auto* prepare = std::get_if<action::Prepare>(&any)) {
        c.prepared(prepare->id, "/data/x", {}, world.now);
      } else if (auto* take = std::get_if<action::SnapshotCoordinators>(&any)) {
        c.coordinators_snapshot(take->id, {}, {}, world.now);
      } else if (auto* trigger = std::get_if<action::Trigger>(&any)) {
        told += trigger->barrier.options & channels::Barrier::full ? "full " : "builds ";
        for (const auto& task : world.tasks) {
          c.acknowledged(
              {task.id, trigger->barrier.checkpoint_id, world.snapshot(task, random), {}},
              world.now);
        }
      } else if (auto* write = std::get_if<action::Write>(&any)) {
        const auto outcome = outcomes.empty() ? WriteOutcome::durable : outcomes.front();
        if (!outcomes.empty()) outcomes.pop_front();
        c.written(write->metadata->checkpoint_id, outcome, "'/x' is not there", world.now);
      } else if (auto* aborted = std::get_if<action::Aborted>(&any)) {
        told += aborted->why + " ";
      } else if (std::holds_alternative<action::Complete>(any)) {
        told += "complete ";
      } else if (std::holds_alternative<action::FailJob>(any)) {
        told += "fail ";
      }
    }
  }
  return told;
}

const std::string gone = "'/x' is not there; the next checkpoint writes all state again ";

using Words = std::vector<std::string>;

}  // namespace

TEST_CASE("checkpoints at their interval, with their pause") {
  base::SeededRandom random{1};
  auto settings = every(1s);
  settings.min_pause = 600ms;
  World world{settings};
  world.coordinator.tasks_running(world.now);
  CHECK(settle(world, random).empty());
  world.advance(1s);
  CHECK(world.coordinator.next_timer() == world.now.at);
  world.coordinator.tick(world.now);
  CHECK(settle(world, random) == Words{"trigger 1", "complete 1"});
  world.advance(1s);
  world.coordinator.tick(world.now);
  CHECK(settle(world, random) == Words{"trigger 2", "complete 2"});
  CHECK(world.coordinator.statistics().completed == 2);
}

TEST_CASE("a checkpoint that expires, one that is declined, failures in a row") {
  base::SeededRandom random{1};
  auto settings = every(1s);
  settings.tolerable_failures = 1;
  World world{settings};
  world.coordinator.tasks_running(world.now);
  world.advance(1s);
  world.coordinator.tick(world.now);
  CHECK(settle(world, random, false) == Words{"trigger 1"});
  CHECK(world.coordinator.holds_back(world.tasks[3].id, 1));
  CHECK(!world.coordinator.holds_back(world.tasks[3].id, 0));
  world.advance(10s);
  world.coordinator.tick(world.now);
  CHECK(settle(world, random, false) == Words{"aborted 1", "trigger 2"});
  world.coordinator.declined({world.tasks[0].id, 1, "too late to matter"}, world.now);
  CHECK(settle(world, random, false).empty());
  world.coordinator.declined({world.tasks[0].id, 2, "disk full"}, world.now);
  CHECK(settle(world, random, false) == Words{"aborted 2", "fail"});
  CHECK(!world.coordinator.holds_back(world.tasks[3].id, 9));
  CHECK(world.coordinator.statistics().latest_failed->failure_message ==
        "v0 (1) declined it: disk full");
}

TEST_CASE("files that are gone: written again, and a failure only when that does not help") {
  base::SeededRandom random{1};
  World world{every(1s)};
  auto& c = world.coordinator;
  c.tasks_running(world.now);
  world.advance(1s);
  c.tick(world.now);
  CHECK(settle(world, random) == Words{"trigger 1", "complete 1"});
  for (int i = 0; i < 2; ++i) {
    world.advance(1s);
    c.tick(world.now);
    CHECK(settle_with(world, random, {WriteOutcome::incomplete}) ==
          "builds " + gone + "full complete ");
  }
  // Those that it has just written are gone too: now somebody must do something.
  c.request({RequestKind::checkpoint, 5, true, false, {}, {}}, world.now);
  CHECK(settle_with(world, random, {WriteOutcome::incomplete}) == "full '/x' is not there fail ");
}

TEST_CASE("files that are gone, and no interval: the next one that is asked for writes all") {
  base::SeededRandom random{1};
  auto settings = every(1s);
  settings.interval.reset();
  World world{settings};
  auto& c = world.coordinator;
  c.tasks_running(world.now);
  c.request({RequestKind::checkpoint, 5, false, false, {}, {}}, world.now);
  CHECK(settle_with(world, random, {WriteOutcome::incomplete}) == "builds " + gone);
  CHECK(c.next_timer() == base::TimePoint::never());
  c.request({RequestKind::checkpoint, 6, false, false, {}, {}}, world.now);
  CHECK(settle_with(world, random, {}) == "full complete ");
}

TEST_CASE("files that are gone: two checkpoints under way that build on them are no failures") {
  base::SeededRandom random{1};
  auto settings = every(1s);
  settings.max_concurrent = 2;
  World world{settings};
  auto& c = world.coordinator;
  c.tasks_running(world.now);
  for (int i = 0; i < 2; ++i) {
    world.advance(1s);
    c.tick(world.now);
  }
  CHECK(settle_with(world, random, {WriteOutcome::incomplete, WriteOutcome::incomplete}) ==
        "builds builds " + gone + gone + "full complete ");
}

TEST_CASE("a job that is stopped takes no more checkpoints; a savepoint of a user does not count") {
  base::SeededRandom random{1};
  World world{every(1s)};
  world.coordinator.tasks_running(world.now);
  world.coordinator.request({RequestKind::savepoint, 5, false, false, "/sp", {}}, world.now);
  CHECK(settle(world, random) == Words{"trigger 1", "answer /data/chk-1"});
  CHECK(world.coordinator.latest() == nullptr);
  world.coordinator.request({RequestKind::stop, 6, false, true, "/sp", {}}, world.now);
  world.coordinator.request({RequestKind::checkpoint, 7, false, false, "", {}}, world.now);
  CHECK(settle(world, random) ==
        Words{"refused the job is being stopped", "trigger 2", "complete 2", "answer /data/chk-2"});
  CHECK(world.coordinator.stopped_with() == "/data/chk-2");
  world.advance(100s);
  world.coordinator.tick(world.now);
  CHECK(settle(world, random).empty());
}

TEST_CASE("a task that finishes before its barrier: taken again without it") {
  base::SeededRandom random{1};
  World world{every(1s)};
  world.coordinator.tasks_running(world.now);
  world.advance(1s);
  world.coordinator.tick(world.now);
  CHECK(settle(world, random, false) == Words{"trigger 1"});
  world.tasks[0].finished = true;
  world.tasks[0].running = world.tasks[0].root = false;
  world.coordinator.task_finished(world.tasks[0].id, world.now);
  CHECK(settle(world, random) == Words{"aborted 1", "trigger 2", "complete 2"});
  CHECK(world.coordinator.latest()->metadata->operators[0].subtasks[0].finished);
}

TEST_CASE("random lives: ids rise, outcomes are told once, no file goes that is needed") {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    CAPTURE(seed);
    base::SeededRandom random{seed};
    auto settings = every(100ms);
    settings.max_concurrent = 1 + static_cast<int>(random.below(3));
    settings.num_retained = 1 + static_cast<int>(random.below(3));
    settings.tolerable_failures = 1000;
    World world{settings, 1 + static_cast<int>(random.below(2))};
    auto& c = world.coordinator;
    std::vector<CheckpointAction> todo;
    struct Ack {
      base::AttemptId id;
      std::int64_t checkpoint;
      state::TaskSnapshot snapshot;
    };
    std::vector<Ack> acks;
    std::set<std::string> deleted;
    std::set<std::int64_t> ended;
    std::deque<std::set<std::string>> kept;
    std::int64_t newest = 0, complete = 0;
    c.tasks_running(world.now);
    for (int step = 0; step < 600; ++step) {
      for (auto& action : c.take_actions()) todo.push_back(std::move(action));
      const auto what = random.below(10);
      if (what < 5 && !todo.empty()) {
        auto any = std::move(todo.front());
        todo.erase(todo.begin());
        if (auto* prepare = std::get_if<action::Prepare>(&any)) {
          CHECK(prepare->id > newest);
          newest = prepare->id;
          c.prepared(prepare->id, "/data/chk-" + std::to_string(prepare->id),
                     random.below(10) == 0 ? "read-only" : "", world.now);
        } else if (auto* take = std::get_if<action::SnapshotCoordinators>(&any)) {
          c.coordinators_snapshot(take->id, {}, {}, world.now);
        } else if (auto* trigger = std::get_if<action::Trigger>(&any)) {
          for (const auto& task : world.tasks) {
            acks.push_back({task.id, trigger->barrier.checkpoint_id, world.snapshot(task, random)});
          }
        } else if (auto* write = std::get_if<action::Write>(&any)) {
          CHECK(c.finalizing());
          for (const auto& file : files_of(*write->metadata)) CHECK(!deleted.contains(file));
          const bool fails = random.below(10) == 0;
          if (!fails) {
            kept.push_back(files_of(*write->metadata));
            if (kept.size() > static_cast<std::size_t>(settings.num_retained)) kept.pop_front();
            CHECK(write->record.size() == kept.size());
          }
          c.written(write->metadata->checkpoint_id,
                    fails ? WriteOutcome::failed : WriteOutcome::durable, "disk full", world.now);
        } else if (auto* done = std::get_if<action::Complete>(&any)) {
          CHECK(done->id > complete);
          complete = done->id;
          CHECK(ended.insert(done->id).second);
        } else if (auto* aborted = std::get_if<action::Aborted>(&any)) {
          CHECK(ended.insert(aborted->id).second);
        } else if (auto* collect = std::get_if<action::Collect>(&any)) {
          for (const auto& file : collect->garbage.files) {
            for (const auto& files : kept) CHECK(!files.contains(file));
            deleted.insert(file);
          }
        }
      } else if (what < 8 && !acks.empty()) {
        // Of one task in order, as they are sent.
        const auto ack = acks.front();
        acks.erase(acks.begin());
        if (random.below(15) == 0) c.declined({ack.id, ack.checkpoint, "no"}, world.now);
        else c.acknowledged({ack.id, ack.checkpoint, ack.snapshot, {}}, world.now);
        if (random.below(10) == 0)
          c.acknowledged({ack.id, ack.checkpoint, ack.snapshot, {}}, world.now);
      } else if (what == 8 && random.below(20) == 0) {
        c.interrupted("a task failed", world.now);
        if (!c.finalizing()) {
          // Everything starts again from the newest one.
          acks.clear();
          for (auto& task : world.tasks) ++task.id.attempt;
          world.files.clear();
          if (const auto* latest = c.latest()) {
            for (const auto& task : world.tasks) {
              const auto& op = latest->metadata->operators[static_cast<std::size_t>(task.vertex)];
              const auto& state = op.subtasks[static_cast<std::size_t>(task.id.subtask)].state;
              for (const auto& run : state.keyed.runs) {
                CHECK(!deleted.contains(run.file.path));
                world.files[task.id].push_back(run.file.path);
              }
            }
          }
          c.tasks_running(world.now);
        }
      } else {
        world.advance(20ms);
        c.tick(world.now);
      }
    }
    if (seed % 10 == 0) CHECK(complete > 3);
  }
}

TEST_CASE("what somebody asked for and no task has heard of fails for nobody else") {
  for (const auto kind : {RequestKind::stop, RequestKind::savepoint, RequestKind::checkpoint}) {
    base::SeededRandom random{1};
    World world{every(1s)};
    auto& c = world.coordinator;
    c.tasks_running(world.now);
    c.request({kind, 5, false, false, "/sp", {}}, world.now);
    c.take_actions();
    c.prepared(1, {}, "no such directory", world.now);
    CHECK(settle(world, random) == Words{"aborted 1", "refused no such directory"});
    world.advance(1s);
    c.tick(world.now);
    CHECK(settle(world, random) == Words{"trigger 2", "complete 2"});
    // Coordinators that have taken their state learn that it was for nothing.
    c.request({kind, 6, false, false, "/sp", {}}, world.now);
    c.take_actions();
    c.prepared(3, "/data/chk-3", {}, world.now);
    c.interrupted("a task failed", world.now);
    bool told = false;
    for (const auto& any : c.take_actions()) {
      const auto* aborted = std::get_if<action::Aborted>(&any);
      told = told || (aborted != nullptr && aborted->coordinators && !aborted->triggered);
    }
    CHECK(told);
  }
}

}  // namespace flink::checkpoint
