// SPDX-License-Identifier: Apache-2.0
#include "client/state_commands.h"

#include <flink/base/check.h>
#include <flink/error.h>
#include <flink/types/bytes.h>

#include <algorithm>

#include "client/savepoint.h"
#include "client/state_json.h"
#include "client/value_bytes.h"
#include "json/json_writer.h"

namespace flink::client {
namespace {

using checkpoint::OperatorState;
using flink::detail::concat;
using state::StateDescriptor;

bool wanted(const StateFilter& filter, const std::string& name) {
  return filter.state.empty() || filter.state == name;
}

std::vector<const OperatorState*> operators_of(const Savepoint& savepoint,
                                               const StateFilter& filter) {
  if (!filter.uid.empty()) return {&savepoint.find(filter.uid)};
  std::vector<const OperatorState*> out;
  for (const auto& op : savepoint.metadata().operators) out.push_back(&op);
  return out;
}

struct Amount {
  std::uint64_t entries = 0, bytes = 0;
};

Amount count(StateEntries entries) {
  Amount out;
  StateEntry entry;
  while (entries.next(entry)) {
    ++out.entries;
    out.bytes += entry.key.size() + entry.name_space.size() + entry.subkey.size() +
                 entry.value.size() + (entry.state->kind == "timer" ? 8 : 0);
  }
  return out;
}

Amount count(const OperatorListState& list) {
  Amount out{.entries = list.items.size()};
  for (const std::string& item : list.items) out.bytes += item.size();
  return out;
}

// Elements of channels, and the coordinator's bytes: seen, not shown.
Amount count_channels(const OperatorState& op) {
  Amount out;
  for (const auto& subtask : op.subtasks) {
    for (const auto& channel : subtask.state.channels) {
      out.entries += channel.elements.size();
      for (const std::string& element : channel.elements) out.bytes += element.size();
      for (const auto& stored : channel.stored) {
        out.entries += stored.count;
        out.bytes += stored.bytes;
      }
    }
  }
  return out;
}

class ListText {
 public:
  explicit ListText(const checkpoint::Metadata& metadata) {
    out_ = concat(metadata.savepoint ? "Savepoint " : "Checkpoint ", metadata.checkpoint_id,
                  " of job ", metadata.job().hex(), " (", metadata.job_name, ")\n");
  }
  void begin(const OperatorState& op) {
    out_ += concat("\n", op.name, op.uid.empty() ? "" : "  uid ", op.uid, "\n  id ", op.id().hex(),
                   ", parallelism ", op.parallelism, " of ", op.max_parallelism,
                   op.fully_finished() ? ", finished" : "", "\n");
  }
  void keyed(const StateDescriptor& state, const Amount& amount) {
    std::string type = state.kind == "map"
                           ? concat("map<", state.subkey_schema, ",", state.value_schema, ">")
                           : state.value_schema;
    add(state.name, concat(state.kind, state.ttl ? " with TTL" : ""),
        concat(state.key_schema, type.empty() ? "" : " -> ", type), amount);
  }
  void list(const std::string& name, const OperatorListState& list, const Amount& amount) {
    add(name, mode_name(list.mode), list.schema, amount);
  }
  void channels(const Amount& amount) {
    if (amount.entries > 0) add("(records on their way)", "channels", "", amount);
  }
  void coordinator(std::size_t bytes) { out_ += concat("  (coordinator)  ", bytes, " bytes\n"); }
  void end() {}
  std::string take() { return std::move(out_); }

 private:
  void add(std::string_view name, std::string_view kind, std::string_view type,
           const Amount& amount) {
    out_ += concat("  ", name, "  ", kind, type.empty() ? "" : "  ", type, "  ", amount.entries,
                   amount.entries == 1 ? " entry, " : " entries, ", amount.bytes, " bytes\n");
  }
  std::string out_;
};

class ListJson {
 public:
  explicit ListJson(const checkpoint::Metadata& metadata) {
    json_.begin_object()
        .member("checkpoint_id", metadata.checkpoint_id)
        .member("savepoint", metadata.savepoint)
        .member("job", metadata.job().hex())
        .member("job_name", metadata.job_name)
        .key("operators")
        .begin_array();
  }
  void begin(const OperatorState& op) {
    json_.begin_object()
        .member("id", op.id().hex())
        .member("uid", op.uid)
        .member("name", op.name)
        .member("parallelism", op.parallelism)
        .member("max_parallelism", op.max_parallelism)
        .member("finished", op.fully_finished())
        .key("states")
        .begin_array();
  }
  void keyed(const StateDescriptor& state, const Amount& amount) {
    json_.begin_object()
        .member("name", state.name)
        .member("kind", state.kind)
        .member("key", state.key_schema)
        .member("namespace", state.namespace_schema)
        .member("map_key", state.kind == "map" ? state.subkey_schema : std::string())
        .member("value", state.value_schema)
        .member("ttl", state.ttl);
    end_state(amount);
  }
  void list(const std::string& name, const OperatorListState& list, const Amount& amount) {
    json_.begin_object()
        .member("name", name)
        .member("kind", mode_name(list.mode))
        .member("value", list.schema);
    end_state(amount);
  }
  void channels(const Amount& amount) {
    json_.end_array().member("channel_elements", amount.entries);
  }
  void coordinator(std::size_t bytes) { json_.member("coordinator_bytes", bytes); }
  void end() { json_.end_object(); }
  std::string take() { return json_.end_array().end_object().take() + "\n"; }

 private:
  void end_state(const Amount& amount) {
    json_.member("entries", amount.entries).member("bytes", amount.bytes).end_object();
  }
  json::JsonWriter json_;
};

template <class Out>
std::string list_as(Savepoint& savepoint) {
  Out out(savepoint.metadata());
  for (const OperatorState& op : savepoint.metadata().operators) {
    out.begin(op);
    for (const StateDescriptor& state : savepoint.keyed_states(op)) {
      out.keyed(state, count(savepoint.entries(op, state)));
    }
    for (const auto& [name, list] : savepoint.operator_lists(op)) out.list(name, list, count(list));
    out.channels(count_channels(op));
    if (op.coordinator) out.coordinator(op.coordinator->size());
    out.end();
  }
  return out.take();
}

StateDescriptor find_state(Savepoint& savepoint, const OperatorState& op, const std::string& name) {
  std::string known;
  for (const StateDescriptor& state : savepoint.keyed_states(op)) {
    if (state.name == name) return state;
    known += concat(known.empty() ? "" : ", ", state.name);
  }
  throw Error(ErrorKind::user,
              concat("operator ", op.shown(), " has no keyed state '", name, "' in ",
                     savepoint.path(), "; it has ", known.empty() ? "none" : known));
}

}  // namespace

std::string list_states(base::FileSystem& files, const std::string& where, bool json) {
  Savepoint savepoint(files, where);
  return json ? list_as<ListJson>(savepoint) : list_as<ListText>(savepoint);
}

void dump_states(base::FileSystem& files, const std::string& where, const StateFilter& filter,
                 const PrintLine& print) {
  Savepoint savepoint(files, where);
  StateJson json;
  bool found = filter.state.empty();
  for (const OperatorState* op : operators_of(savepoint, filter)) {
    for (const StateDescriptor& state : savepoint.keyed_states(*op)) {
      if (!wanted(filter, state.name)) continue;
      found = true;
      const std::string head = concat("{", state_names(*op, state.name), ",");
      StateEntries entries = savepoint.entries(*op, state);
      StateEntry entry;
      while (entries.next(entry)) {
        print(concat(head, json.names(entry), json.contents(entry, true), "}"));
      }
    }
    for (const auto& [name, list] : savepoint.operator_lists(*op)) {
      if (!wanted(filter, name)) continue;
      found = true;
      const std::string head = concat("{", state_names(*op, name), ",\"index\":");
      for (std::size_t i = 0; i < list.items.size(); ++i) {
        const std::string schema = list.schema.empty() ? "opaque<bytes>" : list.schema;
        print(concat(head, i, ",\"value\":", json.value(schema, list.items[i]), "}"));
      }
    }
  }
  if (!found) {
    throw Error(ErrorKind::user, concat("there is no state '", filter.state, "' in ", where,
                                        ": flinkctl state list shows what there is"));
  }
}

std::string get_state(base::FileSystem& files, const std::string& where, const StateFilter& filter,
                      const std::string& key, const std::string& name_space) {
  Savepoint savepoint(files, where);
  const OperatorState& op = savepoint.find(filter.uid);
  const StateDescriptor state = find_state(savepoint, op, filter.state);
  const std::string key_bytes = value_bytes_of_text(state.key_schema, key);
  const std::string name_bytes =
      name_space.empty() ? "" : value_bytes_of_text(state.namespace_schema, name_space);
  const bool timer = state.kind == "timer", map = state.kind == "map";
  const bool named = map && state.subkey_schema == "string";
  StateJson json;
  std::string out;
  StateEntries entries = savepoint.entries(op, state);
  StateEntry entry;
  while (entries.next(entry)) {
    if (entry.key != key_bytes || entry.name_space != name_bytes) continue;
    if (!out.empty()) out += ',';
    if (timer) {
      out += std::to_string(entry.time);
      continue;
    }
    const std::string value = json.value(entry.state->value_schema, entry.value);
    if (!map) return value;
    std::string name;
    if (named) json::append_json_string(name, ByteReader(entry.subkey).sized());
    else name = json.value(state.subkey_schema, entry.subkey);
    out += named ? concat(name, ":", value) : concat("[", name, ",", value, "]");
  }
  if (out.empty() || (!timer && !map)) return out;
  return named ? concat("{", out, "}") : concat("[", out, "]");
}

}  // namespace flink::client
