// SPDX-License-Identifier: Apache-2.0
// Parts of a file sink: their names, buckets, sizes and ages, and what each begins with.
#include <doctest/doctest.h>
#include <flink/connectors/file/file_sink.h>

#include "base/random.h"
#include "connectors/file/part_name.h"
#include "unit/connectors/harness.h"

namespace flink::test {
namespace {

struct Row {
  std::string word;
  std::int64_t count = 0;
};

TEST_CASE("large output rolls into several parts on line ends") {
  FakeJob job;
  NoOutput output;
  FakeOperatorContext context{job, output, 3, 4, 1};
  job.files.create_directories("out");
  const auto writer_context = detail::make_writer_context(context);
  detail::FileSinkOptions options{"out", ".txt", ""};
  options.rolling = RollingPolicy{100};
  options.buffer_bytes = 32;
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
