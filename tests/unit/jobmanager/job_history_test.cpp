// SPDX-License-Identifier: Apache-2.0
// A job that goes on in another JobManager keeps when it began and what failed.
#include <doctest/doctest.h>
#include <flink/types/to_bytes.h>

#include "job_story.h"

using namespace flink;
using namespace flink::jobmanager;
using namespace flink::test;
using flink::protocol::TaskState;

TEST_CASE("job: its history goes through bytes into the next JobMaster") {
  Story s{{.parallelism = {1, 1}, .edges = {{0, 1}}}};
  s.start();
  s.join("a", 1);
  s.report(0, 0, TaskState::running);
  s.report(1, 0, TaskState::running);
  s.report(0, 0, TaskState::failed, {ErrorKind::user, "Map", "boom"});
  const auto bytes = flink::detail::to_bytes(s.master.history());

  Story next{{.parallelism = {3}}};
  next.master.go_on_from(flink::detail::from_bytes<JobHistory>(bytes));
  CHECK(next.master.started() == s.master.entered(JobStatus::initializing));
  CHECK(next.master.failures_recorded() == 1);
  REQUIRE(next.master.failures().size() == 1);
  CHECK(next.master.failures()[0].message == "operator 'Map': boom");
  CHECK(next.master.failures()[0].wall_millis == s.master.failures()[0].wall_millis);
  next.start();
  next.join("b", 3);
  next.report(0, 0, TaskState::running);
  next.report(0, 0, TaskState::failed, {ErrorKind::user, "", "again"});
  CHECK(next.master.failures_recorded() == 2);
  CHECK(next.master.failures().back().message == "again");
}
