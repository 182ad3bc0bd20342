// SPDX-License-Identifier: Apache-2.0
// What names and calls mean in a clause.
#include <algorithm>

#include "base/text.h"
#include "planner/query_binder.h"

namespace flink::planner {

using table::reject;

std::string nearest_name(std::string_view name, const std::vector<std::string>& all) {
  const auto lower = [](std::string_view text) {
    std::string out{text};
    for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    return out;
  };
  std::string_view best;
  std::size_t distance = 3;
  for (const std::string& known : all) {
    const std::size_t one = base::edit_distance(lower(name), lower(known), distance);
    if (one >= distance) continue;
    distance = one;
    best = known;
  }
  return best.empty() ? std::string{} : "did you mean '" + std::string{best} + "'?";
}

ExpressionPointer ClauseScope::find_in_sources(const sql::Path& path, std::size_t& used) const {
  const auto by_name = [](const Source& source, std::string_view name) -> const Column* {
    const auto found = std::find_if(source.columns.begin(), source.columns.end(),
                                    [&](const Column& column) { return column.name == name; });
    return found == source.columns.end() ? nullptr : &*found;
  };
  if (path.size() > 1) {
    for (const Source& source : from_.sources) {
      if (source.alias != path[0].text) continue;
      const Column* const column = by_name(source, path[1].text);
      if (!column) {
        std::vector<std::string> names;
        for (const Column& one : source.columns) names.push_back(one.name);
        reject(path[1].range,
               "there is no column '" + std::string{path[1].text} + "' in '" + source.alias + "'",
               nearest_name(path[1].text, names));
      }
      used = 2;
      return column_of(*find_column(*from_.relation, column->id));
    }
  }
  for (const Merged& merged : from_.merged) {
    if (merged.name == path[0].text) {
      used = 1;
      return merged.value;
    }
  }
  const Column* found = nullptr;
  for (const Source& source : from_.sources) {
    const Column* const column = by_name(source, path[0].text);
    if (column && found) {
      reject(path[0].range, "column '" + std::string{path[0].text} + "' is ambiguous",
             "write the table before it: " + from_.sources.front().alias + "." + column->name);
    }
    if (column) found = column;
  }
  if (!found) return nullptr;
  used = 1;
  const Column* const now = find_column(*from_.relation, found->id);
  return column_of(now ? *now : *found);
}

ExpressionPointer ClauseScope::find_grouped(const sql::Path& path, std::size_t& used) const {
  auto input = grouping->input->find_own(path, used);
  if (!input) return nullptr;
  for (std::size_t i = 0; i < grouping->keys.size(); ++i) {
    if (same(*grouping->keys[i], *input)) return column_of(grouping->columns[i]);
  }
  std::string name;
  for (const sql::Name& part : path) name += (name.empty() ? "" : ".") + std::string{part.text};
  reject(sql::range_of(path), "'" + name + "' is not being grouped",
         "put it into GROUP BY or into an aggregate");
}

ExpressionPointer ClauseScope::find_own(const sql::Path& path, std::size_t& used) const {
  if (aliases && path.size() == 1) {
    if (const auto found = aliases->find(std::string{path[0].text}); found != aliases->end()) {
      used = 1;
      return found->second;
    }
  }
  return grouping ? find_grouped(path, used) : find_in_sources(path, used);
}

ExpressionPointer ClauseScope::find(const sql::Path& path, std::size_t& used) const {
  for (const ClauseScope* scope = this; scope; scope = scope->outer_) {
    if (auto found = scope->find_own(path, used)) return found;
  }
  if (path.size() == 1 && path[0].text == "PI" && !path[0].quoted) return nullptr;
  reject_name(path);
}

void ClauseScope::reject_name(const sql::Path& path) const {
  std::vector<std::string> names, tables;
  for (const ClauseScope* scope = this; scope; scope = scope->outer_) {
    for (const Source& source : scope->from_.sources) {
      tables.push_back(source.alias);
      for (const Column& column : source.columns) names.push_back(column.name);
    }
  }
  const std::string name{path[0].text};
  if (path.size() > 1) {
    reject(path[0].range, "there is no table '" + name + "' in FROM", nearest_name(name, tables));
  }
  reject(path[0].range, "there is no column '" + name + "'", nearest_name(name, names));
}

ExpressionPointer ClauseScope::known_group(const sql::Expression& node) const {
  if (node.kind == sql::ExpressionKind::literal) return nullptr;
  ExpressionPointer bound;
  try {
    bound = binder_.bind_value(node, *grouping->input);
  } catch (const table::BindError&) {
    return nullptr;  // it holds what has no place beneath, which its parts will tell
  }
  for (std::size_t i = 0; i < grouping->keys.size(); ++i) {
    if (same(*grouping->keys[i], *bound)) return column_of(grouping->columns[i]);
  }
  return nullptr;
}

ExpressionPointer ClauseScope::known(const sql::Expression& node) const {
  if (const auto found = computed.find(&node); found != computed.end()) return found->second;
  if (const auto* call = sql::try_as<sql::Call>(&node)) {
    const std::string name = function_name(*call);
    if (call->over || call->over_name) {
      reject(node.range, "OVER cannot stand in " + std::string{clause});
    }
    if (is_aggregate_name(name)) {
      if (clause == "an aggregate") reject(node.range, "aggregates cannot be nested");
      reject(node.range, "an aggregate cannot stand in " + std::string{clause},
             clause == "WHERE" ? "conditions on aggregates stand in HAVING" : "");
    }
  }
  if (auto value = binder_.bind_sub_query(node, *this)) return value;
  return grouping && !grouping->keys.empty() ? known_group(node) : nullptr;
}

std::string function_name(const sql::Call& call) {
  std::string out{call.name.back().text};
  for (char& c : out) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  return out;
}

}  // namespace flink::planner
