// SPDX-License-Identifier: Apache-2.0
#include "client/state_json.h"

#include <flink/error.h>
#include <flink/types/bytes.h>

#include "json/json_writer.h"
#include "types/value_walk.h"

namespace flink::client {

const types::ValueJson& StateJson::schema(const std::string& text) {
  auto& known = schemas_[text];
  if (known == nullptr) known = std::make_unique<types::ValueJson>(text);
  return *known;
}

std::string StateJson::value(const std::string& text, std::string_view bytes) {
  std::string out;
  schema(text).append(bytes, out);
  return out;
}

std::string StateJson::canonical(const std::string& text, std::string_view bytes) {
  if (text.empty()) return std::string(bytes);
  const types::SchemaTree& tree = schema(text).schema();
  ByteReader in(bytes);
  ByteWriter out;
  types::append_canonical(in, out, tree, tree.root());
  out.raw(in.bytes(in.remaining()));
  return std::string(out.view());
}

std::string StateJson::names(const StateEntry& entry) {
  const state::StateDescriptor& state = *entry.state;
  std::string out = "\"key\":" + value(state.key_schema, entry.key);
  if (!entry.name_space.empty()) {
    out += ",\"namespace\":" + value(state.namespace_schema, entry.name_space);
  }
  if (state.kind == "timer") out += ",\"time\":" + std::to_string(entry.time);
  else if (!entry.subkey.empty()) out += ",\"map_key\":" + value(state.subkey_schema, entry.subkey);
  return out;
}

std::string StateJson::contents(const StateEntry& entry, bool with_ttl) {
  std::string out;
  if (entry.state->kind != "timer") {
    out = ",\"value\":" + value(entry.state->value_schema, entry.value);
  }
  if (with_ttl && entry.state->ttl) {
    out += ",\"last_access\":" + std::to_string(entry.last_access_millis);
  }
  return out;
}

std::string state_names(const checkpoint::OperatorState& op, std::string_view state) {
  json::JsonWriter json;
  json.begin_object().member("uid", op.uid).member("operator", op.name).member("state", state);
  return json.take().substr(1);
}

}  // namespace flink::client
