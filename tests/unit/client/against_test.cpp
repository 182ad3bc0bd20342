// SPDX-License-Identifier: Apache-2.0
// flinkc check --against: what stands between a job and a savepoint is named.
#include "client/against.h"

#include <doctest/doctest.h>
#include <flink/error.h>

#include <fstream>

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
  Scratch directory;
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
  const auto with_ttl =
      check(description(total.substr(0, total.size() - 1) + R"(,"ttl":true},)" + seen));
  CHECK(with_ttl.problems.empty());
  CHECK(has(with_ttl.notes.front(),
            "state 'total' had no time-to-live and has one now: what it holds counts as written "
            "when it is restored"));
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

TEST_CASE("state of no key against a savepoint") {
  Scratch directory;
  checkpoint::Metadata metadata{.job_name = "Test", .checkpoint_id = 1, .savepoint = true};
  checkpoint::OperatorState op{.operator_low = 1, .uid = "count", .name = "Count"};
  op.subtasks.resize(1);
  auto& lists = op.subtasks[0].state.operator_state;
  lists["waiting"] = {OperatorStateMode::split, "{id:i32}", {"x"}};
  lists["rules"] = {OperatorStateMode::broadcast, "tuple<string,{limit:i32}>", {"x"}};
  lists[reader_state_name] = {OperatorStateMode::split, "", {"x"}};
  metadata.operators.push_back(op);
  const auto bytes = checkpoint::encode_metadata(metadata, directory.path);
  std::ofstream(directory.path + "/_metadata") << bytes;
  const std::string waiting = state_json("waiting", "operator_list", "", "{id:i32}");
  const std::string rules = state_json("rules", "broadcast", "string", "{limit:i32}");
  struct Row {
    std::string states;
    const char* problem;
    const char* note;
  };
  const Row rows[] = {
      {waiting + "," + rules, "", ""},
      {state_json("waiting", "operator_list", "", "{id:i64}") + "," +
           state_json("rules", "broadcast", "string", "{limit:i32,name:string}"),
       "", ""},
      {state_json("waiting", "operator_list", "", "{id:string}") + "," + rules,
       "field 'id' was i32 and is string now", ""},
      {waiting + "," + state_json("rules", "broadcast", "i64", "{limit:i32}"),
       "state 'rules', key: it was string and is i64 now", ""},
      {waiting + "," + state_json("rules", "broadcast", "string", "{limit:i16}"),
       "state 'rules', value: field 'limit' was i32 and is i16 now", ""},
      {waiting + "," + state_json("rules", "union_list", "", "{limit:i32}"),
       "was a broadcast state and is a union_list state now", ""},
      {state_json("waiting", "value", "string", "{id:i32}") + "," + rules,
       "was a operator_list state and is a value state now", ""},
      {state_json("waiting", "union_list", "", "{id:i32}") + "," + rules, "",
       "given out as they were written this once"},
      {rules, "", "state 'waiting' (of no key) is not used any more; it is left behind"},
      {waiting + "," + rules + "," + state_json("new", "operator_list", "", "i8"), "",
       "state 'new' is new; it starts empty"},
  };
  fs::LocalFileSystem files;
  for (const Row& row : rows) {
    CAPTURE(row.states);
    const auto found = client::check_against(files, directory.path, description(row.states), false);
    const auto said = [](const std::vector<std::string>& lines) {
      return lines.empty() ? std::string{} : lines.front();
    };
    CHECK(found.problems.size() == (*row.problem == '\0' ? 0 : 1));
    CHECK(has(said(found.problems), row.problem));
    CHECK(found.notes.size() == (*row.note == '\0' ? 0 : 1));
    CHECK(has(said(found.notes), row.note));
  }
}
