// SPDX-License-Identifier: Apache-2.0
// REST's answers against the shapes of Flink's own (shapes.txt), and against hostile requests.
#include "rest/rest_api.h"

#include <doctest/doctest.h>

#include <fstream>

#include "base/random.h"
#include "fake_view.h"
#include "json/json_value.h"
#include "rest/request_target.h"

namespace flink::rest {
namespace {

using json::JsonValue;

std::string shape_of(const JsonValue& value) {
  switch (value.type()) {
    case JsonValue::Type::null:
      return "null";
    case JsonValue::Type::boolean:
      return "bool";
    case JsonValue::Type::integer:
      return "int";
    case JsonValue::Type::real:
      return "real";
    case JsonValue::Type::string:
      return "text";
    case JsonValue::Type::array:
      return "[" + (value.items().empty() ? "" : shape_of(value.items().front())) + "]";
    case JsonValue::Type::object:
      break;
  }
  std::string out = "{";
  for (const auto& [key, member] : value.members()) {
    out += (out.size() == 1 ? "" : ", ") + key + ": " + shape_of(member);
  }
  return out + "}";
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

Method method_of(const std::string& name) {
  return name == "GET" ? Method::get : name == "PATCH" ? Method::patch : Method::other;
}

RestAnswer ask(const std::string& target, Method method = Method::get,
               const std::string& state = "running") {
  FakeView view(state);
  return RestApi(view, {}).handle(method, target).answer;
}

JsonValue json(const RestAnswer& answer) {
  const auto value = JsonValue::parse(answer.body);
  REQUIRE(value.has_value());
  return *value;
}

TEST_CASE("the shape of every answer is Flink's") {
  std::ifstream file(std::string(FLINK_SOURCE_DIR) + "/tests/unit/rest/shapes.txt");
  std::string line;
  int rows = 0;
  while (std::getline(file, line)) {
    if (line.empty() || line.front() == '#') continue;
    ++rows;
    CAPTURE(line);
    std::vector<std::string> parts;
    for (std::size_t start = 0; parts.size() < 3; start = line.find(" | ", start) + 3) {
      parts.push_back(line.substr(start, line.find(" | ", start) - start));
    }
    const std::string shape = line.substr(line.rfind(" | ") + 3);
    const auto space = parts[2].find(' ');
    std::string target = replaced(parts[2].substr(space + 1), ":jobid", fake_job_id);
    target =
        replaced(replaced(target, ":vertexid", fake_source_id), ":tmid", "localhost:40509-923db7");
    target = replaced(target, "attempts/0", "attempts/0");
    const auto answer = ask(target, method_of(parts[2].substr(0, space)), parts[0]);
    CHECK(std::to_string(answer.status) == parts[1]);
    std::string ours = shape_of(json(answer));
    CHECK(ours == shape);
  }
  CHECK(rows == 46);
}

TEST_CASE("numbers are counted as Flink counts them") {
  const auto overview = json(ask("/overview"));
  CHECK(overview["slots-total"].as_int() == 4);
  CHECK(overview["slots-available"].as_int() == 0);
  CHECK(overview["jobs-running"].as_int() == 1);
  CHECK(json(ask("/overview", Method::get, "failed"))["jobs-failed"].as_int() == 1);

  const auto job = json(ask(std::string("/jobs/") + fake_job_id));
  CHECK(job["duration"].as_int() == 21'340);
  CHECK(job["timestamps"]["CREATED"].as_int() == fake_start + 5);
  CHECK(job["timestamps"]["FAILED"].as_int() == 0);
  CHECK(job["status-counts"]["RUNNING"].as_int() == 2);
  const auto& source = job["vertices"].items()[0];
  CHECK(source["status"].as_string() == "RUNNING");
  CHECK(source["start-time"].as_int() == fake_start + 385);
  CHECK(source["end-time"].as_int() == -1);
  CHECK(source["metrics"]["write-records"].as_int() == 4 * 29'088 + 6 * 15);

  const auto vertex =
      json(ask(std::string("/jobs/") + fake_job_id + "/vertices/" + fake_source_id));
  const auto& written = vertex["aggregated"]["metrics"]["write-records"];
  CHECK(written["min"].as_int() == 29'088);
  CHECK(written["p25"].as_int() == 29'091);  // 29088 + 0.25 * 15, as Commons Math does
  CHECK(written["median"].as_int() == 29'110);
  CHECK(written["p95"].as_int() == 29'133);
  const auto& durations = vertex["subtasks"].items()[0]["status-duration"];
  CHECK(durations["CREATED"].as_int() == 62);
  CHECK(durations["SCHEDULED"].as_int() == 313);
  CHECK(durations["DEPLOYING"].as_int() == 643);
  CHECK(durations["INITIALIZING"].as_int() == 422);
  CHECK(durations["RUNNING"].as_int() == 19'890);
}

TEST_CASE("ended vertices and former attempts") {
  const auto job = json(ask(std::string("/jobs/") + fake_job_id, Method::get, "finished"));
  const auto& source = job["vertices"].items()[0];
  CHECK(source["status"].as_string() == "FINISHED");
  CHECK(source["end-time"].as_int() == fake_start + 10'000);
  CHECK(source["duration"].as_int() == 10'000 - 385);
  const std::string subtask =
      std::string("/jobs/") + fake_job_id + "/vertices/" + fake_source_id + "/subtasks/1";
  CHECK(json(ask(subtask))["attempt"].as_int() == 1);
  CHECK(json(ask(subtask + "/attempts/0"))["status"].as_string() == "FAILED");
  CHECK(ask(subtask + "/attempts/7").status == 404);
  CHECK(ask(subtask + "/attempts/x").status == 400);
  CHECK(ask(replaced(subtask, "subtasks/1", "subtasks/4")).status == 404);
}

TEST_CASE("the state of a vertex") {
  struct Row {
    std::vector<const char*> subtasks;
    const char* expected;
  };
  for (const Row& row : {Row{{"RUNNING", "FAILED"}, "FAILED"},
                         {{"RUNNING", "CANCELING"}, "CANCELING"},
                         {{"CANCELED", "FINISHED"}, "CANCELED"},
                         {{"FINISHED", "FINISHED"}, "FINISHED"},
                         {{"FINISHED", "SCHEDULED"}, "RUNNING"},
                         {{"RUNNING", "INITIALIZING"}, "INITIALIZING"},
                         {{"SCHEDULED", "DEPLOYING"}, "CREATED"},
                         {{}, "CREATED"}}) {
    FakeView view("running");
    auto& vertex = view.jobs[0].vertices[0];
    vertex.subtasks.clear();
    for (const char* state : row.subtasks) vertex.subtasks.push_back(fake_attempt(0, state));
    const auto answer =
        RestApi(view, {}).handle(Method::get, std::string("/v1/jobs/") + fake_job_id).answer;
    CHECK(json(answer)["vertices"].items()[0]["status"].as_string() == row.expected);
  }
}

TEST_CASE("queries") {
  const std::string job = std::string("/jobs/") + fake_job_id;
  CHECK(json(ask(job + "/exceptions?maxExceptions=1", Method::get,
                 "failed"))["exceptionHistory"]["truncated"]
            .as_bool());
  CHECK(ask(job + "/exceptions?maxExceptions=-1").status == 400);
  const auto metrics = json(ask(job + "/vertices/" + fake_source_id +
                                "/subtasks/metrics?get=numRecordsInPerSecond&agg=sum,avg"));
  REQUIRE(metrics.items().size() == 1);
  CHECK(metrics.items()[0]["sum"].as_double() == 6);
  CHECK(metrics.items()[0]["avg"].as_double() == 1.5);
  CHECK(metrics.items()[0].members().size() == 3);
}

TEST_CASE("cancel") {
  FakeView view("running");
  RestApi api(view, {});
  const std::string job = std::string("/jobs/") + fake_job_id;
  CHECK(api.handle(Method::patch, job).answer.status == 202);
  CHECK(api.handle(Method::patch, job + "?mode=cancel").answer.body == "{}");
  CHECK(view.cancels == 2);
  CHECK(api.handle(Method::patch, job + "?mode=stop").answer.status == 308);
  CHECK(api.handle(Method::patch, job + "?mode=nope").answer.status == 400);
  CHECK(api.handle(Method::patch, "/jobs/" + std::string(32, '0')).answer.status == 404);
  CHECK(api.handle(Method::get, job + "?mode=cancel").answer.status == 200);
  CHECK(view.cancels == 2);
}

TEST_CASE("a metric is a number until it is written") {
  const std::string source =
      std::string("/jobs/") + fake_job_id + "/vertices/" + fake_source_id + "/subtasks/3/metrics";
  const auto all =
      json(ask(source + "?get=busyTimeMsPerSecond,numRecordsInPerSecond,numRecordsOut"));
  REQUIRE(all.items().size() == 3);
  const char* expected[] = {"88.25", "3", "29103"};
  for (std::size_t i = 0; i < 3; ++i) CHECK(all.items()[i]["value"].as_string() == expected[i]);
}

TEST_CASE("watermarks: of each subtask that has inputs, to the ends of time") {
  const std::string vertices = std::string("/jobs/") + fake_job_id + "/vertices/";
  CHECK(ask(vertices + fake_source_id + "/watermarks").body == "[]");
  const auto all = json(ask(vertices + fake_sink_id + "/watermarks"));
  const char* expected[] = {"1795403232811", "-9223372036854775808", "9223372036854775807", "0"};
  REQUIRE(all.items().size() == 4);
  for (std::size_t i = 0; i < 4; ++i) {
    CHECK(all.items()[i]["id"].as_string() == std::to_string(i) + ".currentInputWatermark");
    CHECK(all.items()[i]["value"].as_string() == expected[i]);
  }
}

TEST_CASE("pages for browsers") {
  FakeView view("running");
  view.jobs[0].name = "<b>\"A & B\"</b>";
  RestApi api(view, {});
  const auto page = api.handle(Method::get, "/").answer;
  CHECK(page.status == 200);
  CHECK(page.content_type == "text/html; charset=UTF-8");
  CHECK(page.body.find("<h1>&lt;b&gt;&quot;A &amp; B&quot;&lt;/b&gt;</h1>") != std::string::npos);
  CHECK(page.body.find("<b>") == std::string::npos);
  // What it refers to is there.
  int links = 0;
  for (const std::string mark : {"href=\""}) {
    for (auto at = page.body.find(mark); at != std::string::npos; at = page.body.find(mark, at)) {
      at += mark.size();
      const auto target = page.body.substr(at, page.body.find('"', at) - at);
      CAPTURE(target);
      CHECK(api.handle(Method::get, target).answer.status == 200);
      ++links;
    }
  }
  CHECK(links == 1 + 2 + 5 + 3);  // style, vertices, job, cluster
  CHECK(api.handle(Method::get, "/style.css").answer.content_type == "text/css; charset=UTF-8");
  for (const char* target : {"/style.css/", "/x/../style.css", "/%73tyle.css", "//style.css",
                             "/../style.css", "/STYLE.CSS", "/style.css%00"}) {
    CAPTURE(target);
    CHECK(api.handle(Method::get, target).answer.status >= 400);
  }
  CHECK(api.handle(Method::post, "/").answer.status == 404);
  CHECK(api.handle(Method::del, "/style.css").answer.status == 404);
  CHECK(RestApi(view, {}).handle(Method::get, "/style.css?v=1").answer.status == 200);
}

TEST_CASE("hostile requests") {
  struct Row {
    std::string target;
    int status;
  };
  const Row rows[] = {
      {"", 400},
      {"overview", 400},
      {"http://host/overview", 400},
      {"//", 404},
      {"/../etc/passwd", 400},
      {"/jobs/%2e%2e/config", 400},
      {"/jobs/%2Fetc", 400},
      {"/jobs/%00", 400},
      {"/jobs/%zz", 400},
      {"/jobs/%4", 400},
      {"/jobs?x=%", 400},
      {"/v1", 404},
      {"/v1/v1/overview", 404},
      {"/jobs/", 200},
      {"/overview/", 200},
      {"/overview?", 200},
      {"/overview?&&=&a", 200},
      {"/overview/x", 404},
      {"/" + std::string(5000, 'a'), 414},
      {"/jobs/" + std::string(31, '0'), 400},
      {"/jobs/" + std::string(33, '0'), 400},
      {"/jobs/1890513CBF1A47DD44F32DC2EC98426D", 200},
      {"/taskmanagers/%22%3Cscript%3E", 500},
  };
  for (const Row& row : rows) {
    CAPTURE(row.target);
    const auto answer = ask(row.target);
    CHECK(answer.status == row.status);
    CHECK(JsonValue::parse(answer.body).has_value());
  }
}

TEST_CASE("no target breaks the routes") {
  const std::uint64_t seed = base::entropy_seed();
  CAPTURE(seed);
  base::SeededRandom random(seed);
  FakeView view("failed");
  RestApi api(view, {});
  const std::string pieces[] = {"/",
                                "jobs",
                                "v1",
                                "overview",
                                "vertices",
                                "subtasks",
                                "metrics",
                                "0",
                                "1",
                                fake_job_id,
                                fake_source_id,
                                "?",
                                "&",
                                "=",
                                "get",
                                "agg",
                                "%",
                                "%41",
                                "..",
                                "\xff",
                                "taskmanagers",
                                "attempts",
                                "config",
                                "exceptions",
                                "accumulators",
                                "99999999999999999999",
                                "-1",
                                "numRecordsOut",
                                ","};
  for (int round = 0; round < 20'000; ++round) {
    std::string target = "/";
    for (std::uint64_t n = random.below(12); n > 0; --n)
      target += pieces[random.below(std::size(pieces))];
    CAPTURE(target);
    const auto answer = api.handle(static_cast<Method>(random.below(3)), target).answer;
    CHECK(answer.status >= 200);
    if (answer.content_type == json_type) CHECK(JsonValue::parse(answer.body).has_value());
  }
}

}  // namespace
}  // namespace flink::rest
