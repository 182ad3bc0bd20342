// SPDX-License-Identifier: Apache-2.0
// How a path is evaluated; json_path_reader.cpp has how it is written.
#include "table/fn/json_path.h"

#include <algorithm>

#include "table/fn/json_aggregate.h"

namespace flink::table::fn {

using Kind = PathStep::Kind;

bool PathStep::definite(bool last) const noexcept {
  switch (kind) {
    case Kind::property:
      return names.size() == 1 || last;
    case Kind::index:
      return indices.size() == 1;
    case Kind::function:
      return true;
    default:
      return false;
  }
}

namespace {

// Each .. multiplies what is looked at; a path that goes to so many places leads nowhere.
constexpr std::size_t visits_max = 4'000'000;

// One evaluation: collects what the steps lead to.
class Walk {
 public:
  Walk(Memory& memory, const std::vector<PathStep>& steps, const JsonNode& root)
      : memory_(memory), steps_(steps), root_(root) {
    for (std::size_t i = 0; i < steps.size(); ++i) {
      upstream_.push_back(i == 0 || (upstream_.back() && steps[i - 1].definite(false)));
    }
  }

  // False: the path cannot be walked.
  bool evaluate(std::size_t at, const JsonNode& model) {
    if (++visits_ > visits_max) return false;
    if (at == steps_.size()) {
      found_.push_back(model);
      return true;
    }
    const PathStep& step = steps_[at];
    switch (step.kind) {
      case Kind::property:
        return properties(at, model);
      case Kind::index:
      case Kind::slice:
        return elements(at, model);
      case Kind::wildcard:
        return std::all_of(model.items, model.items + model.count,
                           [&](const JsonNode& item) { return evaluate(at + 1, item); });
      case Kind::scan:
        return at + 1 == steps_.size() || scan(at + 1, model);
      case Kind::filter:
        return filtered(at, model);
      case Kind::function: {
        const auto result = apply_json_function(memory_, step.names[0], step.indices, model);
        return result && evaluate(at + 1, *result);
      }
    }
    return true;
  }

  const std::vector<JsonNode>& found() const { return found_; }

 private:
  bool is_leaf(std::size_t at) const { return at + 1 == steps_.size(); }

  bool properties(std::size_t at, const JsonNode& model) {
    const PathStep& step = steps_[at];
    if (model.kind != JsonKind::object) return !upstream_[at];
    if (step.names.size() > 1 && is_leaf(at)) return evaluate(at + 1, merged(step, model));
    for (const std::string& name : step.names) {
      if (const JsonNode* value = model.member(name)) {
        if (!evaluate(at + 1, *value)) return false;
      } else if (!is_leaf(at) && upstream_[at] && step.names.size() == 1) {
        return false;
      }
    }
    return true;
  }

  // The members that are there, as an object.
  JsonNode merged(const PathStep& step, const JsonNode& model) {
    std::vector<JsonNode> items;
    std::string_view* names = memory_.array<std::string_view>(step.names.size());
    for (const std::string& name : step.names) {
      const JsonNode* value = model.member(name);
      if (!value) continue;
      names[items.size()] = memory_.copy(name);
      items.push_back(*value);
    }
    JsonNode out = JsonNode::array(memory_, items);
    out.kind = JsonKind::object;
    out.names = names;
    return out;
  }

  bool element(std::size_t at, const JsonNode& model, std::int64_t index) {
    const auto count = static_cast<std::int64_t>(model.count);
    if (index < 0) index += count;
    return index < 0 || index >= count || evaluate(at + 1, model.items[index]);
  }

  bool elements(std::size_t at, const JsonNode& model) {
    const PathStep& step = steps_[at];
    if (model.kind != JsonKind::array) return !upstream_[at];
    if (step.kind == Kind::index) {
      return std::all_of(step.indices.begin(), step.indices.end(),
                         [&](std::int64_t index) { return element(at, model, index); });
    }
    const auto count = static_cast<std::int64_t>(model.count);
    std::int64_t from = step.from.value_or(0), to = std::min(count, step.to.value_or(count));
    if (!step.to && from < 0) from = std::max<std::int64_t>(0, from + count);
    if (!step.from && to < 0) to += count;
    for (; from < to; ++from) {
      if (!element(at, model, from)) return false;
    }
    return true;
  }

  bool filtered(std::size_t at, const JsonNode& model) {
    const JsonFilter& filter = *steps_[at].filter;
    if (model.kind == JsonKind::object) {
      return !filter.accepts(memory_, root_, model) || evaluate(at + 1, model);
    }
    if (model.kind != JsonKind::array) return !upstream_[at];
    return std::all_of(model.items, model.items + model.count, [&](const JsonNode& item) {
      return !filter.accepts(memory_, root_, item) || evaluate(at + 1, item);
    });
  }

  // Whether the step behind .. can be taken from here.
  bool takes(const PathStep& step, std::size_t at, const JsonNode& model) {
    switch (step.kind) {
      case Kind::property:
        return model.kind == JsonKind::object &&
               (!step.definite(is_leaf(at)) ||
                std::all_of(step.names.begin(), step.names.end(),
                            [&](const std::string& name) { return model.member(name); }));
      case Kind::index:
      case Kind::slice:
        return model.kind == JsonKind::array;
      case Kind::wildcard:
        return true;
      case Kind::filter:
        return steps_[at].filter->accepts(memory_, root_, model);
      default:
        return false;
    }
  }

  // From the model and everything within it.
  bool scan(std::size_t at, const JsonNode& model) {
    if (model.is_scalar()) return true;
    if (++visits_ > visits_max) return false;
    if (takes(steps_[at], at, model)) {
      if (model.kind == JsonKind::object || is_leaf(at)) {
        if (!evaluate(at, model)) return false;
      } else {
        for (const JsonNode& item : model.children()) {
          if (!evaluate(at + 1, item)) return false;
        }
      }
    }
    return std::all_of(model.items, model.items + model.count,
                       [&](const JsonNode& item) { return scan(at, item); });
  }

  Memory& memory_;
  const std::vector<PathStep>& steps_;
  const JsonNode& root_;
  std::vector<bool> upstream_;  // whether at most one value comes to the step
  std::vector<JsonNode> found_;
  std::size_t visits_ = 0;
};

}  // namespace

bool JsonPath::ends_with_function_of_all() const noexcept {
  return steps_.size() > 1 && steps_.front().kind == Kind::scan &&
         steps_.back().kind == Kind::function;
}

std::optional<JsonNode> JsonPath::read(Memory& memory, const JsonNode& root,
                                       const JsonNode& item) const {
  const bool of_list = ends_with_function_of_all();
  std::vector<PathStep> shorter;
  if (of_list) shorter.assign(steps_.begin(), steps_.end() - 1);
  Walk walk{memory, of_list ? shorter : steps_, root};
  if (!walk.evaluate(0, of_item_ ? item : root)) return {};
  const auto& found = walk.found();
  if (of_list) {
    const PathStep& last = steps_.back();
    return apply_json_function(memory, last.names[0], last.indices, JsonNode::array(memory, found));
  }
  if (!definite_) return JsonNode::array(memory, found);
  if (found.empty()) return {};
  return found.back();
}

}  // namespace flink::table::fn
