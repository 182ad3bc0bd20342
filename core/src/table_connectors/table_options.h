// SPDX-License-Identifier: Apache-2.0
// The WITH clause of a table, typed: a connector lists its options, and reads them by key.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/value_syntax.h"
#include "table/table_factory.h"

namespace flink::table_connectors {

struct OptionSpec {
  std::string key;
  config::Kind kind = config::Kind::string;
  std::string fallback;  // as text; empty: there is none
  bool required = false;
  std::vector<std::string> choices;  // of Kind::choice, in any case
};

class TableOptions {
 public:
  // Throws Error{user} for an unknown option, with the nearest, a missing one, and a value that its
  // kind does not have.
  TableOptions(const table::TableDescription& table, std::vector<OptionSpec> specs);

  // What was told or the fallback; without either there is none.
  bool has(std::string_view key) const { return !text(key).empty(); }
  const std::string& text(std::string_view key) const;
  bool flag(std::string_view key) const;
  std::int64_t number(std::string_view key) const;
  double real(std::string_view key) const;
  config::Duration duration(std::string_view key) const;
  config::MemorySize size(std::string_view key) const;
  // An empty text counts, which has() cannot tell from none.
  bool told(std::string_view key) const;

 private:
  std::map<std::string, std::string, std::less<>> told_;
  std::map<std::string, OptionSpec, std::less<>> specs_;
};

// "'sequence' or 'random'".
std::string quoted_list(const std::vector<std::string>& names);
// "; did you mean 'path'?", or nothing when none is near.
std::string did_you_mean(std::string_view word, const std::vector<std::string>& names);

// For connectors that only add: throws Error{user} for INSERT OVERWRITE.
void refuse_overwrite(std::string_view connector, bool overwrite);

}  // namespace flink::table_connectors
