// SPDX-License-Identifier: Apache-2.0
#include "codegen/explain.h"

#include <set>

#include "flink/check.h"

namespace flink::codegen {
namespace {

// The first of several spellings of a field that is there.
const Json& first_of(const Json& object, std::initializer_list<const char*> names) {
  static const Json kNull;
  for (const char* name : names) {
    const auto& value = object[name];
    if (!value.is_null()) return value;
  }
  return kNull;
}

std::string without_markup(std::string text) {
  for (auto at = text.find("<br/>"); at != std::string::npos; at = text.find("<br/>", at)) {
    text.replace(at, 5, " ");
  }
  return text;
}

class Tree {
 public:
  explicit Tree(const Json& nodes) {
    for (const auto& node : nodes.items) {
      by_id_[node["id"].str()] = &node;
      order_.push_back(node["id"].str());
      for (const auto& input : node["inputs"].items) consumers_[input["id"].str()].push_back(&node);
    }
  }

  std::string render() {
    for (const auto& id : order_) {
      if (by_id_[id]->operator[]("inputs").items.empty()) node(id, "", "", "");
    }
    return std::move(out_);
  }

 private:
  static std::string ship_strategy(const Json& node, const std::string& from) {
    for (const auto& input : node["inputs"].items) {
      if (input["id"].str() != from) continue;
      return first_of(input, {"ship_strategy", "partitioner", "strategy"}).str();
    }
    return "";
  }

  void line(const std::string& indent, std::string text) {
    while (!text.empty() && text.back() == ' ') text.pop_back();
    out_ += indent + text + "\n";
  }

  void details(const Json& one, const std::string& indent) {
    const auto& type = first_of(one, {"type", "output_type"});
    if (!type.str().empty()) line(indent, "type  " + type.str());
    const auto& uid = one["uid"];
    if (!uid.str().empty()) line(indent, "uid   " + uid.str());
    for (const auto& state : first_of(one, {"state", "states"}).items) {
      line(indent, detail::concat("state ", first_of(state, {"name"}).str(), ": ",
                                  first_of(state, {"type", "schema"}).str()));
    }
  }

  void node(const std::string& id, const std::string& indent, const std::string& lead,
            const std::string& strategy) {
    const Json& one = *by_id_[id];
    const auto name = without_markup(first_of(one, {"name", "description", "operator"}).str());
    std::string text = lead;
    if (!strategy.empty()) text += "[" + strategy + "] ";
    text += name;
    const auto& parallelism = one["parallelism"].str();
    if (!parallelism.empty()) text += "  x" + parallelism;
    const auto& group = one["slot_sharing_group"].str();
    if (!group.empty() && group != "default") text += "  slots: " + group;
    if (!seen_.insert(id).second) {
      line(indent, text + "  (shown above)");
      return;
    }
    line(indent, text);
    const auto inner = indent + std::string(lead.empty() ? 0 : 3, ' ') + "   ";
    details(one, inner);
    for (const auto& chained : first_of(one, {"operators", "chain"}).items) {
      const auto& label = first_of(chained, {"name"}).str();
      if (chained.kind == Json::Kind::object && !label.empty() && label != name) {
        line(inner, "| " + label);
        details(chained, inner + "  ");
      }
    }
    const auto& next = consumers_[id];
    for (const Json* consumer : next) {
      node((*consumer)["id"].str(), indent + (lead.empty() ? "" : "   "), "-> ",
           ship_strategy(*consumer, id));
    }
  }

  std::map<std::string, const Json*> by_id_;
  std::vector<std::string> order_;
  std::map<std::string, std::vector<const Json*>> consumers_;
  std::set<std::string> seen_;
  std::string out_;
};

}  // namespace

std::string explain_graph(const Json& description) {
  const Json& plan = description["plan"].is_null() ? description : description["plan"];
  std::string out;
  const auto& name = first_of(description, {"name", "jobName"}).str().empty()
                         ? first_of(plan, {"name"})
                         : first_of(description, {"name", "jobName"});
  if (!name.str().empty()) out = "job " + name.str() + "\n";
  return out + Tree(first_of(plan, {"nodes", "vertices"})).render();
}

}  // namespace flink::codegen
