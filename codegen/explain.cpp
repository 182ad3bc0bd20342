// SPDX-License-Identifier: Apache-2.0
#include "codegen/explain.h"

#include <map>
#include <set>
#include <vector>

#include "flink/base/check.h"

namespace flink::codegen {
namespace {

using json::JsonValue;

// A vertex (a chain of operators) under each of its producers; its own content only the first time.
class Tree {
 public:
  explicit Tree(const JsonValue& graph) : vertices_(graph["vertices"].items()) {
    for (const auto& one : graph["operators"].items()) operators_[one["id"].as_string()] = &one;
    for (const auto& vertex : vertices_) {
      for (const auto& input : vertex["inputs"].items()) {
        consumers_[input["id"].as_string()].push_back({&vertex, &input});
      }
    }
  }

  std::string render() {
    for (const auto& vertex : vertices_) {
      if (vertex["inputs"].items().empty()) show(vertex, "", "");
    }
    return std::move(out_);
  }

 private:
  struct Consumer {
    const JsonValue* vertex;
    const JsonValue* input;
  };

  static std::string exchange(const JsonValue& input) {
    std::string out = input["ship_strategy"].as_string();
    if (const auto& key = input["key_type"].as_string(); !key.empty()) out += " on " + key;
    if (const auto& side = input["side_output"].as_string(); !side.empty()) {
      out += ", side output " + side;
    }
    return out;
  }

  void show(const JsonValue& vertex, const std::string& first, const std::string& rest) {
    const auto& group = vertex["slot_sharing_group"].as_string();
    out_ += detail::concat(
        first, vertex["name"].as_string(), "  x", vertex["parallelism"].as_int(),
        group.empty() || group == "default" ? "" : "  slots: ", group == "default" ? "" : group);
    const auto& id = vertex["id"].as_string();
    if (!seen_.insert(id).second) {
      out_ += "  (shown above)\n";
      return;
    }
    out_ += '\n';
    const auto& next = consumers_[id];
    const std::string bar = rest + (next.empty() ? "    " : "|   ");
    for (const auto& name : vertex["chain"].items()) chained(name.as_string(), bar);
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
    const JsonValue& one = *found->second;
    out_ += detail::concat(indent, "- ", one["name"].as_string());
    if (const auto& type = one["output_type"]["name"].as_string(); !type.empty())
      out_ += "  -> " + type;
    if (const auto& uid = one["uid"].as_string(); !uid.empty()) out_ += "  uid " + uid;
    out_ += '\n';
    for (const auto& state : one["states"].items()) {
      out_ += detail::concat(indent, "    state ", state["name"].as_string(), ": ",
                             state["kind"].as_string(), " of ", state["value"].as_string(), "\n");
    }
  }

  const std::vector<JsonValue>& vertices_;
  std::map<std::string, const JsonValue*> operators_;
  std::map<std::string, std::vector<Consumer>> consumers_;
  std::set<std::string> seen_;
  std::string out_;
};

}  // namespace

std::string explain_graph(const json::JsonValue& description) {
  return detail::concat("job ", description["name"].as_string(),
                        description["bounded"].as_bool() ? " (bounded, " : " (unbounded, ",
                        description["slots_needed"].as_int(), " slots)\n\n",
                        Tree(description).render());
}

}  // namespace flink::codegen
