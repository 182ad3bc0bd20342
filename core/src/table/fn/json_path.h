// SPDX-License-Identifier: Apache-2.0
// A JSON path as Jayway's JsonPath takes and evaluates it, which Flink uses: $.a['b'][0, -1][1:3],
// wildcards, $..a, filters [?(@.a > 1)], functions such as length(). A path without $ begins at the
// root.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "table/fn/json.h"

namespace flink::table::fn {

class JsonFilter;

struct PathStep {
  enum class Kind : std::uint8_t { property, index, slice, wildcard, scan, filter, function };
  Kind kind = Kind::property;
  std::vector<std::string> names;        // of members; a function's
  std::vector<std::int64_t> indices;     // from the end when negative; a function's argument
  std::optional<std::int64_t> from, to;  // of a slice
  std::shared_ptr<const JsonFilter> filter;

  // It leads to one value at most; `last`: no step follows.
  bool definite(bool last) const noexcept;
};

class JsonPath {
 public:
  // None: the text is no path.
  static std::optional<JsonPath> compile(std::string_view text);

  // It names one value at most; another gives a list of values.
  bool definite() const noexcept { return definite_; }
  // @.a in a filter: begins at the item that is looked at.
  bool of_item() const noexcept { return of_item_; }

  // None: there is no such value, or what the path says cannot be done to this one.
  std::optional<JsonNode> read(Memory& memory, const JsonNode& root, const JsonNode& item) const;
  std::optional<JsonNode> read(Memory& memory, const JsonNode& root) const {
    return read(memory, root, root);
  }

 private:
  // $..a.length(): the function is of all that was found.
  bool ends_with_function_of_all() const noexcept;

  std::vector<PathStep> steps_;
  bool definite_ = true;
  bool of_item_ = false;
};

// [?(...)]: the part within the parentheses.
class JsonFilter {
 public:
  struct Node;
  // Null: the text is none.
  static std::shared_ptr<const JsonFilter> compile(std::string_view text);
  explicit JsonFilter(std::unique_ptr<Node> root);
  JsonFilter(const JsonFilter&) = delete;
  JsonFilter& operator=(const JsonFilter&) = delete;
  ~JsonFilter();

  bool accepts(Memory& memory, const JsonNode& root, const JsonNode& item) const;

 private:
  std::unique_ptr<Node> root_;
};

}  // namespace flink::table::fn
