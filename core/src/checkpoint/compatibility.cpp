// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/compatibility.h"

#include <flink/base/check.h>
#include <flink/error.h>
#include <flink/types/evolution.h>

#include <algorithm>
#include <map>

#include "types/schema_tree.h"

namespace flink::checkpoint {
namespace {

using detail::concat;

constexpr std::string_view timer_prefix = "_timer_state/";

// What a state was when it was written; of several runs the newest.
std::map<std::string, state::StateDescriptor> written_states(const OperatorState& op) {
  std::map<std::string, state::StateDescriptor> out;
  for (const SubtaskState& subtask : op.subtasks) {
    for (const auto& state : subtask.state.keyed.states) out[state.name] = state;
  }
  return out;
}

bool has_keyed_state(const OperatorState& op) {
  return std::any_of(op.subtasks.begin(), op.subtasks.end(),
                     [](const SubtaskState& s) { return !s.state.keyed.runs.empty(); });
}

// The same of state of no key, but for what sources and sinks keep for themselves.
struct WrittenList {
  OperatorStateMode mode;
  std::string schema;
};
std::map<std::string, WrittenList> written_lists(const OperatorState& op) {
  std::map<std::string, WrittenList> out;
  const auto add = [&](const auto& lists) {
    for (const auto& [name, list] : lists) {
      const bool own = name == reader_state_name || name == committables_name ||
                       name == writer_state_name || list.schema.empty();
      if (!own) out[name] = {list.mode, list.schema};
    }
  };
  for (const SubtaskState& subtask : op.subtasks) {
    add(subtask.state.operator_state);
    add(subtask.state.stored);
  }
  return out;
}

const char* kind_of(OperatorStateMode mode) {
  switch (mode) {
    case OperatorStateMode::split:
      return "operator_list";
    case OperatorStateMode::union_all:
      return "union_list";
    case OperatorStateMode::broadcast:
      return "broadcast";
  }
  return "";
}

std::string names_of(const std::map<std::string, state::StateDescriptor>& states) {
  std::string out;
  for (const auto& [name, state] : states) {
    if (!name.starts_with(timer_prefix)) out += (out.empty() ? "" : ", ") + name;
  }
  return out;
}

class Comparison {
 public:
  explicit Comparison(Compatibility& out) : out_(out) {}

  void operators(const OperatorState& old, const OperatorShape& now) {
    where_ = concat("operator ", old.shown());
    const auto states = written_states(old);
    if (has_keyed_state(old) && old.max_parallelism != now.max_parallelism) {
      problem(concat("its maximum parallelism was ", old.max_parallelism, " and is ",
                     now.max_parallelism, " now, which puts keys into other groups: set it to ",
                     old.max_parallelism));
    }
    for (const auto& [name, state] : states) {
      if (name.starts_with(timer_prefix)) continue;
      const auto found = std::find_if(now.states.begin(), now.states.end(),
                                      [&](const StateDescription& s) { return s.name == name; });
      if (found != now.states.end()) compare(state, *found);
      else note(concat("state '", name, "' is not used any more; it is carried along"));
    }
    const auto lists = written_lists(old);
    for (const auto& [name, list] : lists) {
      const auto found = std::find_if(now.states.begin(), now.states.end(),
                                      [&](const StateDescription& s) { return s.name == name; });
      if (found != now.states.end()) compare(name, list, *found);
      else note(concat("state '", name, "' (of no key) is not used any more; it is left behind"));
    }
    const bool had_any = has_keyed_state(old) || !lists.empty();
    for (const StateDescription& state : now.states) {
      if (had_any && !states.contains(state.name) && !lists.contains(state.name)) {
        note(concat("state '", state.name, "' is new; it starts empty"));
      }
    }
  }

  void missing(const OperatorState& old, bool allowed) {
    where_ = concat("operator ", old.shown());
    const std::string states = names_of(written_states(old));
    const std::string what =
        concat("is not in this job", states.empty() ? "" : "; its state: ", states);
    if (allowed) {
      out_.notes.push_back(concat(where_, " ", what, ": it is left behind"));
      return;
    }
    out_.problems.push_back(concat(
        where_, " ", what, ": give an operator ",
        old.uid.empty() ? concat("a uid (the old one had none and was named by its place in the "
                                 "graph, id ",
                                 old.id().hex(), ")")
                        : concat("the uid '", old.uid, "'"),
        ", or restore with --allow-non-restored-state to leave its state behind"));
  }

 private:
  void problem(const std::string& text) { out_.problems.push_back(concat(where_, ": ", text)); }
  void note(const std::string& text) { out_.notes.push_back(concat(where_, ": ", text)); }

  void compare(const state::StateDescriptor& old, const StateDescription& now) {
    const std::string state = concat("state '", old.name, "'");
    if (old.kind != now.kind) {
      return problem(concat(state, " was a ", old.kind, " state and is a ", now.kind,
                            " state now: give the new one another name"));
    }
    if (old.key_schema != now.key_schema) {
      problem(concat(state, ": its key was ", old.key_schema, " and is ", now.key_schema,
                     " now: a key must keep its type"));
    }
    if (old.ttl != now.ttl) {
      note(concat(state, old.ttl ? " had a time-to-live and has none now: what it holds stays"
                                 : " had no time-to-live and has one now: what it holds counts as "
                                   "written when it is restored"));
    }
    try {
      if (old.kind == "map") compare_maps(state, old, now);
      else compare_values(state, old.value_schema, now.value_schema);
    } catch (const Error& error) {
      problem(concat(state, ": its type cannot be read: ", error.message()));
    }
  }

  // State of no key.
  void compare(const std::string& name, const WrittenList& old, const StateDescription& now) {
    const std::string state = concat("state '", name, "'");
    const std::string_view kind = kind_of(old.mode);
    if (is_keyed(now) || (kind != now.kind && (kind == "broadcast" || now.kind == "broadcast"))) {
      return problem(concat(state, " was a ", kind, " state and is a ", now.kind,
                            " state now: give the new one another name"));
    }
    if (kind != now.kind) {
      note(concat(state, " was a ", kind, " state and is a ", now.kind,
                  " state now: its items are given out as they were written this once"));
    }
    try {
      if (now.kind != "broadcast") return compare_values(state, old.schema, now.value_schema);
      const types::SchemaTree tree(old.schema);
      const types::SchemaNode& entry = tree[tree.root()];
      if (entry.kind != types::NodeKind::tuple || entry.children.size() != 2) {
        return problem(concat(state, " was written as ", old.schema, ", which is no map's entry"));
      }
      compare_values(concat(state, ", key"), tree[entry.children[0]].text, now.key_schema);
      compare_values(concat(state, ", value"), tree[entry.children[1]].text, now.value_schema);
    } catch (const Error& error) {
      problem(concat(state, ": its type cannot be read: ", error.message()));
    }
  }

  void compare_values(const std::string& state, std::string_view old, std::string_view now) {
    for (const std::string& line : schema_problems(old, now)) problem(concat(state, ": ", line));
  }

  // The job describes a map as one type; its entries were written one by one.
  void compare_maps(const std::string& state, const state::StateDescriptor& old,
                    const StateDescription& now) {
    const types::SchemaTree tree(now.value_schema);
    const types::SchemaNode& map = tree[tree.root()];
    if (map.kind != types::NodeKind::map) {
      return problem(concat(state, " was a map and is ", now.value_schema, " now"));
    }
    const std::string_view key = tree[map.children[0]].text;
    if (key != old.subkey_schema) {
      problem(concat(state, ": the keys of the map were ", old.subkey_schema, " and are ", key,
                     " now: they must keep their type"));
    }
    compare_values(state, old.value_schema, tree[map.children[1]].text);
  }

  Compatibility& out_;
  std::string where_;
};

}  // namespace

bool is_keyed(const StateDescription& state) {
  return state.kind != "operator_list" && state.kind != "union_list" && state.kind != "broadcast";
}

std::vector<OperatorShape> shapes_of(const graph::JobGraph& graph) {
  std::vector<OperatorShape> out;
  for (const auto& vertex : graph.vertices) {
    for (const auto& op : vertex.chain) {
      const Transformation& t = graph.transformation(op);
      out.push_back({op.id, t.uid, op.name, vertex.max_parallelism, t.states});
    }
  }
  return out;
}

Compatibility compare_states(const Metadata& metadata, const std::vector<OperatorShape>& job,
                             bool allow_non_restored_state) {
  Compatibility out;
  Comparison comparison(out);
  for (const OperatorState& old : metadata.operators) {
    const auto found = std::find_if(
        job.begin(), job.end(), [&](const OperatorShape& shape) { return shape.id == old.id(); });
    if (found != job.end()) comparison.operators(old, *found);
    else if (old.has_state()) comparison.missing(old, allow_non_restored_state);
  }
  return out;
}

}  // namespace flink::checkpoint
