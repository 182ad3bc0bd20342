// SPDX-License-Identifier: Apache-2.0
#include "unit/planner/test_factories.h"

#include <array>

#include "flink/error.h"

namespace flink::planner {

using table::ChangelogMode;
using table::RowKind;

namespace {

struct Kind {
  std::string_view name;
  RowKind kind;
};
constexpr std::array<Kind, 4> kinds = {
    Kind{"I", RowKind::insert}, Kind{"UB", RowKind::update_before},
    Kind{"UA", RowKind::update_after}, Kind{"D", RowKind::delete_}};

std::string option(const table::TableDescription& table, const std::string& key) {
  const auto found = table.options.find(key);
  return found == table.options.end() ? "" : found->second;
}

class AnyFactory final : public table::TableFactory {
 public:
  std::string_view identifier() const override { return "filesystem"; }

  table::SourceTraits source_traits(const table::TableDescription& table) const override {
    table::SourceTraits out;
    const table::LogicalType text = table::LogicalType::string();
    if (option(table, "connector") == "filesystem") {
      if (option(table, "format").empty())
        throw Error{ErrorKind::user, "the option 'format' is missing"};
      out.metadata = {
          {"file.path", text},
          {"file.name", text},
          {"file.size", table::LogicalType{table::TypeRoot::bigint}},
          {"file.modification-time", table::LogicalType{table::TypeRoot::timestamp_ltz, 3}}};
    }
    if (option(table, "format") == "debezium-json") out.changelog = ChangelogMode::all();
    if (!option(table, "changelog").empty())
      out.changelog = changelog_of(option(table, "changelog"));
    return out;
  }

  table::SinkTraits sink_traits(const table::TableDescription& table,
                                ChangelogMode wanted) const override {
    if (!option(table, "accepts").empty()) return {changelog_of(option(table, "accepts"))};
    const bool takes_all =
        option(table, "connector") != "filesystem" || option(table, "format") == "debezium-json";
    return {takes_all ? wanted : ChangelogMode::insert_only()};
  }
};

class TestFactories final : public table::TableFactories {
 public:
  const table::TableFactory& find(const table::TableDescription& table) const override {
    const std::string connector = option(table, "connector");
    for (const std::string_view known : {"filesystem", "datagen", "print", "blackhole", "values"}) {
      if (connector == known) return factory_;
    }
    throw Error{ErrorKind::user, "there is no connector '" + connector + "'"};
  }

 private:
  AnyFactory factory_;
};

}  // namespace

const table::TableFactories& test_factories() {
  static const TestFactories factories;
  return factories;
}

ChangelogMode changelog_of(std::string_view text) {
  ChangelogMode out = ChangelogMode::none();
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(','), text.size());
    for (const auto& [name, kind] : kinds) {
      if (text.substr(0, end) == name) out = out.with(kind);
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

std::string changelog_text(ChangelogMode mode) {
  std::string out;
  for (const auto& [name, kind] : kinds) {
    if (mode.contains(kind)) out += (out.empty() ? "" : ",") + std::string{name};
  }
  return out;
}

}  // namespace flink::planner
