// SPDX-License-Identifier: Apache-2.0
// What a job looks like before it runs: for `describe`, flinkc check and flinkc explain.
#include "graph/job_graph.h"
#include "json/json_writer.h"

namespace flink::graph {

namespace {

using json::JsonWriter;

void write_operator(JsonWriter& json, const JobGraph& graph, const JobVertex& vertex,
                    const ChainedOperator& op) {
  const Transformation& t = graph.transformation(op);
  json.begin_object()
      .member("id", op.id.hex())
      .member("uid", t.uid)
      .member("name", op.name)
      .member("parallelism", vertex.parallelism)
      .member("max_parallelism", vertex.max_parallelism)
      .member("slot_sharing_group", vertex.slot_sharing_group)
      .member("keyed", t.keyed)
      .member("vertex", vertex.id.hex());
  json.key("output_type");
  if (t.output_type != nullptr) {
    json.begin_object()
        .member("name", t.output_type->name())
        .member("schema", t.output_type->schema())
        .member("fingerprint", base::hex128(0, t.output_type->fingerprint()).substr(16))
        .end_object();
  } else {
    json.raw("null");
  }
  json.key("states").begin_array();
  for (const auto& state : t.states) {
    json.begin_object()
        .member("name", state.name)
        .member("kind", state.kind)
        .member("key", state.key_schema)
        .member("value", state.value_schema);
    if (state.ttl) json.member("ttl", true);
    json.end_object();
  }
  json.end_array().end_object();
}

void write_edge(JsonWriter& json, const JobGraph& graph, const JobEdge& edge) {
  const auto& source = graph.vertices[static_cast<std::size_t>(edge.source_vertex)];
  json.begin_object()
      .member("id", source.id.hex())
      .member("operator", source.chain[static_cast<std::size_t>(edge.source_operator)].id.hex())
      .member("input", edge.input)
      .member("ship_strategy", ship_strategy_name(edge.partitioning.strategy))
      .member("exchange", exchange_type_name(edge.exchange))
      .member("side_output", edge.side_output)
      .member("key_type", edge.partitioning.key_type)
      .end_object();
}

// "Keyed Reduce" -> "keyed-reduce".
std::string uid_for(std::string_view name) {
  std::string uid;
  for (const char c : name) {
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) uid += c;
    else if (c >= 'A' && c <= 'Z') uid += static_cast<char>(c - 'A' + 'a');
    else if (!uid.empty() && uid.back() != '-') uid += '-';
  }
  while (!uid.empty() && uid.back() == '-') uid.pop_back();
  return uid.empty() ? "my-operator" : uid;
}

}  // namespace

const char* ship_strategy_name(ShipStrategy strategy) {
  switch (strategy) {
    case ShipStrategy::forward:
      return "FORWARD";
    case ShipStrategy::rebalance:
      return "REBALANCE";
    case ShipStrategy::rescale:
      return "RESCALE";
    case ShipStrategy::shuffle:
      return "SHUFFLE";
    case ShipStrategy::broadcast:
      return "BROADCAST";
    case ShipStrategy::global:
      return "GLOBAL";
    case ShipStrategy::hash:
      return "HASH";
    case ShipStrategy::custom:
      return "CUSTOM";
  }
  return "";
}

const char* exchange_type_name(ExchangeType exchange) {
  return exchange == ExchangeType::blocking ? "blocking" : "pipelined_bounded";
}

std::string describe_json(const JobGraph& graph) {
  JsonWriter json;
  json.begin_object()
      .member("name", graph.job_name)
      .member("bounded", graph.bounded)
      .member("batch", graph.batch)
      .member("slots_needed", graph.slots_needed())
      .member("pipelined_regions", graph.regions)
      .member("fingerprint", base::hex128(0, graph.fingerprint).substr(16));
  json.key("operators").begin_array();
  for (const auto& vertex : graph.vertices) {
    for (const auto& op : vertex.chain) write_operator(json, graph, vertex, op);
  }
  json.end_array().key("vertices").begin_array();
  for (const auto& vertex : graph.vertices) {
    json.begin_object()
        .member("id", vertex.id.hex())
        .member("name", vertex.name)
        .member("parallelism", vertex.parallelism)
        .member("max_parallelism", vertex.max_parallelism)
        .member("slot_sharing_group", vertex.slot_sharing_group)
        .member("pipelined_region", vertex.region);
    json.key("chain").begin_array();
    for (const auto& op : vertex.chain) json.value(op.id.hex());
    json.end_array().key("inputs").begin_array();
    for (const int e : vertex.input_edges) {
      write_edge(json, graph, graph.edges[static_cast<std::size_t>(e)]);
    }
    json.end_array().end_object();
  }
  json.end_array().end_object();
  return json.take();
}

std::string describe_text(const JobGraph& graph) {
  std::string out = "Job: " + graph.job_name + (graph.bounded ? " (bounded, " : " (unbounded, ") +
                    (graph.batch ? "BATCH)" : "STREAMING)") + ", " +
                    std::to_string(graph.slots_needed()) + " slots\n";
  for (const auto& vertex : graph.vertices) {
    out += "\n" + vertex.name + "\n  parallelism " + std::to_string(vertex.parallelism) + " of " +
           std::to_string(vertex.max_parallelism) + ", slot sharing group " +
           vertex.slot_sharing_group + "\n";
    for (const int e : vertex.input_edges) {
      const auto& edge = graph.edges[static_cast<std::size_t>(e)];
      out += "  reads " + graph.vertices[static_cast<std::size_t>(edge.source_vertex)].name +
             " by " + ship_strategy_name(edge.partitioning.strategy);
      if (!edge.partitioning.key_type.empty()) out += " on " + edge.partitioning.key_type;
      if (!edge.side_output.empty()) out += ", side output " + edge.side_output;
      if (edge.exchange == ExchangeType::blocking) out += ", once all of it is there";
      out += "\n";
    }
    for (const auto& op : vertex.chain) {
      const Transformation& t = graph.transformation(op);
      out += "  - " + op.name + (t.uid.empty() ? "" : "  uid " + t.uid);
      if (t.output_type != nullptr) out += "  -> " + t.output_type->name();
      out += "\n";
      for (const auto& state : t.states) {
        out += "      state " + state.name + ": " + state.kind;
        if (!state.value_schema.empty()) out += " of " + state.value_schema;
        if (!state.key_schema.empty()) out += " by " + state.key_schema;
        if (state.ttl) out += ", with a time-to-live";
        out += "\n";
      }
    }
  }
  return out;
}

std::vector<std::string> uid_warnings(const JobGraph& graph) {
  std::vector<std::string> warnings;
  for (const auto& vertex : graph.vertices) {
    for (const auto& op : vertex.chain) {
      const Transformation& t = graph.transformation(op);
      if (!t.uid.empty() || t.states.empty()) continue;
      std::string states;
      for (const auto& state : t.states) states += (states.empty() ? "" : ", ") + state.name;
      warnings.push_back("operator \"" + op.name + "\" has state (" + states +
                         ") and no uid; a savepoint finds it again only while the graph stays as "
                         "it is: add .uid(\"" +
                         uid_for(op.name) + "\") to it");
    }
  }
  return warnings;
}

}  // namespace flink::graph
