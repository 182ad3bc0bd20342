// SPDX-License-Identifier: Apache-2.0
// Aggregates over the same tables as Flink's: as they come, with rows that are taken back again,
// and put together from parts. TABLE_FAILURES=FILE writes down what is not right.
#include <doctest/doctest.h>
#include <flink/error.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>

#include "sql/parser.h"
#include "table/aggregate.h"
#include "table/cast.h"
#include "table/evaluate.h"
#include "table/value_text.h"

namespace flink::table {
namespace {

const std::string data = TABLE_TEST_AGGREGATES;

std::vector<std::string> split(const std::string& line, const std::string& by) {
  std::vector<std::string> out;
  std::size_t from = 0;
  for (std::size_t to; (to = line.find(by, from)) != std::string::npos; from = to + by.size()) {
    out.push_back(line.substr(from, to - from));
  }
  out.push_back(line.substr(from));
  return out;
}

class Table : public Scope {
 public:
  explicit Table(const std::string& name) {
    std::ifstream in(data + "/" + name + ".csv");
    std::string line;
    std::getline(in, line);
    const std::string text = "CAST(NULL AS ROW<" + line + ">)";  // names view it
    const auto parsed = sql::parse_expression(text);
    REQUIRE(parsed.ok());
    const LogicalType row = Binder{builtins(), session}.bind(*parsed.root)->type;
    for (std::size_t i = 0; i < row.size(); ++i) fields_.push_back(row.field(i));
    std::vector<std::vector<std::string>> rows;
    while (std::getline(in, line)) rows.push_back(split(line, ","));
    size = rows.size();
    for (std::size_t column = 0; column < fields_.size(); ++column) {
      const LogicalType& type = fields_[column].type;
      Vector vector = Vector::dense(memory, size, width_of(type));
      for (std::size_t i = 0; i < size; ++i) {
        const std::string_view cell = memory.copy(rows[i][column]);
        const Datum text{cell};
        vector.store_datum(
            i, cell == "NULL" ? Datum{} : cast_value(context, LogicalType::string(), type, text),
            width_of(type));
      }
      columns.push_back(vector);
    }
  }
  ExpressionPointer find(const sql::Path& path, std::size_t& used) const override {
    used = 1;
    for (std::size_t i = 0; i < fields_.size(); ++i) {
      if (fields_[i].name == path.front().text) return column_expression(fields_[i].type, i);
    }
    return nullptr;
  }
  std::vector<Datum> values(const Expression& expression) {
    std::vector<std::uint32_t> all(size);
    for (std::size_t i = 0; i < size; ++i) all[i] = static_cast<std::uint32_t>(i);
    const Vector out = evaluate(expression, {columns, size, all}, context);
    std::vector<Datum> values;
    for (std::size_t i = 0; i < size; ++i) {
      values.push_back(out.datum(i, width_of(expression.type)));
    }
    return values;
  }

  Session session;
  Memory memory;
  Context context{session, memory};
  std::vector<Vector> columns;
  std::size_t size = 0;

 private:
  std::vector<Field> fields_;
};

ExpressionPointer bound(const std::string& text, const Table& table) {
  const auto parsed = sql::parse_expression(text);
  REQUIRE(parsed.ok());
  return Binder{builtins(), table.session, &table}.bind(*parsed.root);
}

// What one group has gathered.
class Group {
 public:
  Group(const Aggregate& aggregate, Context& context)
      : aggregate_(aggregate), context_(context), columns_(aggregate.columns().size()) {
    for (std::size_t i = 0; i < aggregate.maps(); ++i) {
      owned_.push_back(std::make_unique<AggregateMapInMemory>());
      maps_.push_back(owned_.back().get());
    }
    aggregate.init(columns_);
  }
  Accumulator all() { return {columns_, maps_}; }
  using Row = std::vector<Datum>;
  void add(const Row& row) { aggregate_.accumulate(all(), row, context_), rest(); }
  void take_back(const Row& row) { aggregate_.retract(all(), row, context_), rest(); }
  void add(Group& other) { aggregate_.merge(all(), other.all(), context_), rest(); }
  Datum result() { return aggregate_.result(all(), context_); }

 private:
  // Through bytes, as in state.
  void rest() {
    const RowLayout layout{aggregate_.columns()};
    std::string bytes;
    layout.pack(columns_, bytes);
    layout.unpack(context_.memory().copy(bytes), columns_, context_.memory());
  }

  const Aggregate& aggregate_;
  Context& context_;
  std::vector<Datum> columns_;
  std::vector<std::unique_ptr<AggregateMapInMemory>> owned_;
  std::vector<AggregateMap*> maps_;
};

enum class Way { straight, with_more, in_parts };

Datum gathered(const BoundAggregate& call, Way way, const std::vector<Group::Row>& rows,
               Context& context) {
  const auto aggregate = make_aggregate(call, way == Way::with_more);
  Group group{*aggregate, context};
  if (way == Way::in_parts) {
    for (std::size_t from = 0; from < rows.size() || from == 0; from += 3) {
      Group part{*aggregate, context};
      for (std::size_t i = from; i < rows.size() && i < from + 3; ++i) part.add(rows[i]);
      group.add(part);
    }
    return group.result();
  }
  const std::size_t more = way == Way::with_more ? rows.size() / 2 : 0;
  for (std::size_t i = 0; i < more; ++i) group.add(rows[i]);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    group.add(rows[i]);
    if (i < more) group.take_back(rows[i]);
  }
  return group.result();
}

bool close(const std::string& a, const std::string& b) {
  if (a == b) return true;
  char* end = nullptr;
  const double x = std::strtod(a.c_str(), &end), y = std::strtod(b.c_str(), nullptr);
  return end != a.c_str() && std::fabs(x - y) <= std::fabs(x) * 1e-6;
}
std::string in_any_order(std::string text) {
  if (!text.starts_with('{')) return text;
  auto entries = split(text.substr(1, text.size() - 2), ", ");
  std::sort(entries.begin(), entries.end());
  std::string out;
  for (const std::string& entry : entries) out += entry + '\n';
  return out;
}

struct Section {
  std::string table, condition, key;
};

// Why it is not as expected; empty: it is.
std::string fault(const std::vector<std::string>& cells, const Section& section, Table& table) {
  const auto parsed = sql::parse_expression(cells[0]);
  const bool refused = cells[1] == "-";
  if (!parsed.ok()) return refused ? "" : "syntax: " + parsed.errors.front().what;
  const auto* const call = sql::try_as<sql::Call>(parsed.root);
  const auto* const json = sql::try_as<sql::Json>(parsed.root);
  if (call == nullptr && json == nullptr) return "not a call";
  Binder binder{builtins(), table.session, &table};
  BoundAggregate aggregate;
  ExpressionPointer filter;
  try {
    std::vector<ExpressionPointer> arguments;
    if (json) {
      for (const sql::Node node : {json->pairs[0].key, json->pairs[0].value}) {
        if (node) arguments.push_back(binder.bind(*node));
      }
      aggregate =
          bind_json_aggregate(*json, arguments, {.grouped = !section.key.empty()}, table.session);
    } else {
      for (const auto& argument : call->arguments) {
        arguments.push_back(binder.bind(*argument.value));
      }
      if (call->filter) filter = binder.bind(*call->filter);
      aggregate = bind_aggregate(call->name.back().text, call->range, arguments,
                                 {call->distinct, call->nulls == sql::NullTreatment::ignore,
                                  filter != nullptr, !section.key.empty()},
                                 table.session);
    }
  } catch (const BindError& error) {
    return refused ? "" : error.what;
  }
  if (refused) return "accepted";
  if (aggregate.call.result.summary() != cells[1]) {
    return "type " + aggregate.call.result.summary();
  }
  std::vector<std::vector<Datum>> arguments;
  for (const auto& argument : aggregate.arguments) arguments.push_back(table.values(*argument));
  const auto condition = table.values(*bound(section.condition, table));
  const auto filtered = filter ? table.values(*filter) : condition;
  std::map<std::string, std::vector<Group::Row>> groups;
  if (section.key.empty()) groups[""];
  const auto keys = section.key.empty() ? condition : table.values(*bound(section.key, table));
  for (std::size_t row = 0; row < table.size; ++row) {
    if (condition[row].null || !condition[row].get<bool>()) continue;
    auto& group = groups[section.key.empty() ? "" : std::string{keys[row].text()} + "="];
    if (filtered[row].null || !filtered[row].get<bool>()) continue;
    group.emplace_back();
    for (const auto& argument : arguments) group.back().push_back(argument[row]);
  }
  for (const Way way : {Way::straight, Way::with_more, Way::in_parts}) {
    std::size_t cell = 2;
    for (const auto& [name, rows] : groups) {
      std::string value;
      append_value(value, aggregate.call.result, gathered(aggregate, way, rows, table.context),
                   table.session, TextStyle::client);
      if (table.context.failed()) return "failed: " + table.context.failure();
      const std::string expected = cells[cell++].substr(name.size());
      if (!close(in_any_order(expected), in_any_order(value))) {
        return "way " + std::to_string(static_cast<int>(way)) + ": " + name + value + ", not " +
               expected;
      }
    }
  }
  return "";
}

TEST_CASE("aggregates are what Flink says") {
  const char* path = std::getenv("TABLE_FAILURES");
  std::ofstream failures(path ? path : "/dev/null");
  std::map<std::string, Table> tables;
  Section section;
  int passed = 0, all = 0;
  std::ifstream in(data + "/cases.tsv");
  for (std::string line; std::getline(in, line);) {
    const auto cells = split(line, "\t");
    if (line.starts_with('@')) {
      section = {cells[0].substr(1), cells[1], cells[2]};
      continue;
    }
    auto& table = tables.try_emplace(section.table, section.table).first->second;
    const std::string why = fault(cells, section, table);
    ++all;
    passed += why.empty() ? 1 : 0;
    if (!why.empty()) failures << section.condition << "  " << cells[0] << ": " << why << '\n';
  }
  std::printf("aggregates %d of %d\n", passed, all);
  CHECK(passed >= 243);
}

}  // namespace
}  // namespace flink::table
