// SPDX-License-Identifier: Apache-2.0
#include "client/job_commands.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <ctime>

#include "flink/error.h"

namespace flink::client {
namespace {

const std::string a1 = "a1" + std::string(30, '0'), a2 = "a2" + std::string(30, '0'),
                  b1 = "b1" + std::string(30, '0');

std::vector<JobSummary> examples() {
  return {{a1, "Word Count", "RUNNING", 1'795'403'212'041, -1, 1000, {"localhost", 8081}},
          {a2,
           "Word Count",
           "FINISHED",
           1'795'403'212'041,
           1'795'403'213'041,
           1000,
           {"localhost", 8082}},
          {b1, "Other", "CREATED", 1'795'403'270'000, -1, 10, {"localhost", 8083}}};
}

std::string chosen(std::string_view wanted) {
  try {
    return choose_job(examples(), wanted).id;
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::user);
    return error.message();
  }
}

TEST_CASE("what a job that is being cancelled waits for") {
  const std::string job = R"({"vertices":[{"name":"Source","tasks":{"CANCELED":2,"CANCELING":0}},)"
                          R"({"name":"Map","tasks":{"CANCELED":1,"CANCELING":1}},)"
                          R"({"name":"Sink","tasks":{"CANCELING":2}}]})";
  const std::string waits =
      "waiting for tasks whose functions have not returned: 1 of 'Map', 2 of 'Sink'";
  CHECK(cancelling_text(job, "") == waits +
                                        "; a task that is still there 3 min after it was cancelled "
                                        "(task.cancellation.timeout) is ended with its process");
  CHECK(cancelling_text(job, "0") == waits + " (task.cancellation.timeout is 0: for ever)");
  CHECK(cancelling_text(R"({"vertices":[{"name":"Map","tasks":{"CANCELED":1}}]})", "") ==
        "every task has ended; the job's sinks tidy up");
}

TEST_CASE("which job is meant") {
  CHECK(chosen(a1) == a1);
  CHECK(chosen("a2") == a2);
  CHECK(chosen("b") == b1);
  CHECK(chosen("Other") == b1);
  CHECK(chosen("Word Count") == a1);  // the one that still runs
  CHECK(chosen("a").starts_with("\"a\" means 2 jobs; give more of the id:\n  a1"));
  CHECK(chosen("word count").starts_with("no job has the id or name \"word count\"; there are:\n"));
  CHECK(chosen("").starts_with("no job has the id or name"));
  try {
    choose_job({}, "x");
    FAIL("no error");
  } catch (const Error& error) {
    CHECK(error.message().find("no jobs were found") != std::string::npos);
  }
}

TEST_CASE("the list is printed as Flink prints it") {
  ::setenv("TZ", "UTC", 1);
  ::tzset();
  const std::string rule(62, '-');
  CHECK(list_text(examples(), {.terminated = true}) ==
        "------------------ Running/Restarting Jobs -------------------\n"
        "23.11.2026 03:06:52 : " +
            a1 + " : Word Count (RUNNING)\n" + rule +
            "\n"
            "----------------------- Scheduled Jobs -----------------------\n"
            "23.11.2026 03:07:50 : " +
            b1 + " : Other (CREATED)\n" + rule +
            "\n"
            "---------------------- Terminated Jobs -----------------------\n"
            "23.11.2026 03:06:52 : " +
            a2 + " : Word Count (FINISHED)\n" + rule + "\n");
  CHECK(list_text({}, {}) == "No running jobs.\nNo scheduled jobs.\n");
  CHECK(list_text({}, {.running = false}) == "No scheduled jobs.\n");
  auto hostile = examples();
  hostile[0].name = "\x1b[31mred\n";
  CHECK(list_text(hostile, {.scheduled = false}).find('\x1b') == std::string::npos);
}

TEST_CASE("the list as JSON") {
  CHECK(list_json({examples()[2]}, {}) ==
        R"({"jobs":[{"jid":")" + b1 +
            R"(","name":"Other","state":"CREATED","start-time":1795403270000,)"
            R"("end-time":-1,"duration":10,"jobmanager":"localhost:8083"}]})"
            "\n");
  CHECK(list_json(examples(), {.scheduled = false}).find(b1) == std::string::npos);
  CHECK(list_json({}, {}) == "{\"jobs\":[]}\n");
}

TEST_CASE("info says who holds event time back once it stands still") {
  ::setenv("TZ", "UTC", 1);
  ::tzset();
  const auto holder = [](const std::string& split, std::int64_t watermark, std::int64_t since) {
    return R"({"vertex-name":"sums","advice":"do this","held-back-by":{"operator":"Source: a",)"
           R"("subtask":1,)" +
           (split.empty() ? "" : R"("split":")" + split + R"(",)") + R"("watermark":)" +
           std::to_string(watermark) + R"(,"since":)" + std::to_string(since) + "}}";
  };
  const auto text = [&](const std::string& holders) {
    return info_text(examples()[0], R"({"now":1795403280000,"event-time":[)" + holders + "]}",
                     "{}");
  };
  const auto quiet = text(holder("b.csv", INT64_MIN, 1795403212000));
  CHECK(quiet.find("\nEvent time stands still, held back:\n"
                   "  sums\n"
                   "    by subtask 2 of 'Source: a', split b.csv: no watermark yet, since "
                   "23.11.2026 03:06:52 (1 min 8 s)\n"
                   "    do this\n") != std::string::npos);
  const auto two = text(holder("", 1000, 1795403212000) + "," + holder("", 1000, 1795403212000));
  CHECK(two.find("  sums, sums\n    by subtask 2 of 'Source: a': watermark "
                 "1970-01-01T00:00:01.000Z, since") != std::string::npos);
  CHECK(text(holder("", 1000, 1795403279000)).find("Event time") == std::string::npos);
}

TEST_CASE("info names every subtask that holds event time back, and the sources behind it") {
  const std::string holders =
      R"({"vertex-name":"sums","advice":"do this","held-back-by":{"operator":"Stamps",)"
      R"("subtask":1,"subtasks":[1,2,4],"sources":["Source: a","Source: b"],"split":"b.csv",)"
      R"("watermark":1000,"since":1795403212000}})";
  const auto text =
      info_text(examples()[0], R"({"now":1795403280000,"event-time":[)" + holders + "]}", "{}");
  CHECK(text.find("    by subtasks 2, 3 and 5 of 'Stamps', behind 'Source: a' and 'Source: b', "
                  "split b.csv of the first: watermark ") != std::string::npos);
}

TEST_CASE("info lists tasks, their names last, however long they are") {
  const std::string name = "Source: lines -> split -> parse -> keep those of today -> write them";
  const auto text =
      info_text(examples()[0],
                R"({"vertices":[{"name":")" + name +
                    R"(","status":"RUNNING","parallelism":12,)"
                    R"("metrics":{"read-records":0,"write-records":123456789012}},{"name":"s",)"
                    R"("status":"INITIALIZING","parallelism":1,"metrics":{"read-records":7}}]})",
                "{}");
  CHECK(text.find("STATUS        SUBTASKS  RECORDS IN   RECORDS OUT  TASK\n"
                  "RUNNING             12           0  123456789012  " +
                  name +
                  "\n"
                  "INITIALIZING         1           7             0  s\n") != std::string::npos);
}

TEST_CASE("info survives answers that are not as expected") {
  for (const char* text : {"", "[]", "{}", "{\"vertices\":[1,{\"name\":2}]}"}) {
    CHECK(info_text(examples()[0], text, text).starts_with("Job:         Word Count\n"));
  }
}

}  // namespace
}  // namespace flink::client
