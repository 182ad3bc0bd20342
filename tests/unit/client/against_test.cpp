// SPDX-License-Identifier: Apache-2.0
// flinkc check --against: what stands between a job and a savepoint is named.
#include "client/against.h"

#include <doctest/doctest.h>
#include <flink/error.h>

#include "unit/state/run_support.h"

using namespace flink;
using namespace flink::state::test;

namespace {

std::string write_metadata(const std::string& directory) {
  checkpoint::Metadata metadata{.job_name = "Test", .checkpoint_id = 1, .savepoint = true};
  const auto add = [&](std::uint64_t id, const std::string& uid, const std::string& name,
                       std::vector<state::StateDescriptor> states) {
    checkpoint::OperatorState op{.operator_low = id, .uid = uid, .name = name};
    op.subtasks.resize(1);
    op.subtasks[0].state.keyed.states = std::move(states);
    const auto file = build_run(directory + "/" + name, {});
    op.subtasks[0].state.keyed.runs.push_back({file, {0, 127}});
    metadata.operators.push_back(op);
  };
  add(1, "count", "Count",
      {{.name = "total",
        .kind = "value",
        .key_schema = "string",
        .value_schema = "{count:i32,last:{at:i64}}"},
       {.name = "seen",
        .kind = "map",
        .key_schema = "string",
        .subkey_schema = "i32",
        .value_schema = "f32"},
       {.name = "_timer_state/event_user-timers", .kind = "timer", .key_schema = "string"}});
  add(2, "", "Filter",
      {{.name = "dropped", .kind = "list", .key_schema = "i64", .value_schema = "list<i32>"}});
  const std::string bytes = checkpoint::encode_metadata(metadata, directory);
  fs::LocalFileSystem files;
  const auto file = files.create(directory + "/_metadata", true);
  file->append({bytes.data(), bytes.size()});
  file->close();
  return directory;
}

// As `describe --json` has it.
std::string description(const std::string& states, int max_parallelism = 128,
                        bool filter_too = true) {
  const auto op = [&](int id, const std::string& uid, const std::string& name,
                      const std::string& content) {
    return R"({"id":"0000000000000000000000000000000)" + std::to_string(id) + R"(","uid":")" + uid +
           R"(","name":")" + name + R"(","max_parallelism":)" + std::to_string(max_parallelism) +
           R"(,"states":[)" + content + "]}";
  };
  return R"({"name":"Test","operators":[)" + op(1, "count", "Count", states) +
         (filter_too ? "," + op(2, "", "Filter", "") : "") + "]}";
}

std::string state_json(const std::string& name, const std::string& kind, const std::string& key,
                       const std::string& value) {
  return R"({"name":")" + name + R"(","kind":")" + kind + R"(","key":")" + key + R"(","value":")" +
         value + R"("})";
}

}  // namespace

TEST_CASE("a job against a savepoint") {
  TemporaryDirectory directory;
  const std::string savepoint = write_metadata(directory.path);
  fs::LocalFileSystem files;
  const auto check = [&](const std::string& job, bool allow = false) {
    return client::check_against(files, savepoint, job, allow);
  };
  const auto only_problem = [&](const std::string& job) {
    const auto found = check(job);
    REQUIRE(found.problems.size() == 1);
    return found.problems[0];
  };
  const std::string total = state_json("total", "value", "string", "{count:i32,last:{at:i64}}");
  const std::string seen = state_json("seen", "map", "string", "map<i32,f32>");

  CHECK(check(description(total + "," + seen)).problems.empty());
  CHECK(only_problem(description(total.substr(0, total.size() - 1) + R"(,"ttl":true},)" + seen)) ==
        "operator 'Count' (uid count): state 'total' had no time-to-live and has one now, which "
        "changes "
        "how it is stored: give it none, or another name");
  CHECK(check(description(total + "," + seen)).notes ==
        std::vector<std::string>{
            "operator 'Filter': state 'dropped' is not used any more; it is carried along"});
  // Wider, more, fewer fields; a new state.
  CHECK(check(description(
                  state_json("total", "value", "string", "{last:{at:i64,by:string},count:i64}") +
                  "," + state_json("seen", "map", "string", "map<i32,f64>") + "," +
                  state_json("new", "value", "string", "i8")))
            .problems.empty());

  CHECK(
      only_problem(description(state_json("total", "value", "string", "{count:i16,last:{at:i64}}") +
                               "," + seen)) ==
      "operator 'Count' (uid count): state 'total': field 'count' was i32 and is i16 now: numbers "
      "may only become wider");
  CHECK(has(only_problem(description(state_json("total", "value", "string", "{last:{at:string}}"))),
            "field 'last.at' was i64 and is string now"));
  CHECK(has(only_problem(description(state_json("total", "list", "string", "list<i32>"))),
            "state 'total' was a value state and is a list state now"));
  CHECK(has(only_problem(description(state_json("total", "value", "i64", "{}"))),
            "state 'total': its key was string and is i64 now"));
  CHECK(has(only_problem(description(state_json("seen", "map", "string", "map<i64,f32>"))),
            "the keys of the map were i32 and are i64 now"));
  CHECK(has(only_problem(description(state_json("seen", "map", "string", "map<i32,string>"))),
            "state 'seen': it was f32 and is string now"));
  const auto other = check(description(total, 256));
  REQUIRE(other.problems.size() == 2);
  CHECK(has(other.problems[0], "its maximum parallelism was 128 and is 256 now"));
  const std::string gone = only_problem(description(total, 128, false));
  CHECK(has(gone,
            "operator 'Filter' is not in this job; its state: dropped: give an operator a uid"));
  CHECK(has(gone, "--allow-non-restored-state"));
  const auto allowed = check(description(total, 128, false), true);
  CHECK(allowed.problems.empty());
  CHECK(has(allowed.notes.back(), "it is left behind"));
  CHECK_THROWS_AS((void)check("{"), Error);
  CHECK_THROWS_AS((void)check(R"({"operators":[{"id":"x"}]})"), Error);
}
