// SPDX-License-Identifier: Apache-2.0
// The JobMaster where stages run one after another, by example. (The random stories hold its
// promises in general.)
#include <doctest/doctest.h>
#include <flink/error.h>

#include "job_story.h"

using namespace std::chrono_literals;
using namespace flink;
using namespace flink::jobmanager;
using namespace flink::test;

namespace {

// Two subtasks that write for two others.
GraphShape two_stages() {
  return {.parallelism = {2, 2},
          .edges = {{0, 1, ShipStrategy::hash, ExchangeType::blocking}},
          .batch = true};
}

void finish(Story& s, int vertex, int subtask) {
  s.report(vertex, subtask, TaskState::running);
  s.report(vertex, subtask, TaskState::finished);
}
// In two slots of one TaskManager.
void run_first_stage(Story& s) {
  s.start();
  s.join("a", 2);
  finish(s, 0, 0);
  finish(s, 0, 1);
}
void go_on_after(Story& s, base::Duration time) {
  s.later(time);
  s.master.tick(s.now);
}
TaskState state_of(const Story& s, int vertex, int subtask) {
  return s.master.executions().subtask(vertex, subtask).current.state;
}

}  // namespace

TEST_CASE("batch: one slot after another, a stage when its inputs are there, all in one slot") {
  Story s{two_stages()};
  s.start();
  s.told();
  s.join("a", 1);
  CHECK(s.told() == Words{"deploy 0.0#0 a/0"});
  CHECK(state_of(s, 0, 1) == TaskState::scheduled);  // waits for a slot
  CHECK(state_of(s, 1, 0) == TaskState::created);    // for its inputs
  finish(s, 0, 0);
  CHECK(s.told() == Words{"ready 0.0#0", "deploy 0.1#0 a/0"});
  finish(s, 0, 1);
  CHECK(s.told() == Words{"ready 0.1#0", "deploy 1.0#0 a/0"});
  finish(s, 1, 0);
  CHECK(s.told() == Words{"ready 1.0#0", "deploy 1.1#0 a/0"});
  CHECK(s.master.status() == JobStatus::running);
  finish(s, 1, 1);
  CHECK(s.told() == Words{"ready 1.1#0", "release 0.0#0 a", "release 0.1#0 a", "commit"});
}

TEST_CASE("batch: a consumer that fails reads again what is still there") {
  Story s{two_stages()};
  run_first_stage(s);
  s.told();
  s.report(1, 0, TaskState::running);
  s.report(1, 0, TaskState::failed, {ErrorKind::transient, "", "lost"});
  finish(s, 1, 1);  // goes on meanwhile
  CHECK(s.told() == Words{"ready 1.0#0", "RESTARTING", "ready 1.1#0"});
  go_on_after(s, 200ms);
  CHECK(s.told() == Words{"reset 1.0#0", "RUNNING", "deploy 1.0#1 a/0"});
}

TEST_CASE("batch: what a lost TaskManager held is made again, and read again by all") {
  Story s{two_stages()};
  s.start();
  s.join("a", 1);
  s.join("b", 1);
  finish(s, 0, 0);
  finish(s, 0, 1);
  finish(s, 1, 0);  // on a; it has read of b
  s.told();
  s.report(1, 1, TaskState::running);
  s.master.taskmanager_lost("b", "b is gone", "", s.now);
  CHECK(s.told() == Words{"ready 1.1#0", "RESTARTING"});
  go_on_after(s, 200ms);
  // The partition of 0.0 lies on a, and is read again.
  CHECK(s.told() ==
        Words{"reset 0.1#0", "reset 1.0#0", "reset 1.1#0", "RUNNING", "deploy 0.1#1 a/0"});
  finish(s, 0, 1);
  CHECK(s.told() == Words{"ready 0.1#1", "deploy 1.0#1 a/0"});
  finish(s, 1, 0);
  finish(s, 1, 1);
  CHECK(s.told() == Words{"ready 1.0#1", "deploy 1.1#1 a/0", "ready 1.1#1", "release 0.0#0 a",
                          "release 0.1#1 a", "commit"});
}

TEST_CASE("batch: a partition that cannot be read is made again") {
  Story s{two_stages()};
  run_first_stage(s);
  s.told();
  protocol::TaskFailure failure{ErrorKind::transient, "", "damaged", s.current(0, 1)};
  s.report(1, 0, TaskState::failed, failure);
  CHECK(s.told() == Words{"RESTARTING", "cancel 1.1#0"});
  s.report(1, 1, TaskState::canceled);
  go_on_after(s, 200ms);
  CHECK(s.told() == Words{"release 0.1#0 a", "reset 0.1#0", "reset 1.0#0", "reset 1.1#0", "RUNNING",
                          "deploy 0.1#1 a/0"});
}

TEST_CASE("batch: a lost partition that an echo of the first failure tells of is made again") {
  Story s{two_stages()};
  run_first_stage(s);
  s.told();
  const auto damaged = [&](int producer) {
    return protocol::TaskFailure{ErrorKind::transient, "", "damaged", s.current(0, producer)};
  };
  s.report(1, 0, TaskState::failed, damaged(0));
  CHECK(s.told() == Words{"RESTARTING", "cancel 1.1#0"});
  s.report(1, 1, TaskState::failed, damaged(1));               // instead of CANCELED
  CHECK(s.told() == Words{"release 0.1#0 a", "reset 0.1#0"});  // its slot is not free yet
  go_on_after(s, 200ms);
  CHECK(s.told() == Words{"release 0.0#0 a", "reset 0.0#0", "reset 1.0#0", "reset 1.1#0", "RUNNING",
                          "deploy 0.0#1 a/0", "deploy 0.1#1 a/1"});
  CHECK(s.master.failures().size() == 2);
}

TEST_CASE("batch: an attempt leaves nothing of what it has written, however it ended") {
  // Even CANCELED or FAILED: the last block may have been written just before.
  for (const auto writer : {TaskState::finished, TaskState::canceled, TaskState::failed}) {
    CAPTURE(static_cast<int>(writer));
    Story s{{.parallelism = {2, 1, 1},
             .edges = {{0, 1, ShipStrategy::hash, ExchangeType::pipelined},
                       {1, 2, ShipStrategy::hash, ExchangeType::blocking}},
             .batch = true}};
    s.start();
    s.join("a", 2);
    s.told();
    s.report(0, 0, TaskState::failed, {ErrorKind::transient, "", "lost", {}});
    s.report(1, 0, writer);
    s.report(0, 1, TaskState::canceled);
    s.told();
    go_on_after(s, 200ms);
    CHECK(s.told() == Words{"release 0.0#0 a", "reset 0.0#0", "release 0.1#0 a", "reset 0.1#0",
                            "release 1.0#0 a", "reset 1.0#0", "RUNNING", "deploy 1.0#1 a/0",
                            "deploy 0.1#1 a/1", "deploy 0.0#1 a/0"});
  }
}

TEST_CASE("batch: what was released is made again for a consumer whose own output is lost") {
  Story s{{.parallelism = {1, 1, 1},
           .edges = {{0, 1, ShipStrategy::hash, ExchangeType::blocking},
                     {1, 2, ShipStrategy::hash, ExchangeType::blocking}},
           .batch = true}};
  s.start();
  s.join("a", 1);
  finish(s, 0, 0);
  finish(s, 1, 0);
  s.join("b", 1);
  s.told();
  s.master.taskmanager_lost("a", "a is gone", "", s.now);
  s.told();
  go_on_after(s, 200ms);
  CHECK(s.told() ==
        Words{"reset 0.0#0", "reset 1.0#0", "reset 2.0#0", "RUNNING", "deploy 0.0#1 b/0"});
}

TEST_CASE("batch: a lost TaskManager whose partitions are all read costs nothing") {
  Story s{two_stages()};
  run_first_stage(s);
  finish(s, 1, 0);
  finish(s, 1, 1);
  s.told();
  s.master.taskmanager_lost("a", "a is gone", "", s.now);
  s.master.committed(s.now);
  CHECK(s.told() == Words{"FINISHED"});
  CHECK(s.master.restarts() == 0);
}

TEST_CASE("batch: a region that no slots will ever be enough for is a clear error") {
  auto options = with_restarts();
  options.slots_max = 1;
  Story s{{.parallelism = {2, 2, 1},
           .edges = {{0, 1, ShipStrategy::hash, ExchangeType::pipelined},
                     {1, 2, ShipStrategy::hash, ExchangeType::blocking}},
           .batch = true},
          options};
  s.start();
  REQUIRE(s.master.root_failure() != nullptr);
  CHECK(s.master.root_failure()->message.find("a pipelined region of the job needs 2 slots") == 0);
}

TEST_CASE("batch: slots that others will give back do not run into slot.request.timeout") {
  Story s{two_stages()};
  s.start();
  s.join("a", 1);
  go_on_after(s, 10min);
  CHECK(s.master.status() == JobStatus::running);
  s.master.taskmanager_lost("a", "a is gone", "", s.now);
  go_on_after(s, 10min);  // starts again
  go_on_after(s, 10min);
  CHECK(s.master.status() == JobStatus::failing);
}
