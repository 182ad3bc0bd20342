// SPDX-License-Identifier: Apache-2.0
// The file sink: its parts and their commit, under faults and restarts.
#include <doctest/doctest.h>
#include <flink/connectors/file/file_sink.h>

#include "base/random.h"
#include "unit/connectors/harness.h"

namespace flink::test {
namespace {

struct Row {
  std::string word;
  std::int64_t count = 0;
};

TEST_CASE("parts become visible at the job's commit, under names without .pending") {
  FakeJob job;
  SinkJob<Row> sink{job, FileSink<Row>::csv("out/"), 2};
  CHECK(sink.transformation.commits_at_end);
  sink.write(0, {{"a", 1}, {"b,c", 2}});
  sink.write(1, {{"d", 3}});
  sink.finish(0);
  CHECK(contains(error_of([&] { sink.commit(); }), "subtask 1 finished, but"));
  sink.finish(1);
  CHECK(job.files.names("out") ==
        std::vector<std::string>{"." + part("0-0.csv.pending"), "." + part("0-0.csv.pending", 1)});
  for (const auto& name : job.files.names("out")) CHECK(job.files.synced.contains("out/" + name));
  sink.commit();
  CHECK(job.files.names("out") == std::vector<std::string>{part("0-0.csv"), part("0-0.csv", 1)});
  CHECK(all_content(job.files, "out") == "a,1\n\"b,c\",2\nd,3\n");
  CHECK(job.files.synced.contains("out"));
  sink.commit();  // again: nothing changes
  sink.coordinator->abort();
  CHECK(all_content(job.files, "out") == "a,1\n\"b,c\",2\nd,3\n");
}

TEST_CASE("text: strings as they are, records as print writes them; no record, no file") {
  FakeJob job;
  SinkJob<std::string> lines{job, FileSink<std::string>::text("lines"), 2};
  lines.write(0, {"a,\"b\"", ""});
  lines.finish(0);
  lines.finish(1);
  lines.commit();
  CHECK(job.files.names("lines").size() == 1);
  CHECK(all_content(job.files, "lines") == "a,\"b\"\n\n");
  SinkJob<Row> rows{job, FileSink<Row>::text("rows"), 1};
  rows.write(0, {{"a", 1}});
  rows.finish(0);
  rows.commit();
  CHECK(all_content(job.files, "rows") == "(a,1)\n");
}

TEST_CASE("a dead attempt's parts are removed, its late committables do not count") {
  FakeJob job;
  SinkJob<Row> sink{job, FileSink<Row>::csv("out"), 1};
  sink.write(0, {{"lost", 1}});
  sink.tasks[0].sink->finish();
  sink.restart(0);
  CHECK(job.files.names("out").empty());
  sink.deliver();  // what attempt 0 had sent arrives now
  sink.write(0, {{"kept", 1}});
  sink.finish(0);
  sink.commit();
  CHECK(all_content(job.files, "out") == "kept,1\n");
}

TEST_CASE("an aborted job leaves no part, but what others wrote") {
  FakeJob job;
  job.files.put("out/notes", "mine");
  SinkJob<Row> sink{job, FileSink<Row>::csv("out").append(), 2};
  sink.write(0, {{"a", 1}});
  sink.finish(0);
  sink.write(1, {{"b", 1}});
  sink.coordinator->abort();
  CHECK(job.files.names("out") == std::vector<std::string>{"notes"});
}

TEST_CASE("a job that ends looks once for what its subtasks have left") {
  FakeJob job;
  constexpr int parallelism = 8;
  SinkJob<Row> sink{job, FileSink<Row>::csv("out").append(), parallelism};
  for (int subtask = 0; subtask < parallelism; ++subtask) {
    sink.write(subtask, {{"a", 1}});
    sink.finish(subtask);
  }
  CHECK(job.files.names("out").size() == parallelism);
  int lists = 0;
  job.files.before = [&](const std::string& operation, const std::string&) {
    lists += operation == "list" ? 1 : 0;
  };
  sink.coordinator->abort();
  CHECK(lists == 1);
  CHECK(job.files.names("out").empty());
}

TEST_CASE("a directory in use is refused unless told otherwise") {
  const std::string old = "part-0-aaaaaaaaaaaa-0-0.csv";
  const auto run = [](FakeJob& job, const FileSink<Row>& sink) {
    SinkJob<Row> task{job, sink, 1};
    task.write(0, {{"new", 1}});
    task.finish(0);
    task.commit();
    return job.files.names("out").size();
  };
  const auto csv = FileSink<Row>::csv("out");
  FakeJob job;
  job.files.put("out/.gitkeep", "");
  CHECK(run(job, csv) == 2);

  FakeJob used;
  used.files.put("out/" + old, "old\n");
  const std::string error = error_of([&] { run(used, csv); });
  CHECK(contains(error, "'out' is not empty"));
  CHECK(contains(error, "-Dflinkc.file-sink.overwrite=true"));
  CHECK(used.files.names("out").size() == 1);
  CHECK(run(used, csv.append()) == 2);

  used.flags.insert("flinkc.file-sink.overwrite");
  used.files.files.erase("out/" + part("0-0.csv"));
  CHECK(run(used, csv) == 1);
  CHECK(all_content(used.files, "out") == "new,1\n");

  FakeJob foreign;
  foreign.files.put("out/" + old, "old\n");
  foreign.files.put("out/thesis.doc", "years of work");
  CHECK(contains(error_of([&] { run(foreign, csv.overwrite()); }),
                 "'thesis.doc', which no file sink"));
  foreign.files.put("file", "x");
  CHECK(contains(error_of([&] { SinkJob<Row>(foreign, FileSink<Row>::csv("file"), 1); }),
                 "'file' is a file"));
}

// Its JobManager died between two commits, and it starts again from its beginning.
TEST_CASE("a job without checkpoints that was half committed does not write everything once more") {
  for (const bool overwrite : {false, true}) {
    CAPTURE(overwrite);
    FakeJob job;
    job.options["sink.committer.retries"] = "0";
    const auto sink =
        overwrite ? FileSink<Row>::csv("out").overwrite() : FileSink<Row>::csv("out").append();
    {
      SinkJob<Row> first{job, sink, 2};
      for (int subtask = 0; subtask < 2; ++subtask) {
        first.write(subtask, {{"a", subtask}});
        first.finish(subtask);
      }
      int renames = 0;
      job.files.before = [&](const std::string& operation, const std::string& path) {
        if (operation == "rename" && ++renames > 1) MemoryFileSystem::fail(operation, path, "died");
      };
      CHECK(contains(error_of([&] { first.commit(); }), "died"));
      job.files.before = nullptr;
    }
    job.to_coordinator.clear();
    if (!overwrite) {
      CHECK(contains(error_of([&] { SinkJob<Row>(job, sink, 2); }), "ended while it committed"));
      continue;
    }
    SinkJob<Row> second{job, sink, 1};
    second.write(0, {{"b", 1}});
    second.finish(0);
    second.commit();
    std::string finished;
    for (const auto& name : job.files.names("out")) {
      if (name.front() != '.') finished += job.files.content("out/" + name);
    }
    CHECK(finished == "b,1\n");
    CHECK(
        !job.files.files.contains("out/.committing-0123456789abcdef0123456789abcdef-"
                                  "fedcba9876543210fedcba9876543210-"));
  }
}

TEST_CASE("a job that ends leaves no note of its commit: another of the same id may follow") {
  FakeJob job;
  for (int run = 0; run < 2; ++run) {
    SinkJob<Row> sink{job, FileSink<Row>::csv("out").append(), 1};
    sink.write(0, {{"a", run}});
    sink.finish(0);
    sink.commit();
    sink.coordinator->abort();
  }
  CHECK(all_content(job.files, "out") == "a,0\na,1\n");
}

TEST_CASE("a full disk fails the task by name; a commit that fails is tried again") {
  FakeJob job;
  SinkJob<Row> sink{job, FileSink<Row>::csv("out"), 1};
  job.files.capacity = 1000;
  const std::string error = error_of([&] {
    for (int i = 0; i < 100; ++i) sink.write(0, {{std::string(30, 'x'), i}});
    sink.finish(0);
  });
  CHECK(contains(error, part("0-0.csv.inprogress': No space left on device")));
  job.files.capacity = UINT64_MAX;
  sink.restart(0);
  sink.write(0, {{"a", 1}});
  sink.finish(0);

  int failures = 3;
  job.files.before = [&](const std::string& operation, const std::string& path) {
    if (operation == "rename" && failures-- > 0)
      MemoryFileSystem::fail(operation, path, "I/O error");
  };
  sink.commit();
  CHECK(failures == -1);
  CHECK(all_content(job.files, "out") == "a,1\n");
}

TEST_CASE("a commit whose outcome got lost, and one that can never succeed") {
  FakeJob job;
  job.options["sink.committer.retries"] = "2";
  job.options["execution.checkpointing.interval"] = "1 s";
  SinkJob<Row> sink{job, FileSink<Row>::csv("out"), 1};
  sink.write(0, {{"a", 1}});
  sink.finish(0);
  int renames = 0;
  job.files.before = [&](const std::string& operation, const std::string& path) {
    if (operation == "rename") ++renames;
    if (operation == "sync_directory" && renames == 1)
      MemoryFileSystem::fail(operation, path, "I/O error");
    if (operation == "sync_directory") ++renames;
  };
  CHECK(contains(error_of([&] { sink.commit(); }), "I/O error"));
  ++renames;
  sink.commit();
  CHECK(all_content(job.files, "out") == "a,1\n");

  FakeJob broken;
  broken.options["sink.committer.retries"] = "2";
  SinkJob<Row> never{broken, FileSink<Row>::csv("out"), 1};
  never.write(0, {{"a", 1}});
  never.finish(0);
  int attempts = 0;
  broken.files.before = [&](const std::string& operation, const std::string& path) {
    if (operation != "rename") return;
    ++attempts;
    MemoryFileSystem::fail(operation, path, "I/O error");
  };
  CHECK(contains(error_of([&] { never.commit(); }), "after 2 retries: rename"));
  CHECK(attempts == 3);
  broken.files.before = nullptr;
  broken.files.files.clear();
  CHECK(contains(error_of([&] { never.commit(); }), "is gone"));
}

}  // namespace
}  // namespace flink::test
