// SPDX-License-Identifier: Apache-2.0
// The JobMaster by example: one story a case.
#include <doctest/doctest.h>
#include <flink/error.h>

#include <string>
#include <vector>

#include "job_story.h"

using namespace std::chrono_literals;
using namespace flink;
using namespace flink::jobmanager;
using namespace flink::test;

TEST_CASE("job: from start to FINISHED, committed once, after every task") {
  Story s{{.parallelism = {2, 2}, .edges = {{0, 1}}}};
  s.master.start(s.now);
  CHECK(s.told() == Words{"CREATED", "start"});
  s.join("a", 2);
  CHECK(s.told().empty());  // coordinators come first
  s.master.coordinators_started(s.now);
  CHECK(s.told() == Words{"RUNNING", "deploy 1.1#0 a/1", "deploy 1.0#0 a/0", "deploy 0.1#0 a/1",
                          "deploy 0.0#0 a/0"});
  for (int v = 0; v < 2; ++v) {
    for (int i = 0; i < 2; ++i) s.report(v, i, TaskState::running);
  }
  CHECK(s.told() == Words{"ready 0.0#0", "ready 0.1#0", "ready 1.0#0", "ready 1.1#0"});
  for (int v = 0; v < 2; ++v) {
    for (int i = 0; i < 2; ++i) {
      CHECK(s.told().empty());
      s.report(v, i, TaskState::finished);
    }
  }
  CHECK(s.told() == Words{"commit"});
  CHECK(s.master.status() == JobStatus::running);
  s.master.cancel(s.now);  // too late, unless that fails
  s.master.committed(s.now);
  CHECK(s.told() == Words{"end retries", "FINISHED"});
}

TEST_CASE("job: a failed task without a restart strategy fails the job, with its text") {
  auto options = with_restarts();
  options.restart.type = config::RestartStrategy::Type::none;
  Story s{{.parallelism = {1, 1}, .edges = {{0, 1}}}, options};
  s.start();
  s.join("a", 1);
  s.told();
  s.report(1, 0, TaskState::failed, {ErrorKind::user, "Map", "boom"});
  CHECK(s.told() == Words{"FAILING", "cancel 0.0#0"});
  s.report(0, 0, TaskState::canceled);
  CHECK(s.told() == Words{"abort"});
  s.master.aborted(s.now);
  CHECK(s.told() == Words{"FAILED"});
  REQUIRE(s.master.failures().size() == 1);
  CHECK(s.master.failures()[0].message == "operator 'Map': boom");
  CHECK(s.master.failures()[0].task == "v1 (1/1) - execution #0");
}

TEST_CASE("job: what no restart can help ends the job at once, also where one was under way") {
  for (const bool restarting : {false, true}) {
    CAPTURE(restarting);
    Story s{{.parallelism = {1, 1}, .edges = {{0, 1}}}};
    s.start();
    s.join("a", 1);
    s.report(0, 0, TaskState::running);
    s.report(1, 0, TaskState::running);
    s.told();
    if (restarting) s.report(1, 0, TaskState::failed, {ErrorKind::transient, "", "cut off"});
    s.told();
    s.report(0, 0, TaskState::failed, {ErrorKind::incurable, "Source", "the input is gone"});
    const auto told = s.told();
    CHECK(std::find(told.begin(), told.end(), "FAILING") != told.end());
    CHECK(s.master.failures().back().message ==
          "operator 'Source': the input is gone (a restart cannot help, so there is none)");
    CHECK_FALSE(s.master.failures().back().restarts);
  }
}

TEST_CASE(
    "job: a failure restarts the region after the pause, in new attempts, on the same slots") {
  Story s{{.parallelism = {1, 1}, .edges = {{0, 1}}}};
  s.start();
  s.join("a", 1);
  s.told();
  s.report(0, 0, TaskState::running);
  s.report(1, 0, TaskState::running);
  s.told();
  s.report(0, 0, TaskState::failed, {ErrorKind::user, "", "boom"});
  CHECK(s.told() == Words{"RESTARTING", "cancel 1.0#0"});
  CHECK(s.master.next_timer() == base::TimePoint::never());  // waits for the cancelled one
  s.later(1s);
  s.report(1, 0, TaskState::canceled);
  CHECK(s.told() ==
        Words{"reset 0.0#0", "reset 1.0#0", "RUNNING", "deploy 1.0#1 a/0", "deploy 0.0#1 a/0"});
  // A late report of the former attempt changes nothing.
  s.master.task_state("a", {{{7, 1}, 0, 0}, TaskState::finished, {}, {}}, s.now);
  CHECK(s.told().empty());
}

TEST_CASE("job: the pause is kept when every member ended before") {
  Story s{{.parallelism = {1}}};
  s.start();
  s.join("a", 1);
  s.told();
  s.report(0, 0, TaskState::failed, {ErrorKind::user, "", "boom"});
  CHECK(s.told() == Words{"RESTARTING"});
  CHECK(s.master.next_timer() == s.now.at + 100ms);
  s.later(99ms);
  s.master.tick(s.now);
  CHECK(s.told().empty());
  s.later(1ms);
  s.master.tick(s.now);
  CHECK(s.told() == Words{"reset 0.0#0", "RUNNING", "deploy 0.0#1 a/0"});
}

TEST_CASE("job: a lost TaskManager restarts what ran there on its replacement") {
  Story s{{.parallelism = {2, 2}, .edges = {{0, 1}}}};
  s.start();
  s.join("a", 1);
  CHECK(s.told() == Words{"CREATED", "start", "RUNNING"});
  s.join("b", 1);
  s.told();
  s.master.taskmanager_lost("a", "TaskManager a died", "see its log", s.now);
  CHECK(s.told() == Words{"RESTARTING", "cancel 0.1#0", "cancel 1.1#0"});
  REQUIRE(s.master.failures().size() == 1);
  CHECK(s.master.failures()[0].message ==
        "TaskManager a died while running v0 (1/2), v1 (1/2); see its log");
  s.report(0, 1, TaskState::canceled);
  s.report(1, 1, TaskState::canceled);
  s.later(100ms);
  s.master.tick(s.now);
  CHECK(s.told() == Words{"reset 0.0#0", "reset 0.1#0", "reset 1.0#0", "reset 1.1#0", "RUNNING"});
  s.join("c", 1);
  const auto deployed = s.told();
  CHECK(deployed ==
        Words{"deploy 1.1#1 b/0", "deploy 1.0#1 c/0", "deploy 0.1#1 b/0", "deploy 0.0#1 c/0"});
}

TEST_CASE("job: only the slice that failed restarts when no exchange joins the slices") {
  Story s{{.parallelism = {2, 2}, .edges = {{0, 1, ShipStrategy::forward}}}};
  s.start();
  s.join("a", 2);
  s.told();
  CHECK(s.master.executions().region_count() == 2);
  s.report(0, 0, TaskState::failed, {ErrorKind::user, "", "boom"});
  CHECK(s.told() == Words{"RESTARTING", "cancel 1.0#0"});
  s.report(0, 1, TaskState::finished);
  s.report(1, 1, TaskState::finished);
  CHECK(s.told().empty());
  s.report(1, 0, TaskState::canceled);
  s.later(100ms);
  s.master.tick(s.now);
  CHECK(s.told() ==
        Words{"reset 0.0#0", "reset 1.0#0", "RUNNING", "deploy 1.0#1 a/0", "deploy 0.0#1 a/0"});
  s.report(0, 0, TaskState::finished);
  s.report(1, 0, TaskState::finished);
  CHECK(s.told() == Words{"commit"});
}

TEST_CASE("job: the echo of a lost TaskManager costs no second restart, but is remembered") {
  Story s{{.parallelism = {2, 2}, .edges = {{0, 1}}}, with_restarts(1)};
  s.start();
  s.join("a", 1);
  s.join("b", 1);
  s.told();
  s.report(1, 1, TaskState::failed, {ErrorKind::transient, "", "the connection to a broke"});
  s.master.taskmanager_lost("a", "a died", "", s.now);
  s.report(0, 1, TaskState::canceled);
  s.join("c", 1);
  s.later(100ms);
  s.master.tick(s.now);
  CHECK(s.master.status() == JobStatus::running);
  CHECK(s.master.failures().size() == 2);
  CHECK(s.master.restarts() == 1);
}

TEST_CASE("job: cancel ends what runs, aborts, and is CANCELED") {
  Story s{{.parallelism = {1, 1}, .edges = {{0, 1}}}};
  s.start();
  s.join("a", 1);
  s.told();
  s.master.cancel(s.now);
  CHECK(s.told() == Words{"CANCELLING", "cancel 0.0#0", "cancel 1.0#0"});
  s.report(0, 0, TaskState::canceled);
  s.report(1, 0, TaskState::finished);  // it was quicker
  CHECK(s.told() == Words{"abort"});
  s.master.aborted(s.now);
  CHECK(s.told() == Words{"CANCELED"});
}

TEST_CASE("job: cancelled before anything runs") {
  Story s{{.parallelism = {1}}};
  s.master.start(s.now);
  s.told();
  s.master.cancel(s.now);
  CHECK(s.told() == Words{"CANCELLING", "abort"});
  s.master.coordinators_started(s.now);
  s.join("a", 1);
  s.master.aborted(s.now);
  CHECK(s.told() == Words{"CANCELED"});
}

TEST_CASE("job: more slots than there can be fail at once, and say the numbers") {
  auto options = with_restarts();
  options.slots_max = 2;
  Story s{{.parallelism = {3, 4}, .edges = {{0, 1}}}, options};
  s.start();
  s.told();
  CHECK(s.master.status() == JobStatus::failing);
  REQUIRE(s.master.failures().size() == 1);
  CHECK(s.master.failures()[0].message.find("needs 4 slots") != std::string::npos);
  CHECK(s.master.failures()[0].message.find("have 2") != std::string::npos);
}

TEST_CASE("job: slots that do not come within slot.request.timeout fail it") {
  Story s{{.parallelism = {3}}};
  s.start();
  s.join("a", 1);
  CHECK(s.master.next_timer() == s.now.at + 5min);
  s.told();
  // One slice runs; the others wait.
  s.later(5min);
  s.master.tick(s.now);
  CHECK(s.master.status() == JobStatus::failing);
  CHECK(s.master.failures()[0].message.find("slot.request.timeout") != std::string::npos);
}

TEST_CASE("job: a failed commit fails it and aborts") {
  Story s{{.parallelism = {1}}};
  s.start();
  s.join("a", 1);
  s.report(0, 0, TaskState::finished);
  s.told();
  s.master.fail(ErrorKind::internal, "something else", s.now);  // not the commit's own failure
  s.master.commit_failed(ErrorKind::resource, "disk full", s.now);
  CHECK(s.told() == Words{"FAILING", "abort"});
  s.master.aborted(s.now);
  CHECK(s.told() == Words{"FAILED"});
  CHECK(s.master.failures().back().message == "disk full");
}

TEST_CASE("job: coordinators that fail start again once nothing runs, and everything with them") {
  Story s{{.parallelism = {2}}};
  s.start();
  s.join("a", 2);
  s.report(0, 0, TaskState::running);
  s.told();
  s.master.coordinator_failed(ErrorKind::transient, "I/O error", false, s.now);
  CHECK(s.told() == Words{"RESTARTING", "cancel 0.0#0", "cancel 0.1#0"});
  s.report(0, 0, TaskState::canceled);
  s.later(100ms);
  s.master.tick(s.now);
  CHECK(s.told() == Words{"reset 0.0#0"});
  s.report(0, 1, TaskState::canceled);
  CHECK(s.told() == Words{"reset 0.1#0", "start"});
  s.master.tick(s.now);
  CHECK(s.told().empty());
  // They fail again at once; the strategy's pause lies between the two.
  s.master.coordinator_failed(ErrorKind::transient, "I/O error", false, s.now);
  CHECK(s.told().empty());
  CHECK(s.master.next_timer() == s.now.at + 100ms);
  s.later(100ms);
  s.master.tick(s.now);
  CHECK(s.told() == Words{"start"});
  s.master.coordinators_started(s.now);
  CHECK(s.told() == Words{"RUNNING", "deploy 0.0#1 a/0", "deploy 0.1#1 a/1"});
  s.master.coordinator_failed(ErrorKind::user, "a part is gone", false, s.now);
  CHECK(s.told() == Words{"FAILING", "cancel 0.0#1", "cancel 0.1#1"});
}

TEST_CASE("job: coordinators that cannot start for now, at first, are started again") {
  Story s{{.parallelism = {1}}, with_restarts(1)};
  const auto fails = [&] {
    s.master.coordinator_failed(ErrorKind::transient, "I/O error", false, s.now);
  };
  s.master.start(s.now);
  s.join("a", 1);
  CHECK(s.told() == Words{"CREATED", "start"});
  fails();
  CHECK(s.told() == Words{"RESTARTING"});
  CHECK(s.master.next_timer() == s.now.at + 100ms);
  s.later(100ms);
  s.master.tick(s.now);
  CHECK(s.told() == Words{"start"});
  s.master.coordinators_started(s.now);
  CHECK(s.told() == Words{"RUNNING", "deploy 0.0#0 a/0"});
  fails();
  CHECK(s.told() == Words{"FAILING", "cancel 0.0#0"});
}

TEST_CASE("job: a commit that fails for now is asked for again after the strategy's pause") {
  Story s{{.parallelism = {1}}, with_restarts(2)};
  s.start();
  s.join("a", 1);
  s.report(0, 0, TaskState::finished);
  s.told();
  const auto fails = [&] {
    s.master.coordinator_failed(ErrorKind::transient, "disk full", true, s.now);
  };
  fails();
  CHECK(s.told().empty());
  CHECK(s.master.next_timer() == s.now.at + 100ms);
  s.later(100ms);
  s.master.tick(s.now);
  CHECK(s.told() == Words{"commit"});
  fails();
  s.later(100ms);
  s.master.tick(s.now);
  CHECK(s.told() == Words{"commit"});
  fails();
  CHECK(s.told() == Words{"FAILING", "abort"});
}

TEST_CASE("job: cancelled while it commits, it is when that fails") {
  Story s{{.parallelism = {1}}};
  s.start();
  s.join("a", 1);
  s.report(0, 0, TaskState::finished);
  s.told();
  s.master.cancel(s.now);
  s.master.cancel(s.now);
  CHECK(s.told() == Words{"end retries"});
  CHECK(s.master.status() == JobStatus::running);
  s.master.coordinator_failed(ErrorKind::transient, "not now", true, s.now);
  CHECK(s.told() == Words{"CANCELLING", "abort"});
  s.master.aborted(s.now, "something is left");
  CHECK(s.told() == Words{"CANCELED"});
  REQUIRE(s.master.failures().size() == 2);
  CHECK(s.master.failures()[1].message == "something is left");
}

TEST_CASE("job: full failover restarts every region") {
  auto options = with_restarts();
  options.full_failover = true;
  Story s{{.parallelism = {2}}, options};
  s.start();
  s.join("a", 2);
  s.told();
  s.report(0, 0, TaskState::failed, {ErrorKind::user, "", "boom"});
  CHECK(s.told() == Words{"RESTARTING", "cancel 0.1#0"});
}

TEST_CASE("job: suspended while it commits, closes or aborts; the answers come too late") {
  for (const bool last : {false, true}) {
    auto options = with_restarts();
    options.last_checkpoint = last;
    Story s{{.parallelism = {1}}, options};
    s.start();
    s.join("a", 1);
    s.report(0, 0, TaskState::running);
    s.report(0, 0, TaskState::finished);
    s.told();
    s.master.suspend(ErrorKind::transient, "SIGTERM", s.now);
    CHECK(s.told() == Words{"SUSPENDED"});
    s.master.last_checkpoint_done(s.now);
    s.master.committed(s.now);
    s.master.commit_failed(ErrorKind::user, "no", s.now);
    CHECK(s.told().empty());
    CHECK(s.master.status() == JobStatus::suspended);
  }
  Story s{{.parallelism = {1}}};
  s.start();
  s.master.cancel(s.now);
  s.told();
  s.master.suspend(ErrorKind::transient, "SIGTERM", s.now);
  s.master.aborted(s.now);
  CHECK(s.told() == Words{"SUSPENDED"});
}

TEST_CASE("job: what fails while the savepoint that stops the job is written does not restart") {
  Story s{{.parallelism = {1, 1}}};
  s.start();
  s.join("a", 2);
  for (int v = 0; v < 2; ++v) s.report(v, 0, TaskState::running);
  s.told();
  s.master.hold_restarts(true, s.now);
  s.report(0, 0, TaskState::failed, {ErrorKind::transient, "", "disk full"});
  s.later(100ms);
  s.master.tick(s.now);
  CHECK(s.told() == Words{"RESTARTING"});
  s.master.stopped_with("/sp/savepoint-1", s.now);
  s.master.hold_restarts(false, s.now);
  s.master.stopped_with("/sp/savepoint-1", s.now);
  CHECK(s.told() == Words{"FAILING", "cancel 1.0#0"});
  s.report(1, 0, TaskState::finished);
  s.master.aborted(s.now);
  CHECK(s.told() == Words{"abort", "FAILED"});
  const auto& message = s.master.failures().back().message;
  CHECK(message.find("disk full") != std::string::npos);
  CHECK(message.find("savepoint /sp/savepoint-1, which is good") != std::string::npos);
}
