// SPDX-License-Identifier: Apache-2.0
// Sinks: part files and their commit under faults and restarts, committers and their retries.
#include <doctest/doctest.h>
#include <flink/connectors/blackhole_sink.h>
#include <flink/connectors/file/file_sink.h>

#include "base/random.h"
#include "connectors/file/part_name.h"
#include "unit/connectors/harness.h"
#include "unit/test_turn.h"

namespace flink::test {
namespace {

struct Row {
  std::string word;
  std::int64_t count = 0;
};

std::string all_content(MemoryFileSystem& files, const std::string& directory) {
  std::string all;
  for (const auto& name : files.names(directory)) all += files.content(directory + "/" + name);
  return all;
}

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

// Turns slow, as the clock sees it, at a record.
struct SlowSink final : Sink<std::int64_t> {
  struct Seen {
    TestTurn turn;
    std::int64_t slow_at = 0, written = 0, late = 0;
    std::size_t largest = 0;
  };
  struct Writer final : SinkWriter<std::int64_t> {
    Seen* seen;
    explicit Writer(Seen* s) : seen(s) {}
    void write(const std::int64_t&) override {
      if (seen->written++ == seen->slow_at) seen->turn.flag = true;
      if (seen->turn.flag) ++seen->late;
    }
    void write_batch(std::span<const std::int64_t> records) override {
      seen->largest = std::max(seen->largest, records.size());
      SinkWriter::write_batch(records);
    }
    void flush(bool) override {}
  };
  Seen* seen;
  explicit SlowSink(Seen* s) : seen(s) {}
  std::unique_ptr<SinkWriter<std::int64_t>> create_writer(WriterInitContext&) const override {
    return std::make_unique<Writer>(seen);
  }
};

TEST_CASE("a sink that turns slow in the middle of a batch is looked up from soon") {
  for (const std::int64_t slow_at : {0, 1, 500, 1'023, 1'030}) {
    CAPTURE(slow_at);
    FakeJob job;
    SlowSink::Seen seen;
    seen.slow_at = slow_at;
    job.turn = &seen.turn;
    SinkJob<std::int64_t> sink{job, SlowSink{&seen}, 1};
    for (int batch = 0; batch < 2; ++batch) sink.write(0, std::vector<std::int64_t>(1024, 7));
    CHECK(seen.turn.looked == 1);
    CHECK(seen.late <= 128);
    CHECK(seen.largest >= 64);  // while it is quick
  }
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

TEST_CASE("large output rolls into several parts on line ends") {
  FakeJob job;
  NoOutput output;
  FakeOperatorContext context{job, output, 3, 4, 1};
  job.files.create_directories("out");
  const auto writer_context = detail::make_writer_context(context);
  detail::FileSinkOptions options{
      .directory = "out", .suffix = ".txt", .rolling = RollingPolicy{100}, .buffer_bytes = 32};
  detail::PartSinkWriter<std::string, TextFormat<std::string>> writer{
      *writer_context, options, nullptr, {}};
  std::string expected;
  for (int i = 0; i < 100; ++i) {
    writer.write("line " + std::to_string(i));
    expected += "line " + std::to_string(i) + "\n";
  }
  writer.flush(true);
  const auto parts = writer.prepare_commit();
  CHECK(parts.size() > 5);
  CHECK(writer.prepare_commit().empty());
  std::string all;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    CHECK(parts[i].path == "out/" + part("1-" + std::to_string(i) + ".txt", 3));
    CHECK(job.files.content(parts[i].in_progress).size() == parts[i].bytes);
    CHECK(job.files.content(parts[i].in_progress).back() == '\n');
    all += job.files.content(parts[i].in_progress);
  }
  CHECK(all == expected);
}

TEST_CASE("small parts are as small as they shall be, in buckets too") {
  FakeJob job;
  const auto small = DefaultRollingPolicy{}.with_max_part_size(100);
  SinkJob<Row> sink{job,
                    FileSink<Row>::csv("out").with_rolling_policy(small).with_bucket_assigner(
                        [](const Row& row) { return row.word; }),
                    1};
  for (int i = 0; i < 200; ++i) sink.write(0, {{"a", 1000 + i}, {"b", 1000 + i}});
  sink.finish(0);
  sink.commit();
  for (const char* bucket : {"out/a", "out/b"}) {
    CHECK(job.files.names(bucket).size() == 14);  // of 15 lines of 7 bytes
    CHECK(all_content(job.files, bucket).size() == 200 * 7);
    for (const auto& name : job.files.names(bucket)) {
      CHECK(job.files.content(std::string{bucket} + "/" + name).size() <= 100 + 7);
    }
  }
}

TEST_CASE("names of parts") {
  using connectors::parse_part_name;
  const std::string job = "0123456789abcdef0123456789abcdef";
  const std::string op = "fedcba9876543210fedcba9876543210";
  const connectors::PartName full{7, job, op, 57, 3, 45};
  CHECK(connectors::part_stem(full) == "part-7-" + job + "-" + op + "-r57-3-45");
  CHECK(contains(connectors::part_stem(full), connectors::owner_mark(job, op)));
  const auto parsed = parse_part_name(connectors::part_stem(full) + ".csv");
  REQUIRE(parsed);
  CHECK(parsed->subtask == 7);
  CHECK(parsed->job == job);
  CHECK(parsed->op == op);
  CHECK(parsed->after == 57);
  CHECK(parsed->attempt == 3);
  CHECK(parsed->number == 45);
  CHECK(parsed->finished());
  CHECK_FALSE(parse_part_name(part("3-45.csv"))->after);
  CHECK(parse_part_name(part("3-45.csv.inprogress"))->in_progress);
  CHECK(parse_part_name("." + part("3-45.csv.pending"))->pending);
  CHECK_FALSE(parse_part_name("." + part("3-45.csv")));
  // Of earlier builds.
  const auto old = parse_part_name("part-12-0123456789ab-r57-b01234567-3-45.csv.inprogress");
  REQUIRE(old);
  CHECK(old->job == "0123456789ab");
  CHECK(old->op.empty());
  CHECK(old->may_be_of(job));
  CHECK_FALSE(old->may_be_of(op));
  CHECK(parse_part_name("part-12-0123456789ab-3-45.csv.pending")->pending);
  CHECK(parse_part_name("part-12-0123456789ab-3-45.csv")->finished());
  for (const std::string& name :
       {std::string{}, std::string{"part-"}, std::string{"part-00000"}, part("0"), part("0-0x"),
        part("r-0-0"), part("b01234567-0-0"), "a" + part("0-0"), "part--1" + part("0-0").substr(6),
        "part-0-" + job + "-0-0", std::string{"part-0-0123456789ab-0"},
        std::string{"part-0-0123456789xy-0-0"}, std::string{"part-0-0123456789ab-b12-0-0"}}) {
    CAPTURE(name);
    CHECK_FALSE(parse_part_name(name));
  }
}

// A sink of one's own with a committer.
struct Letter {
  std::string text;
  int failures = 0;
};
struct Post final : Sink<std::string>, SupportsCommitter<Letter> {
  struct Writer final : CommittingSinkWriter<std::string, Letter> {
    void write(const std::string& record) override { letters.push_back({record, 0}); }
    void flush(bool) override {}
    std::vector<Letter> prepare_commit() override { return std::exchange(letters, {}); }
    std::vector<Letter> letters;
  };
  struct Mailbox final : Committer<Letter> {
    explicit Mailbox(std::vector<std::string>& out) : sent(out) {}
    void commit(std::vector<CommitRequest<Letter>>& requests) override {
      for (auto& request : requests) {
        const Letter& letter = request.committable();
        if (letter.text == "known") {
          request.signal_failed_with_known_reason("no stamp");
        } else if (letter.text == "unknown") {
          request.signal_failed_with_unknown_reason("lost");
        } else if (letter.failures < 3) {
          request.update_and_retry_later({letter.text, letter.failures + 1}, "closed");
        } else {
          sent.push_back(letter.text + std::to_string(request.number_of_retries()));
        }
      }
    }
    std::vector<std::string>& sent;
  };
  explicit Post(std::vector<std::string>& out) : sent(out) {}
  std::unique_ptr<SinkWriter<std::string>> create_writer(WriterInitContext&) const override {
    return std::make_unique<Writer>();
  }
  std::unique_ptr<Committer<Letter>> create_committer(SinkJobContext&) const override {
    return std::make_unique<Mailbox>(sent);
  }
  std::vector<std::string>& sent;
};

TEST_CASE("requests: retried with an update, given up, failed") {
  FakeJob job;
  std::vector<std::string> sent;
  SinkJob<std::string> sink{job, Post{sent}, 2};
  sink.write(0, {"a", "known"});
  sink.write(1, {"b"});
  sink.finish(0);
  sink.finish(1);
  sink.commit();
  CHECK(sent == std::vector<std::string>{"a3", "b3"});
  REQUIRE(job.warnings.size() == 1);
  CHECK(contains(job.warnings[0], "no stamp"));

  SinkJob<std::string> lost{job, Post{sent}, 1};
  lost.write(0, {"unknown"});
  lost.finish(0);
  CHECK(contains(error_of([&] { lost.commit(); }), "commit failed: lost"));
}

TEST_CASE("records go into the buckets that they are assigned to") {
  FakeJob job;
  job.clock.time = {std::chrono::hours{24 * 365}};
  const auto csv = FileSink<Row>::csv("out");
  {
    SinkJob<Row> sink{job, csv.with_bucket_assigner([](const Row& row) { return row.word; }), 1};
    for (int i = 0; i < 300; ++i)
      sink.write(0, {{"a", i}, {"b/c" + std::to_string(i % 100), i}, {"", i}});
    sink.finish(0);
    sink.commit();
  }
  CHECK(job.files.names("out/a").size() == 1);
  CHECK(contains(job.files.names("out/a")[0], job.operator_id));
  CHECK(contains(all_content(job.files, "out/b/c7"), "b/c7,107\n"));
  CHECK(all_content(job.files, "out/b/c7").size() == 7 + 9 + 9);
  CHECK(job.files.synced.contains("out/b/c7"));
  CHECK(job.files.synced.contains("out/b"));
  std::string deepest = "d";
  for (int depth = 1; depth < 64; ++depth) deepest += "/d";
  for (const std::string& bad : std::vector<std::string>{"..", "a/../b", "/a", "a/", "a//b", ".",
                                                         ".a", "a/.b", deepest + "/d"}) {
    CAPTURE(bad);
    FakeJob other;
    SinkJob<Row> sink{other, csv.with_bucket_assigner([](const Row& row) { return row.word; }), 1};
    CHECK(contains(error_of([&] { sink.write(0, {{bad, 1}}); }), "is no relative path"));
  }
  // Whatever bucket is taken is found by the next job.
  FakeJob deep;
  for (const auto* expected : {"", "is not empty"}) {
    const auto error = error_of([&] {
      SinkJob<Row> sink{deep, csv.with_bucket_assigner([&](const Row&) { return deepest; }), 1};
      sink.write(0, {{"a", 1}});
      sink.finish(0);
      sink.commit();
    });
    CHECK((*expected == '\0' ? error.empty() : contains(error, expected)));
  }
  FakeJob hours;
  hours.clock.time = job.clock.time;
  SinkJob<Row> sink{hours, csv.with_bucket_assigner(DateTimeBucketAssigner{}), 1};
  sink.write(0, {{"a", 1}});
  hours.clock.time = hours.clock.time + std::chrono::hours{1};
  sink.write(0, {{"b", 2}});
  sink.finish(0);
  sink.commit();
  CHECK(all_content(hours.files, "out/1971-01-01--00") == "a,1\n");
  CHECK(all_content(hours.files, "out/1971-01-01--01") == "b,2\n");
}

TEST_CASE("patterns of times") {
  const Timestamp at = timestamp_of_millis(1'700'000'000'123);
  CHECK(DateTimeBucketAssigner{}.format(at) == "2023-11-14--22");
  CHECK(DateTimeBucketAssigner{"'dt='yyyyMMdd/HH:mm.ss"}.format(at) == "dt=20231114/22:13.20");
  CHECK(DateTimeBucketAssigner{"yyyy"}.format(timestamp_of_millis(-1)) == "1969");
  for (const char* bad : {"yy", "YYYY", "'open", "EEE"}) {
    CHECK(contains(error_of([&] { DateTimeBucketAssigner{bad}; }), "known are yyyy"));
  }
}

TEST_CASE("parts roll by age and inactivity") {
  using std::chrono::milliseconds, std::chrono::seconds;
  struct Policy {
    milliseconds rollover, inactivity;
    std::size_t parts;
  };
  constexpr auto never = milliseconds::max();
  for (const auto& [rollover, inactivity, parts] :
       {Policy{seconds{10}, seconds{4}, 3}, Policy{seconds{10}, never, 2},
        Policy{never, seconds{4}, 2}, Policy{never, never, 1},
        Policy{never - milliseconds{1}, std::chrono::hours{24 * 365'000}, 1}}) {
    CAPTURE(rollover.count());
    CAPTURE(inactivity.count());
    FakeJob job;
    const auto policy =
        DefaultRollingPolicy{}.with_rollover_interval(rollover).with_inactivity_interval(
            inactivity);
    SinkJob<Row> sink{job, FileSink<Row>::csv("out").with_rolling_policy(policy), 1};
    for (const int pause : {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 6, 1}) {
      job.clock.time = job.clock.time + seconds{pause};
      sink.write(0, {{"a", 1}});
    }
    sink.finish(0);
    sink.commit();
    CHECK(job.files.names("out").size() == parts);
  }
}

// A writer with state: how many records went through it and its predecessors.
struct Tally {
  std::int64_t records = 0;
};
struct Counting final : Sink<int>, SupportsWriterState<int, Tally> {
  struct Writer final : SinkWriter<int>, StatefulSinkWriter<Tally> {
    explicit Writer(std::vector<Tally> of) : tallies(std::move(of)) {}
    void write(const int&) override { ++fresh; }
    void flush(bool) override { ++flushed; }
    std::vector<Tally> snapshot_state(std::int64_t) override {
      auto all = tallies;
      all.push_back({fresh});
      return all;
    }
    std::vector<Tally> tallies;
    std::int64_t fresh = 0;
    int flushed = 0;
  };
  std::unique_ptr<SinkWriter<int>> create_writer(WriterInitContext&) const override {
    return std::make_unique<Writer>(std::vector<Tally>{});
  }
  std::unique_ptr<SinkWriter<int>> restore_writer(WriterInitContext&,
                                                  std::vector<Tally> state) const override {
    return std::make_unique<Writer>(std::move(state));
  }
};

TEST_CASE("writers with state get it back") {
  FakeJob job;
  SinkJob<int> sink{job, Counting{}, 1};
  CHECK_FALSE(sink.transformation.make_coordinator);
  sink.write(0, {1, 2, 3});
  sink.tasks[0].sink->prepare_snapshot(1);
  const OperatorSnapshot snapshot = sink.tasks[0].sink->snapshot(1);
  CHECK(snapshot.at("writer_raw_states").items.size() == 1);
  FakeOperatorContext context{job, sink.output, 0, 1, 1};
  context.restored = snapshot;
  context.restored_id = 1;
  const auto restored = sink.transformation.make_operator();
  restored->open(context);
  CHECK(restored->snapshot(2).at("writer_raw_states").items.size() == 2);
  CHECK(restored->snapshot(2).at("writer_raw_states").items[0] ==
        snapshot.at("writer_raw_states").items[0]);
}

TEST_CASE("a sink without a committer needs no coordinator") {
  FakeJob job;
  SinkJob<int> sink{job, BlackholeSink<int>{}, 1};
  CHECK_FALSE(sink.transformation.make_coordinator);
  CHECK_FALSE(sink.transformation.commits_at_end);
  CHECK(sink.transformation.is_sink);
  sink.write(0, {1, 2});
  sink.finish(0);
}

TEST_CASE("each part begins with the format's header") {
  struct Pair {
    std::string name;
    double value = 0;
  };
  FakeJob job;
  job.files.create_directories("out");
  const auto format = CsvFormat<Pair>{}.with_header().with_field_delimiter('\t');
  SinkJob<Pair> sink{job, FileSink<Pair>::of("out", format).with_rolling_policy(RollingPolicy{1}),
                     1};
  sink.write(0, {{"a", 1}, {"b\t", 2.5}});
  sink.finish(0);
  sink.commit();
  std::string all;
  for (const auto& name : job.files.names("out")) all += job.files.content("out/" + name);
  CHECK(all == "name\tvalue\na\t1.0\nname\tvalue\n\"b\t\"\t2.5\n");
}

}  // namespace
}  // namespace flink::test
