// SPDX-License-Identifier: Apache-2.0
#include "table_connectors/table_options.h"

#include <flink/base/check.h>
#include <flink/error.h>

#include <algorithm>

#include "base/text.h"

namespace flink::table_connectors {

using config::Kind;

namespace {

bool fits(const OptionSpec& spec, const std::string& value) {
  switch (spec.kind) {
    case Kind::boolean:
      return config::parse_bool(value).has_value();
    case Kind::int32:
    case Kind::int64:
      return config::parse_int64(value).has_value();
    case Kind::float64:
      return config::parse_float64(value).has_value();
    case Kind::duration:
      return config::parse_duration(value).has_value();
    case Kind::memory_size:
      return config::parse_memory_size(value).has_value();
    case Kind::choice:
      return std::any_of(spec.choices.begin(), spec.choices.end(), [&](const std::string& choice) {
        return config::equal_ignoring_case(choice, value);
      });
    default:
      return true;
  }
}

}  // namespace

std::string quoted_list(const std::vector<std::string>& names) {
  std::string out;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) out += i + 1 == names.size() ? " or " : ", ";
    out += "'" + names[i] + "'";
  }
  return out;
}

std::string did_you_mean(std::string_view word, const std::vector<std::string>& names) {
  constexpr std::size_t edits_max = 3;
  std::size_t least = edits_max + 1;
  const std::string* nearest = nullptr;
  for (const auto& name : names) {
    const auto edits = base::edit_distance(word, name, edits_max);
    if (edits < least && 2 * edits <= name.size()) {
      least = edits;
      nearest = &name;
    }
  }
  return nearest ? detail::concat("; did you mean '", *nearest, "'?") : "";
}

TableOptions::TableOptions(const table::TableDescription& table, std::vector<OptionSpec> specs)
    : told_(table.options.begin(), table.options.end()) {
  std::vector<std::string> keys;
  for (auto& spec : specs) {
    keys.push_back(spec.key);
    specs_.emplace(spec.key, std::move(spec));
  }
  const auto connector = told_.find("connector");
  const std::string who = connector == told_.end() ? "" : connector->second;
  for (const auto& [key, value] : told_) {
    if (key == "connector") continue;
    const auto found = specs_.find(key);
    if (found == specs_.end()) {
      std::sort(keys.begin(), keys.end());
      throw Error{ErrorKind::user,
                  detail::concat("connector '", who, "' has no option '", key, "'",
                                 did_you_mean(key, keys), "; it takes ", quoted_list(keys))};
    }
    const OptionSpec& spec = found->second;
    if (fits(spec, value)) continue;
    throw Error{
        ErrorKind::user,
        detail::concat("option '", key, "' of connector '", who, "' is '", value, "'; expected ",
                       spec.kind == Kind::choice ? quoted_list(spec.choices)
                                                 : std::string{config::syntax_of(spec.kind)})};
  }
  for (const auto& [key, spec] : specs_) {
    if (!spec.required || told_.contains(key)) continue;
    throw Error{ErrorKind::user, detail::concat("connector '", who, "' needs the option '", key,
                                                "', which WITH lacks")};
  }
}

const std::string& TableOptions::text(std::string_view key) const {
  const auto spec = specs_.find(key);
  FLINK_CHECK(spec != specs_.end(), key);
  const auto found = told_.find(key);
  return found == told_.end() ? spec->second.fallback : found->second;
}

bool TableOptions::told(std::string_view key) const { return told_.contains(key); }
bool TableOptions::flag(std::string_view key) const {
  return config::parse_bool(text(key)).value_or(false);
}
std::int64_t TableOptions::number(std::string_view key) const {
  return config::parse_int64(text(key)).value_or(0);
}
double TableOptions::real(std::string_view key) const {
  return config::parse_float64(text(key)).value_or(0);
}
config::Duration TableOptions::duration(std::string_view key) const {
  return config::parse_duration(text(key)).value_or(config::Duration{});
}
config::MemorySize TableOptions::size(std::string_view key) const {
  return config::parse_memory_size(text(key)).value_or(config::MemorySize{});
}

void refuse_overwrite(std::string_view connector, bool overwrite) {
  if (!overwrite) return;
  throw Error{ErrorKind::user, detail::concat("connector '", connector,
                                              "' cannot replace what is there: INSERT INTO adds")};
}

}  // namespace flink::table_connectors
