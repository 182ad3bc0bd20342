// SPDX-License-Identifier: Apache-2.0
#include "table/fn/json_aggregate.h"

#include <cmath>
#include <cstdlib>

#include "base/number_text.h"

namespace flink::table::fn {

namespace {

JsonNode integer_node(Memory& memory, std::size_t value) {
  return JsonNode::number(memory.copy(std::to_string(value)));
}

std::vector<double> numbers_in(const JsonNode& array) {
  std::vector<double> out;
  for (const JsonNode& item : array.children()) {
    if (item.kind == JsonKind::number)
      out.push_back(std::strtod(std::string{item.text}.c_str(), nullptr));
  }
  return out;
}

std::optional<double> aggregate(std::string_view name, const std::vector<double>& values) {
  double sum = 0, squares = 0, least = values.front(), greatest = values.front();
  for (const double value : values) {
    sum += value;
    squares += value * value;
    least = std::min(least, value);
    greatest = std::max(greatest, value);
  }
  const auto count = static_cast<double>(values.size());
  if (name == "sum") return sum;
  if (name == "avg") return sum / count;
  if (name == "min") return least;
  if (name == "max") return greatest;
  if (name == "stddev") return std::sqrt(squares / count - sum * sum / count / count);
  return {};
}

std::optional<JsonNode> element(const JsonNode& array, std::int64_t index) {
  const auto count = static_cast<std::int64_t>(array.count);
  if (index < 0) index += count;
  if (array.kind != JsonKind::array || index < 0 || index >= count) return {};
  return array.items[index];
}

}  // namespace

std::optional<JsonNode> apply_json_function(Memory& memory, std::string_view name,
                                            const std::vector<std::int64_t>& arguments,
                                            const JsonNode& value) {
  if (name == "length" || name == "size") {
    return value.is_scalar() ? JsonNode{} : integer_node(memory, value.count);
  }
  if (name == "keys") {
    if (value.kind != JsonKind::object) return JsonNode{};
    std::vector<JsonNode> names;
    for (std::size_t i = 0; i < value.count; ++i) names.push_back(JsonNode::string(value.names[i]));
    return JsonNode::array(memory, names);
  }
  if (name == "first") return element(value, 0);
  if (name == "last") return element(value, -1);
  if (name == "index") {
    if (arguments.empty()) return {};
    return element(value, arguments[0]);
  }
  if (value.kind != JsonKind::array) return {};
  const auto numbers = numbers_in(value);
  if (numbers.empty()) return {};
  const auto result = aggregate(name, numbers);
  if (!result) return {};
  return JsonNode::number(memory.copy(base::number_text(*result)));
}

}  // namespace flink::table::fn
