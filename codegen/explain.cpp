// SPDX-License-Identifier: Apache-2.0
#include "codegen/explain.h"

#include <set>

#include "flink/check.h"

namespace flink::codegen {
namespace {

// A vertex (a chain of operators) under each of its producers; its own content only the first time.
class Tree {
 public:
  explicit Tree(const Json& graph) : vertices_(graph["vertices"].items) {
    for (const auto& one : graph["operators"].items) operators_[one["id"].str()] = &one;
    for (const auto& vertex : vertices_) {
      for (const auto& input : vertex["inputs"].items) {
        consumers_[input["id"].str()].push_back({&vertex, &input});
      }
    }
  }

  std::string render() {
    for (const auto& vertex : vertices_) {
      if (vertex["inputs"].items.empty()) show(vertex, "", "");
    }
    return std::move(out_);
  }

 private:
  struct Consumer {
    const Json* vertex;
    const Json* input;
  };

  static std::string exchange(const Json& input) {
    std::string out = input["ship_strategy"].str();
    if (const auto& key = input["key_type"].str(); !key.empty()) out += " on " + key;
    if (const auto& side = input["side_output"].str(); !side.empty()) {
      out += ", side output " + side;
    }
    return out;
  }

  void show(const Json& vertex, const std::string& first, const std::string& rest) {
    const auto& group = vertex["slot_sharing_group"].str();
    out_ += detail::concat(
        first, vertex["name"].str(), "  x", vertex["parallelism"].str(),
        group.empty() || group == "default" ? "" : "  slots: ", group == "default" ? "" : group);
    const auto& id = vertex["id"].str();
    if (!seen_.insert(id).second) {
      out_ += "  (shown above)\n";
      return;
    }
    out_ += '\n';
    const auto& next = consumers_[id];
    const std::string bar = rest + (next.empty() ? "    " : "|   ");
    for (const auto& name : vertex["chain"].items) chained(name.str(), bar);
    for (std::size_t i = 0; i < next.size(); ++i) {
      out_ += rest + "|\n";
      out_ += detail::concat(rest, "+-- ", exchange(*next[i].input), "\n");
      const std::string inner = rest + (i + 1 < next.size() ? "|   " : "    ");
      show(*next[i].vertex, inner, inner);
    }
  }

  void chained(const std::string& id, const std::string& indent) {
    const auto found = operators_.find(id);
    if (found == operators_.end()) return;
    const Json& one = *found->second;
    out_ += detail::concat(indent, "- ", one["name"].str());
    if (const auto& type = one["output_type"]["name"].str(); !type.empty()) out_ += "  -> " + type;
    if (const auto& uid = one["uid"].str(); !uid.empty()) out_ += "  uid " + uid;
    out_ += '\n';
    for (const auto& state : one["states"].items) {
      out_ += detail::concat(indent, "    state ", state["name"].str(), ": ", state["kind"].str(),
                             " of ", state["value"].str(), "\n");
    }
  }

  const std::vector<Json>& vertices_;
  std::map<std::string, const Json*> operators_;
  std::map<std::string, std::vector<Consumer>> consumers_;
  std::set<std::string> seen_;
  std::string out_;
};

}  // namespace

std::string explain_graph(const Json& description) {
  return detail::concat("job ", description["name"].str(),
                        description["bounded"].str() == "true" ? " (bounded, " : " (unbounded, ",
                        description["slots_needed"].str(), " slots)\n\n",
                        Tree(description).render());
}

}  // namespace flink::codegen
