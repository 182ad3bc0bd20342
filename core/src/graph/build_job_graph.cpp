// SPDX-License-Identifier: Apache-2.0
// From transformations to vertices: parallelism, ship strategies, chaining and slot sharing by
// Flink's rules ("Operator chaining", "Task slots and resources").
#include <flink/base/check.h>
#include <flink/error.h>
#include <flink/types/key_hash.h>
#include <xxhash.h>

#include <algorithm>
#include <map>
#include <set>

#include "graph/job_graph.h"

namespace flink::graph {

namespace {

// Hashes fields one after another, with lengths, so that no two sequences collide by shifting.
class Digest {
 public:
  Digest& add(std::string_view text) {
    number(text.size());
    bytes_ += text;
    return *this;
  }
  Digest& number(std::uint64_t value) {
    for (int i = 0; i < 8; ++i) bytes_ += static_cast<char>(value >> (8 * i));
    return *this;
  }
  XXH128_hash_t hash128() const { return XXH3_128bits(bytes_.data(), bytes_.size()); }
  std::uint64_t hash64() const { return XXH3_64bits(bytes_.data(), bytes_.size()); }

 private:
  std::string bytes_;
};

[[noreturn]] void refuse(const std::string& message) { throw Error{ErrorKind::user, message}; }

class Builder {
 public:
  Builder(std::shared_ptr<const StreamGraph> stream, const JobGraphOptions& options)
      : stream_(std::move(stream)), nodes_(stream_->transformations), options_(options) {}

  JobGraph build() {
    check_sources_and_uids();
    settle_ids();
    settle_parallelism();
    settle_slot_sharing();
    settle_partitioning();
    settle_mode();
    make_chains();
    make_edges();
    settle_regions_and_depth();
    graph_.job_name = stream_->job_name;
    graph_.stream_graph = stream_;
    graph_.fingerprint = fingerprint();
    return std::move(graph_);
  }

 private:
  std::size_t count() const { return nodes_.size(); }
  const Transformation& node(int i) const { return nodes_[static_cast<std::size_t>(i)]; }

  void check_sources_and_uids() {
    if (nodes_.empty()) {
      refuse(
          "the job has no operators: define_job must read at least one source, as in "
          "env.from_data(1, 2, 3).print()");
    }
    if (std::all_of(nodes_.begin(), nodes_.end(), [](auto& t) { return t.inputs.empty(); })) {
      refuse("no operators are defined: the job reads \"" + nodes_[0].name +
             "\" and does nothing with it; give the stream a sink, as in .print() or "
             ".sink_to(...); if define_job looks at its arguments first, give them here too, as in "
             "flinkc build job.cpp -- --mode daily");
    }
    std::map<std::string, std::string> uids;
    for (const auto& t : nodes_) {
      for (const auto& edge : t.inputs) {
        if (t.selects_inputs && edge.input >= InputSelection::inputs_max) {
          refuse("operator \"" + t.name + "\" selects among more than " +
                 std::to_string(InputSelection::inputs_max) + " inputs");
        }
      }
      if (t.uid.empty()) continue;
      const auto [place, fresh] = uids.emplace(t.uid, t.name);
      if (!fresh) {
        refuse("two operators have the uid \"" + t.uid + "\": \"" + place->second + "\" and \"" +
               t.name + "\"; a uid is an operator's address in savepoints, so give each its own");
      }
    }
  }

  void settle_parallelism() {
    const int fallback = stream_->parallelism.value_or(options_.default_parallelism);
    for (std::size_t i = 0; i < count(); ++i) {
      const auto& t = nodes_[i];
      const int parallelism = t.parallelism_fixed_to_one ? 1 : t.parallelism.value_or(fallback);
      const int widest = t.max_parallelism.value_or(stream_->max_parallelism.value_or(
          options_.default_max_parallelism > 0 ? options_.default_max_parallelism
                                               : unset_max_parallelism(i, parallelism)));
      if (parallelism > widest) {
        refuse("operator \"" + t.name + "\" has parallelism " + std::to_string(parallelism) +
               " above its maximum of " + std::to_string(widest) +
               ": lower the one or raise set_max_parallelism (pipeline.max-parallelism)");
      }
      parallelism_.push_back(parallelism);
      max_parallelism_.push_back(widest);
    }
  }

  // What it had; new operators go with their inputs, so that they can be chained.
  int unset_max_parallelism(std::size_t i, int parallelism) const {
    const auto& restored = options_.restored_max_parallelism;
    int had = 0;
    if (const auto found = restored.find(ids_[i]); found != restored.end()) {
      had = found->second;
    } else if (!restored.empty() && !nodes_[i].inputs.empty()) {
      had = max_parallelism_[static_cast<std::size_t>(nodes_[i].inputs.front().source)];
    }
    return had >= parallelism ? had : default_max_parallelism(parallelism);
  }

  void settle_slot_sharing() {
    for (const auto& t : nodes_) {
      std::string group = t.slot_sharing_group;
      if (group.empty()) {
        for (const auto& edge : t.inputs) {
          const auto& upstream = slot_sharing_[static_cast<std::size_t>(edge.source)];
          if (group.empty()) group = upstream;
          if (group != upstream) group = "default";
        }
      }
      slot_sharing_.push_back(group.empty() ? "default" : group);
    }
  }

  // forward where nothing was asked for and the parallelism is equal, else rebalance.
  void settle_partitioning() {
    for (std::size_t i = 0; i < count(); ++i) {
      std::vector<Partitioning> settled;
      for (const auto& edge : nodes_[i].inputs) {
        const int upstream = parallelism_[static_cast<std::size_t>(edge.source)];
        Partitioning how = edge.partitioning;
        if (!how.explicitly) {
          how.strategy =
              upstream == parallelism_[i] ? ShipStrategy::forward : ShipStrategy::rebalance;
        } else if (how.strategy == ShipStrategy::forward && upstream != parallelism_[i]) {
          refuse("forward() from \"" + node(edge.source).name + "\" (parallelism " +
                 std::to_string(upstream) + ") to \"" + nodes_[i].name + "\" (parallelism " +
                 std::to_string(parallelism_[i]) +
                 "): forward needs equal parallelism; use rebalance() or rescale()");
        }
        settled.push_back(std::move(how));
      }
      partitioning_.push_back(std::move(settled));
    }
  }

  void settle_mode() {
    std::string unbounded;
    for (const auto& t : nodes_) {
      if (!t.inputs.empty() || t.bounded) continue;
      unbounded += (unbounded.empty() ? "\"" : ", \"") + t.name + "\"";
    }
    graph_.bounded = unbounded.empty();
    if (options_.mode == RuntimeMode::batch && !graph_.bounded) {
      refuse("BATCH is for sources that end, and " + unbounded +
             " does not: bound it, or run the job in STREAMING (execution.runtime-mode; AUTOMATIC "
             "chooses by itself)");
    }
    graph_.batch = options_.mode != RuntimeMode::streaming && graph_.bounded;
  }

  // In batch, what the consumer waits for. A forward exchange is part of the consumer's region as
  // long as nothing else is an input of it, which might wait for that same region.
  ExchangeType exchange_of(std::size_t i, std::size_t e) const {
    const auto& inputs = nodes_[i].inputs;
    if (!graph_.batch || !options_.blocking_exchanges) return inputs[e].exchange;
    const bool alone = inputs.size() == 1 && partitioning_[i][e].strategy == ShipStrategy::forward;
    return alone ? inputs[e].exchange : ExchangeType::blocking;
  }

  void settle_ids() {
    for (std::size_t i = 0; i < count(); ++i) {
      Digest digest;
      if (!nodes_[i].uid.empty()) {
        digest.add("uid").add(nodes_[i].uid);
      } else {
        digest.add("position").number(i);
        for (const auto& edge : nodes_[i].inputs) {
          digest.number(ids_[static_cast<std::size_t>(edge.source)].low).add(edge.side_output);
        }
      }
      const auto hash = digest.hash128();
      ids_.push_back({hash.high64, hash.low64});
    }
  }

  bool chainable(std::size_t i) const {
    const Transformation& t = nodes_[i];
    if (!options_.chaining || chaining_off() || t.inputs.size() != 1 ||
        t.chaining != ChainingStrategy::always) {
      return false;
    }
    const auto& edge = t.inputs[0];
    const auto up = static_cast<std::size_t>(edge.source);
    return nodes_[up].chaining != ChainingStrategy::never &&
           place_of_[up].depth < chain_depth_max &&
           partitioning_[i][0].strategy == ShipStrategy::forward &&
           edge.exchange == ExchangeType::pipelined && !t.selects_inputs &&
           parallelism_[up] == parallelism_[i] && slot_sharing_[up] == slot_sharing_[i] &&
           max_parallelism_[up] == max_parallelism_[i];
  }
  bool chaining_off() const {
    bool off = false;
    for (const auto& [key, value] : stream_->configuration) {
      if (key == "pipeline.operator-chaining.enabled" || key == "pipeline.operator-chaining") {
        off = value == "false";
      }
    }
    return off;
  }

  void make_chains() {
    for (std::size_t i = 0; i < count(); ++i) {
      ChainedOperator op;
      op.id = ids_[i];
      op.transformation = static_cast<int>(i);
      op.name = nodes_[i].name;
      if (chainable(i)) {
        const auto& edge = nodes_[i].inputs[0];
        const auto up = static_cast<std::size_t>(edge.source);
        place_of_.push_back({place_of_[up].vertex, 0, place_of_[up].depth + 1});
        auto& chain = graph_.vertices[static_cast<std::size_t>(place_of_[up].vertex)].chain;
        place_of_[i].op = static_cast<int>(chain.size());
        chain[static_cast<std::size_t>(place_of_[up].op)].chained_outputs.push_back(
            {place_of_[i].op, 0, edge.side_output});
        chain.push_back(std::move(op));
      } else {
        JobVertex vertex;
        vertex.id = {ids_[i].high, ids_[i].low};
        vertex.parallelism = parallelism_[i];
        vertex.max_parallelism = max_parallelism_[i];
        vertex.slot_sharing_group = slot_sharing_[i];
        vertex.chain.push_back(std::move(op));
        place_of_.push_back({static_cast<int>(graph_.vertices.size()), 0, 1});
        graph_.vertices.push_back(std::move(vertex));
      }
    }
    for (auto& vertex : graph_.vertices) vertex.name = chain_name(vertex, 0);
  }

  // "Source: lines -> (split, Sink: Print)".
  static std::string chain_name(const JobVertex& vertex, int at) {
    const auto& op = vertex.chain[static_cast<std::size_t>(at)];
    std::string name = op.name;
    if (op.chained_outputs.empty()) return name;
    name += " -> ";
    if (op.chained_outputs.size() == 1)
      return name + chain_name(vertex, op.chained_outputs[0].target);
    name += "(";
    for (std::size_t i = 0; i < op.chained_outputs.size(); ++i) {
      if (i > 0) name += ", ";
      name += chain_name(vertex, op.chained_outputs[i].target);
    }
    return name + ")";
  }

  void make_edges() {
    for (std::size_t i = 0; i < count(); ++i) {
      if (place_of_[i].op != 0) continue;  // chained: no exchange
      for (std::size_t e = 0; e < nodes_[i].inputs.size(); ++e) {
        const auto& input = nodes_[i].inputs[e];
        const Place up = place_of_[static_cast<std::size_t>(input.source)];
        JobEdge edge;
        edge.source_vertex = up.vertex;
        edge.source_operator = up.op;
        edge.target_vertex = place_of_[i].vertex;
        edge.side_output = input.side_output;
        edge.input = input.input;
        edge.partitioning = partitioning_[i][e];
        edge.exchange = exchange_of(i, e);
        edge.type = input.type;
        const int index = static_cast<int>(graph_.edges.size());
        auto& source = graph_.vertices[static_cast<std::size_t>(up.vertex)];
        source.chain[static_cast<std::size_t>(up.op)].exchange_outputs.push_back(index);
        source.output_edges.push_back(index);
        graph_.vertices[static_cast<std::size_t>(edge.target_vertex)].input_edges.push_back(index);
        graph_.edges.push_back(std::move(edge));
      }
    }
  }

  void settle_regions_and_depth() {
    auto& vertices = graph_.vertices;
    // What is connected by pipelined exchanges runs at the same time.
    std::vector<int> root(vertices.size());
    for (std::size_t i = 0; i < root.size(); ++i) root[i] = static_cast<int>(i);
    const auto find = [&root](int at) {
      while (root[static_cast<std::size_t>(at)] != at) at = root[static_cast<std::size_t>(at)];
      return at;
    };
    for (const auto& edge : graph_.edges) {
      if (edge.exchange != ExchangeType::pipelined) continue;
      const int a = find(edge.source_vertex), b = find(edge.target_vertex);
      root[static_cast<std::size_t>(std::max(a, b))] = std::min(a, b);
    }
    std::map<int, int> numbers;
    for (std::size_t i = 0; i < vertices.size(); ++i) {
      vertices[i].region =
          numbers.emplace(find(static_cast<int>(i)), static_cast<int>(numbers.size()))
              .first->second;
      for (const int e : vertices[i].input_edges) {
        const int up = graph_.edges[static_cast<std::size_t>(e)].source_vertex;
        FLINK_CHECK(up < static_cast<int>(i), up, i);  // vertices are in topological order
        vertices[i].depth =
            std::max(vertices[i].depth, vertices[static_cast<std::size_t>(up)].depth + 1);
      }
    }
    graph_.regions = static_cast<int>(numbers.size());
  }

  std::uint64_t fingerprint() const {
    Digest digest;
    digest.add(stream_->job_name);
    for (const auto& [key, value] : stream_->configuration) digest.add(key).add(value);
    for (std::size_t i = 0; i < count(); ++i) {
      const auto& t = nodes_[i];
      digest.number(ids_[i].high).number(ids_[i].low).add(t.name).add(slot_sharing_[i]);
      digest.number(static_cast<std::uint64_t>(parallelism_[i]))
          .number(static_cast<std::uint64_t>(max_parallelism_[i]))
          .number(static_cast<std::uint64_t>(t.chaining))
          .number(t.output_type != nullptr ? t.output_type->fingerprint() : 0);
      for (std::size_t e = 0; e < t.inputs.size(); ++e) {
        digest.number(static_cast<std::uint64_t>(t.inputs[e].source))
            .number(static_cast<std::uint64_t>(t.inputs[e].input))
            .number(static_cast<std::uint64_t>(partitioning_[i][e].strategy))
            .number(static_cast<std::uint64_t>(t.inputs[e].exchange))
            .add(t.inputs[e].side_output)
            .add(partitioning_[i][e].key_type);
      }
      for (const auto& state : t.states)
        digest.add(state.name).add(state.kind).add(state.value_schema);
    }
    if (graph_.batch) digest.add("batch").number(options_.blocking_exchanges ? 1 : 0);
    return digest.hash64();
  }

  struct Place {
    int vertex = -1;
    int op = 0;
    int depth = 0;  // operators from the head to this one
  };

  std::shared_ptr<const StreamGraph> stream_;
  const std::vector<Transformation>& nodes_;
  const JobGraphOptions& options_;
  JobGraph graph_;
  // By transformation index.
  std::vector<int> parallelism_, max_parallelism_;
  std::vector<std::string> slot_sharing_;
  std::vector<std::vector<Partitioning>> partitioning_;
  std::vector<base::OperatorId> ids_;
  std::vector<Place> place_of_;
};

}  // namespace

JobGraph build_job_graph(std::shared_ptr<const StreamGraph> graph, const JobGraphOptions& options) {
  return Builder{std::move(graph), options}.build();
}

}  // namespace flink::graph
