// SPDX-License-Identifier: Apache-2.0
// flinkctl state: savepoints made here, of every kind of state, read without a job.
#include <doctest/doctest.h>
#include <flink/types/schema.h>
#include <flink/types/serializer.h>

#include <fstream>
#include <map>

#include "checkpoint/metadata.h"
#include "client/state_commands.h"
#include "client/value_bytes.h"
#include "json/json_value.h"
#include "types/value_json.h"
#include "unit/state/run_support.h"
#include "unit/types/schema_model.h"

using namespace flink;
using namespace flink::state::test;
using state::EntryKey;
using state::StateDescriptor;

namespace {

struct User {
  std::string name;
  std::int64_t visits = 0;
};

template <class T>
std::string bytes_of(const T& value) {
  ByteWriter out;
  Serializer<T>::write(out, value);
  return std::string(out.view());
}

constexpr int groups = 8;

StateDescriptor describe(const std::string& name, const std::string& kind, std::string subkey,
                         std::string value, bool ttl = false) {
  return {.name = name,
          .id = state::state_id(name),
          .kind = kind,
          .key_schema = "string",
          .subkey_schema = std::move(subkey),
          .value_schema = std::move(value),
          .ttl = ttl};
}

const StateDescriptor user = describe("user", "value", "", schema_of<User>(), true);
const StateDescriptor tags = describe("tags", "list", "", "list<string>");
const StateDescriptor seen = describe("seen", "map", "i32", "set<i32>");
const StateDescriptor due = describe("_timer_state/event_user-timers", "timer", "", "");

std::string big_endian(std::uint64_t value) {
  std::string out;
  for (int shift = 56; shift >= 0; shift -= 8) out += static_cast<char>(value >> shift);
  return out;
}

// Logical content, and how it is spread over runs and subtasks.
struct Content {
  Entries entries;  // stored key to stored value
  void put(const StateDescriptor& state, const std::string& key, const std::string& subkey,
           const std::string& value, std::uint64_t stamp = 1) {
    const std::string key_bytes = bytes_of(key);
    const auto group = static_cast<std::uint16_t>(key.size() % groups);
    const EntryKey entry{group, state.id, key_bytes, {}, subkey};
    std::string stored, whole, content;
    if (state::append_stored_key(stored, entry)) state::append_whole_key(whole, entry);
    state::append_value_header(content, whole, state.ttl ? std::optional(stamp) : std::nullopt);
    entries[stored] = content + value;
  }
};

Content sample(std::uint64_t stamp, bool reversed) {
  Content content;
  for (int i = 0; i < 40; ++i) {
    const std::string key = std::string(static_cast<std::size_t>(i % 9), 'k') + std::to_string(i);
    content.put(user, key, "", bytes_of(User{"name " + key, i}), stamp);
    // The same list in chunks of another size, the same set in another order.
    std::vector<std::string> list{"a", "b", key};
    const std::size_t first = reversed ? 1 : 2;
    content.put(
        tags, key, big_endian(0),
        bytes_of(std::vector<std::string>(list.begin(), list.begin() + static_cast<int>(first))));
    content.put(
        tags, key, big_endian(1),
        bytes_of(std::vector<std::string>(list.begin() + static_cast<int>(first), list.end())));
    content.put(seen, key, bytes_of(i),
                bytes_of(reversed ? std::vector<int>{7, i} : std::vector<int>{i, 7}));
    content.put(due, key, big_endian(static_cast<std::uint64_t>(1000 - i) ^ (1ull << 63)), "");
  }
  content.put(user, std::string(3000, 'x'), "", bytes_of(User{"long", 1}), stamp);
  return content;
}

struct Layout {
  int parallelism = 1;
  int runs = 1;
};

std::string write_savepoint(const std::string& directory, const Content& content, Layout layout,
                            std::uint64_t seed) {
  base::SeededRandom random(seed);
  std::filesystem::create_directories(directory);
  checkpoint::OperatorState op{.operator_high = 1,
                               .operator_low = 2,
                               .uid = "jumps",
                               .name = "Jump detector",
                               .parallelism = layout.parallelism,
                               .max_parallelism = groups};
  for (int subtask = 0; subtask < layout.parallelism; ++subtask) {
    checkpoint::SubtaskState state;
    const state::KeyGroupRange range{
        (subtask * groups + layout.parallelism - 1) / layout.parallelism,
        ((subtask + 1) * groups - 1) / layout.parallelism};
    state.state.keyed.groups = range;
    state.state.keyed.states = {user, tags, seen, due};
    // The content is in the runs by chance; older runs hold what newer ones changed or removed.
    std::vector<Entries> runs(static_cast<std::size_t>(layout.runs));
    for (const auto& [key, value] : content.entries) {
      if (!range.contains(state::group_of(key))) continue;
      const std::size_t at = random.below(runs.size());
      runs[at][key] = value;
      for (std::size_t older = 0; older < at; ++older) {
        if (random.below(3) == 0)
          runs[older][key] = random.below(2) == 0 ? std::string(1, '\0') : value;
      }
    }
    for (std::size_t i = 0; i < runs.size(); ++i) {
      if (i + 1 < runs.size()) {
        const std::string gone = stored_key({static_cast<std::uint16_t>(range.first),
                                             user.id,
                                             bytes_of(std::string("gone")),
                                             {},
                                             {}});
        runs[i][gone] =
            "\1"
            "12345678" +
            bytes_of(User{"gone", 1});
        runs[i + 1][gone] = std::string(1, '\0');
      }
      const auto file =
          build_run(directory + "/" + std::to_string(subtask) + "-" + std::to_string(i), runs[i],
                    {user, tags, seen, due});
      state.state.keyed.runs.push_back({file, range});
    }
    state.state.operator_state["positions"] = {
        OperatorStateMode::split, "i64", {bytes_of(std::int64_t{subtask == 0 ? 5 : 6})}};
    state.state.operator_state["rules"] = {
        OperatorStateMode::broadcast, "string", {bytes_of(std::string("r"))}};
    state.state.operator_state["private"] = {
        OperatorStateMode::union_all, "", {std::to_string(seed)}};
    op.subtasks.push_back(state);
  }
  if (layout.parallelism == 1) {
    op.subtasks[0].state.operator_state["positions"].items.push_back(bytes_of(std::int64_t{6}));
  }
  checkpoint::Metadata metadata{
      .job_high = 7, .job_low = 8, .job_name = "Test", .checkpoint_id = 3, .savepoint = true};
  metadata.operators.push_back(op);
  const std::string bytes = checkpoint::encode_metadata(metadata, directory);
  fs::LocalFileSystem files;
  const auto file = files.create(directory + "/_metadata", true);
  file->append({bytes.data(), bytes.size()});
  file->close();
  return directory;
}

std::vector<std::string> diff(const std::string& a, const std::string& b,
                              client::DiffOptions options = {}) {
  fs::LocalFileSystem files;
  std::vector<std::string> lines;
  const auto count = client::diff_states(files, a, b, options,
                                         [&](const std::string& line) { lines.push_back(line); });
  if (lines.empty()) CHECK(count == 0);
  else CHECK(count > 0);
  return lines;
}

std::string get(const std::string& savepoint, const std::string& state, const std::string& key) {
  fs::LocalFileSystem files;
  return client::get_state(files, savepoint, {"jumps", state}, key, "");
}

}  // namespace

TEST_CASE("states of every kind: list, get, dump") {
  Scratch directory;
  fs::LocalFileSystem files;
  const std::string savepoint = write_savepoint(directory / "a", sample(77, false), {2, 3}, 1);
  const std::string text = client::list_states(files, savepoint, false);
  CHECK(has(text, "Savepoint 3 of job 00000000000000070000000000000008 (Test)"));
  CHECK(has(text, "Jump detector  uid jumps"));
  CHECK(has(text, "parallelism 2 of 8"));
  CHECK(has(text, "  user  value with TTL  string -> {name:string,visits:i64}  41 entries, "));
  CHECK(has(text, "  tags  list  string -> list<string>  40 entries, "));
  CHECK(has(text, "  seen  map  string -> map<i32,set<i32>>  40 entries, "));
  CHECK(has(text, "  _timer_state/event_user-timers  timer  string  40 entries, "));
  CHECK(has(text, "  positions  operator list (split)  i64  2 entries, 16 bytes"));
  const std::string json = client::list_states(files, savepoint, true);
  CHECK(has(json, R"("name":"seen","kind":"map","key":"string","namespace":"","map_key":"i32",)"
                  R"("value":"set<i32>","ttl":false,"entries":40,)"));
  CHECK(json::JsonValue::parse(json).has_value());

  CHECK(get(savepoint, "user", "kkk3") == R"({"name":"name kkk3","visits":3})");
  CHECK(get(savepoint, "user", "\"kkk3\"") == R"({"name":"name kkk3","visits":3})");
  CHECK(get(savepoint, "user", std::string(3000, 'x')) == R"({"name":"long","visits":1})");
  CHECK(get(savepoint, "tags", "kkk3") == R"(["a","b","kkk3"])");
  CHECK(get(savepoint, "seen", "kkk3") == "[[3,[3,7]]]");
  CHECK(get(savepoint, "_timer_state/event_user-timers", "kkk3") == "[997]");
  CHECK(get(savepoint, "user", "nobody").empty());
  CHECK(get(savepoint, "user", "gone").empty());
  CHECK(has(message_of([&] { get(savepoint, "usr", "x"); }), "has no keyed state 'usr'"));
  CHECK(has(message_of([&] { get(savepoint, "usr", "x"); }), "seen, tags, user"));
  CHECK(has(message_of([&] {
              client::dump_states(files, savepoint, {"jump", ""}, {});
            }),
            "there are 'Jump detector' (uid jumps) (id 0000000000000001"));

  std::vector<std::string> lines;
  client::dump_states(files, savepoint, {}, [&](const std::string& line) {
    CHECK(json::JsonValue::parse(line).has_value());
    lines.push_back(line);
  });
  CHECK(lines.size() == 41 + 40 + 40 + 40 + 2 + 1 + 2);
  const auto printed = [&](const std::string& line) {
    return std::count(lines.begin(), lines.end(), line) == 1;
  };
  CHECK(printed(
      R"({"uid":"jumps","operator":"Jump detector","state":"seen","key":"kkk3","map_key":3,)"
      R"("value":[3,7]})"));
  CHECK(printed(R"({"uid":"jumps","operator":"Jump detector","state":"user","key":"kkk3",)"
                R"("value":{"name":"name kkk3","visits":3},"last_access":77})"));
  CHECK(printed(R"({"uid":"jumps","operator":"Jump detector","state":)"
                R"("_timer_state/event_user-timers","key":"kkk3","time":997})"));
  CHECK(printed(
      R"({"uid":"jumps","operator":"Jump detector","state":"positions","index":1,"value":6})"));
}

TEST_CASE(
    "equal states are equal whatever their parallelism, runs, chunks, order and time stamps") {
  Scratch directory;
  const std::string a = write_savepoint(directory / "a", sample(77, false), {1, 1}, 1);
  for (std::uint64_t seed = 2; seed < 8; ++seed) {
    const Layout layout{static_cast<int>(1 + seed % 4), static_cast<int>(1 + seed % 5)};
    const std::string b = write_savepoint(directory / std::to_string(seed),
                                          sample(seed, seed % 2 == 0), layout, seed);
    const auto lines = diff(a, b);
    // positions: [5,6] at parallelism 1 and 2 only.
    if (layout.parallelism <= 2) CHECK(lines.empty());
    else CHECK(lines.size() == static_cast<std::size_t>(layout.parallelism - 2));
    CHECK_FALSE(diff(a, b, {.ttl = true}).empty());
    CHECK_FALSE(diff(a, b, {.internal = true}).empty());
    CHECK(diff(a, b, {.filter = {"jumps", "seen"}, .ttl = true, .internal = true}).empty());
  }
}

TEST_CASE("every single difference is found and named") {
  Scratch directory;
  const Content base_content = sample(1, false);
  const std::string a = write_savepoint(directory / "a", base_content, {2, 2}, 1);
  Content changed = base_content;
  changed.put(user, "kkk3", "", bytes_of(User{"name kkk3", 4}));
  auto lines = diff(a, write_savepoint(directory / "b", changed, {2, 3}, 2));
  CHECK(lines == std::vector<std::string>{
                     R"(- jumps/user "key":"kkk3"  "value":{"name":"name kkk3","visits":3})",
                     R"(+ jumps/user "key":"kkk3"  "value":{"name":"name kkk3","visits":4})"});
  changed = base_content;
  changed.put(seen, "kkk3", bytes_of(99), bytes_of(std::vector<int>{}));
  lines = diff(a, write_savepoint(directory / "c", changed, {2, 1}, 3), {.json = true});
  CHECK(lines == std::vector<std::string>{
                     R"({"uid":"jumps","operator":"Jump detector","state":"seen","key":"kkk3",)"
                     R"("map_key":99,"a":null,"b":{"value":[]}})"});
  base::SeededRandom random(9);
  for (int i = 0; i < 25; ++i) {
    changed = base_content;
    const auto at =
        std::next(changed.entries.begin(), static_cast<int>(random.below(changed.entries.size())));
    changed.entries.erase(at);
    const std::string b =
        write_savepoint(directory / ("d" + std::to_string(i)), changed, {2, 2}, 4);
    lines = diff(a, b);
    CHECK((lines.size() == 1 || lines.size() == 2));
    CHECK(diff(b, a).size() == lines.size());
  }
}

#ifdef FLINKCTL
TEST_CASE("flinkctl state: output and exit codes") {
  Scratch directory;
  const std::string a = write_savepoint(directory / "a", sample(1, false), {1, 1}, 1);
  const std::string b = write_savepoint(directory / "b", sample(2, true), {2, 3}, 2);
  const std::string output = directory / "output";
  const auto run = [&](const std::string& words) {
    const std::string command = std::string(FLINKCTL) + " state " + words + " >" + output + " 2>&1";
    return WEXITSTATUS(std::system(command.c_str()));
  };
  const auto printed = [&] {
    std::ifstream in(output);
    return std::string(std::istreambuf_iterator<char>(in), {});
  };
  CHECK(run("list " + a) == 0);
  CHECK(has(printed(), "Jump detector  uid jumps"));
  CHECK(run("get " + a + "/_metadata --uid jumps --state user --key kkk3") == 0);
  CHECK(printed() == "{\"name\":\"name kkk3\",\"visits\":3}\n");
  CHECK(run("get " + a + " --uid jumps --state user --key nobody") == 1);
  CHECK(run("diff " + a + " " + b) == 0);
  CHECK(printed().empty());
  CHECK(run("diff --ttl --limit 2 " + a + " " + b) == 1);
  CHECK(has(printed(), "\"last_access\":1"));
  CHECK(has(printed(), "flinkctl: 41 differences"));
  CHECK(run("diff " + a + " " + directory.path) == 2);
  CHECK(run("diff " + a) == 2);
  CHECK(run("dump --state tags " + b) == 0);
  CHECK(has(printed(), "\"value\":[\"a\",\"b\",\"kkk3\"]}\n"));
  std::filesystem::resize_file(a + "/0-0", 4096);
  CHECK(run("list " + a) == 1);
  CHECK(has(printed(), a + "/0-0"));
}
#endif

TEST_CASE("keys as a person writes them: JSON and back") {
  for (std::uint64_t seed = 1; seed <= 2000; ++seed) {
    base::SeededRandom random(seed);
    const auto model = types_test::random_model(random, 3);
    const std::string schema = model.text();
    // Large numbers are written in quotes; values of float text are exact.
    if (has(schema, "64") || has(schema, "128")) continue;
    ByteWriter out, same;
    write_both(random, model, model, out, same);
    const std::string json = types::value_to_json(schema, out.view());
    const auto parsed = json::JsonValue::parse(json);
    CAPTURE(schema);
    CAPTURE(json);
    REQUIRE(parsed);
    if (has(json, "NaN") || has(schema, "optional<optional") || has(schema, "map<string") ||
        has(schema, "char")) {
      continue;
    }
    if (has(schema, "f32"))
      CHECK(types::value_to_json(schema, client::value_bytes(schema, *parsed)) == json);
    else CHECK(client::value_bytes(schema, *parsed) == out.view());
  }
  CHECK(client::value_bytes_of_text("u64", "\"18446744073709551615\"") == std::string(8, '\xff'));
  CHECK(client::value_bytes_of_text("i8", "-128") == "\x80");
  CHECK(client::value_bytes_of_text("{b:i8,a:bool}", R"({"a":true,"b":5})") == "\5\1");
  for (const auto& [schema, text] : std::map<std::string, std::string>{{"i8", "128"},
                                                                       {"u8", "-1"},
                                                                       {"u16", "x"},
                                                                       {"bool", "1"},
                                                                       {"{a:i8}", "{}"},
                                                                       {"tuple<i8>", "[1,2]"},
                                                                       {"list<i8>", "{}"},
                                                                       {"bytes", "\"00\""},
                                                                       {"variant<i8>", "1"}}) {
    CAPTURE(schema);
    CHECK_THROWS_AS((void)client::value_bytes_of_text(schema, text), Error);
  }
}
