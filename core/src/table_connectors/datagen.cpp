// SPDX-License-Identifier: Apache-2.0
// Rows that are made up: numbers in sequence or at random, texts of random digits (Flink, "DataGen
// SQL Connector"). A row depends on its number alone, so that a restart makes it again.
#include <flink/base/check.h>
#include <flink/connectors/indexed_source.h>
#include <flink/error.h>

#include <cmath>
#include <limits>

#include "table/fn/decimal.h"
#include "table_connectors/factories.h"
#include "table_connectors/row_writer.h"
#include "table_connectors/scalar_text.h"
#include "table_connectors/table_options.h"

namespace flink::table_connectors {
namespace {

using config::Kind;
using table::Memory;
using table::TableDescription;

constexpr std::uint64_t mix(std::uint64_t x) noexcept {
  x += 0x9e3779b97f4a7c15;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

struct Draw {
  std::uint64_t state;
  std::uint64_t next() noexcept { return state = mix(state); }
  double unit() noexcept { return static_cast<double>(next() >> 11) * 0x1p-53; }
  // Both included.
  std::int64_t between(std::int64_t least, std::int64_t most) noexcept {
    const auto span = static_cast<std::uint64_t>(most) - static_cast<std::uint64_t>(least);
    const std::uint64_t offset = span == UINT64_MAX ? next() : next() % (span + 1);
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(least) + offset);
  }
};

struct Generator {
  LogicalType type;
  bool sequence = false;
  std::int64_t start = 0, end = 0;  // of a sequence
  double least = 0, most = 0;       // of numbers with a fraction
  std::int64_t whole_least = 0, whole_most = 0;
  std::int64_t length = 100;
  bool varying_length = false;
  double null_rate = 0;
  std::int64_t past_millis = 0;
  std::vector<Generator> children;

  Datum make(std::uint64_t index, Draw& draw, Memory& memory) const;

 private:
  Datum text(Draw& draw, Memory& memory) const;
  Datum items(std::uint64_t index, Draw& draw, Memory& memory) const;
};

// Where times at random lie before, as a row must come out the same when it is made again.
constexpr std::int64_t now_millis = 1'735'689'600'000;  // 2025-01-01

Datum Generator::make(std::uint64_t index, Draw& draw, Memory& memory) const {
  if (sequence) {
    const std::int64_t value = start + static_cast<std::int64_t>(index);
    if (type.is_character()) return Datum{memory.copy(std::to_string(value))};
    if (type.is(TypeRoot::float_)) return Datum{static_cast<float>(value)};
    if (type.is(TypeRoot::double_)) return Datum{static_cast<double>(value)};
    if (type.is(TypeRoot::decimal)) {
      const auto power = static_cast<table::int128>(table::fn::powers_of_ten[type.scale()]);
      return Datum{table::Decimal{value * power}};
    }
    return table::integer_datum(type, value);
  }
  if (null_rate > 0 && draw.unit() < null_rate) return {};
  switch (type.root()) {
    case TypeRoot::boolean:
      return Datum{(draw.next() >> 63) != 0};
    case TypeRoot::float_:
      return Datum{static_cast<float>(least + (most - least) * draw.unit())};
    case TypeRoot::double_:
      return Datum{least + (most - least) * draw.unit()};
    case TypeRoot::decimal: {
      const auto made = table::fn::decimal_of(least + (most - least) * draw.unit(),
                                              type.precision(), type.scale());
      return made ? Datum{*made} : Datum{};
    }
    case TypeRoot::char_:
    case TypeRoot::varchar:
    case TypeRoot::binary:
    case TypeRoot::varbinary:
      return text(draw, memory);
    case TypeRoot::date:
      return Datum{
          table::Date{static_cast<std::int32_t>(draw.between(0, now_millis / 86'400'000))}};
    case TypeRoot::time:
      return Datum{table::Time{static_cast<std::int32_t>(draw.between(0, 86'399'999))}};
    case TypeRoot::timestamp:
    case TypeRoot::timestamp_ltz:
      return Datum{table::Timestamp{now_millis - draw.between(0, past_millis), 0}};
    case TypeRoot::interval_year_month:
      return Datum{table::Months{static_cast<std::int32_t>(draw.between(0, 120'000))}};
    case TypeRoot::interval_day_time:
      return Datum{table::Millis{draw.between(0, now_millis)}};
    case TypeRoot::array:
    case TypeRoot::map:
    case TypeRoot::multiset:
    case TypeRoot::row:
      return items(index, draw, memory);
    default:
      return table::integer_datum(type, draw.between(whole_least, whole_most));
  }
}

Datum Generator::text(Draw& draw, Memory& memory) const {
  const auto size = static_cast<std::size_t>(
      varying_length ? draw.between(std::min<std::int64_t>(1, length), length) : length);
  char* const out = memory.array<char>(size);
  for (std::size_t i = 0; i < size; i += 8) {
    std::uint64_t digits = draw.next();
    for (std::size_t j = i; j < size && j < i + 8; ++j, digits >>= 8) {
      out[j] = type.is_character() ? "0123456789abcdef"[digits & 15] : static_cast<char>(digits);
    }
  }
  return Datum{std::string_view{out, size}};
}

Datum Generator::items(std::uint64_t index, Draw& draw, Memory& memory) const {
  const bool row = type.is(TypeRoot::row);
  const std::size_t turns = row ? 1 : static_cast<std::size_t>(length);
  const std::size_t count = turns * children.size();
  auto* const out = memory.array<Datum>(count);
  for (std::size_t i = 0; i < count; ++i) {
    out[i] = children[i % children.size()].make(index, draw, memory);
  }
  return Datum{table::Nested{out, count}};
}

struct Bounds {
  std::int64_t least, most;
};
Bounds bounds_of(const LogicalType& type) {
  switch (type.root()) {
    case TypeRoot::tinyint:
      return {INT8_MIN, INT8_MAX};
    case TypeRoot::smallint:
      return {INT16_MIN, INT16_MAX};
    case TypeRoot::integer:
      return {INT32_MIN, INT32_MAX};
    default:
      return {INT64_MIN, INT64_MAX};
  }
}

bool has_bounds(const LogicalType& type) { return type.is_numeric(); }
bool has_length(const LogicalType& type) {
  return type.is_character() || type.is_binary() || type.is_collection() || type.is(TypeRoot::map);
}

// The options of a column, and of what it is made of: fields.a.kind, fields.a.element.max.
void add_specs(std::vector<OptionSpec>& specs, const std::string& name, const LogicalType& type) {
  const std::string key = "fields." + name + ".";
  const auto numbers = type.is_integer() ? Kind::int64 : Kind::float64;
  if (has_bounds(type) || type.is_character()) {
    specs.push_back({key + "kind", Kind::choice, "random", false, {"random", "sequence"}});
    specs.push_back({key + "start", Kind::int64, "", false, {}});
    specs.push_back({key + "end", Kind::int64, "", false, {}});
  } else {
    specs.push_back({key + "kind", Kind::choice, "random", false, {"random"}});
  }
  if (has_bounds(type)) {
    specs.push_back({key + "min", numbers, "", false, {}});
    specs.push_back({key + "max", numbers, "", false, {}});
  }
  if (has_length(type)) {
    specs.push_back({key + "length", Kind::int32, "", false, {}});
    specs.push_back({key + "var-len", Kind::boolean, "false", false, {}});
  }
  if (type.is_timestamp()) specs.push_back({key + "max-past", Kind::duration, "0 s", false, {}});
  specs.push_back({key + "null-rate", Kind::float64, "0", false, {}});
  if (type.is(TypeRoot::row)) {
    for (std::size_t i = 0; i < type.size(); ++i) {
      add_specs(specs, name + "." + type.field(i).name, type.child(i));
    }
  } else if (type.is(TypeRoot::map)) {
    add_specs(specs, name + ".key", type.child(0));
    add_specs(specs, name + ".value", type.child(1));
  } else if (type.is_collection()) {
    add_specs(specs, name + ".element", type.child());
  }
}

[[noreturn]] void fail_field(const std::string& name, std::string_view what) {
  throw Error{ErrorKind::user, detail::concat("datagen, column '", name, "': ", what)};
}

Generator generator_of(const TableOptions& options, const std::string& name,
                       const LogicalType& type) {
  const std::string key = "fields." + name + ".";
  Generator out;
  out.type = type;
  if (type.is(TypeRoot::variant) || type.is(TypeRoot::bitmap)) {
    fail_field(name, detail::concat("nothing is made up of type ", type.summary()));
  }
  out.sequence = config::equal_ignoring_case(options.text(key + "kind"), "sequence");
  if (out.sequence) {
    if (!options.has(key + "start") || !options.has(key + "end")) {
      fail_field(name, detail::concat("a sequence needs '", key, "start' and '", key, "end'"));
    }
    out.start = options.number(key + "start");
    out.end = options.number(key + "end");
    if (out.end < out.start) fail_field(name, "the sequence ends before it starts");
    return out;
  }
  if (has_bounds(type)) {
    const auto [least, most] = bounds_of(type);
    out.whole_least = options.has(key + "min") ? options.number(key + "min") : least;
    out.whole_most = options.has(key + "max") ? options.number(key + "max") : most;
    const double greatest = type.is(TypeRoot::float_) ? std::numeric_limits<float>::max()
                            : type.is(TypeRoot::decimal)
                                ? std::pow(10.0, type.precision() - type.scale()) * 0.999
                                : std::numeric_limits<double>::max() / 2;
    out.least = options.has(key + "min") ? options.real(key + "min") : -greatest;
    out.most = options.has(key + "max") ? options.real(key + "max") : greatest;
    if (out.least > out.most || (type.is_integer() && out.whole_least > out.whole_most)) {
      fail_field(name, "'min' is greater than 'max'");
    }
    if (type.is_integer() && (out.whole_least < least || out.whole_most > most)) {
      fail_field(name, detail::concat("'min' or 'max' is no ", type.with_nullable(true).summary()));
    }
  }
  if (has_length(type)) {
    const bool sized = type.is_character() || type.is_binary();
    const int fallback = !sized ? 3 : std::min(type.length(), 100);
    out.length = options.has(key + "length") ? options.number(key + "length") : fallback;
    if (type.is(TypeRoot::char_) || type.is(TypeRoot::binary)) out.length = type.length();
    if (out.length < 0 || (sized && out.length > type.length())) {
      fail_field(name,
                 detail::concat("a 'length' of ", out.length, " is none of ", type.summary()));
    }
    out.varying_length = options.flag(key + "var-len");
  }
  if (type.is_timestamp()) {
    out.past_millis = options.duration(key + "max-past").count() / 1'000'000;
  }
  out.null_rate = options.real(key + "null-rate");
  if (out.null_rate < 0 || out.null_rate > 1) fail_field(name, "'null-rate' is from 0 to 1");
  if (!type.nullable() && out.null_rate > 0)
    fail_field(name, "it is NOT NULL, and has a 'null-rate'");
  if (type.is(TypeRoot::row)) {
    for (std::size_t i = 0; i < type.size(); ++i) {
      out.children.push_back(generator_of(options, name + "." + type.field(i).name, type.child(i)));
    }
  } else if (type.is(TypeRoot::map)) {
    out.children.push_back(generator_of(options, name + ".key", type.child(0)));
    out.children.push_back(generator_of(options, name + ".value", type.child(1)));
  } else if (type.is_collection()) {
    out.children.push_back(generator_of(options, name + ".element", type.child()));
    if (type.is(TypeRoot::multiset)) {
      Generator counts;
      counts.type = LogicalType{TypeRoot::integer};
      counts.whole_least = counts.whole_most = 1;
      out.children.push_back(counts);
    }
  }
  return out;
}

TableOptions options_of(const TableDescription& table) {
  std::vector<OptionSpec> specs{
      {"rows-per-second", Kind::int64, "10000", false, {}},
      {"number-of-rows", Kind::int64, "", false, {}},
      {"scan.parallelism", Kind::int32, "", false, {}},
  };
  for (const auto& [name, type] : table.columns) add_specs(specs, name, type);
  return TableOptions{table, std::move(specs)};
}

struct Plan {
  std::vector<Generator> columns;
  std::uint64_t rows = INT64_MAX;
  bool bounded = false;
};

Plan plan_of(const TableDescription& table, const TableOptions& options) {
  Plan plan;
  for (const auto& [name, type] : table.columns) {
    plan.columns.push_back(generator_of(options, name, type));
    const Generator& made = plan.columns.back();
    if (!made.sequence) continue;
    plan.bounded = true;
    plan.rows = std::min(plan.rows, static_cast<std::uint64_t>(made.end - made.start) + 1);
  }
  if (options.has("number-of-rows")) {
    const std::int64_t rows = options.number("number-of-rows");
    if (rows < 0) throw Error{ErrorKind::user, "option 'number-of-rows' is less than 0"};
    plan.bounded = true;
    plan.rows = std::min(plan.rows, static_cast<std::uint64_t>(rows));
  }
  if (options.number("rows-per-second") <= 0) {
    throw Error{ErrorKind::user, "option 'rows-per-second' must be greater than 0"};
  }
  return plan;
}

class RowMaker {
 public:
  RowMaker(Plan plan, std::vector<std::size_t> wanted)
      : plan_(std::move(plan)), wanted_(std::move(wanted)) {
    std::vector<LogicalType> types;
    for (const std::size_t column : wanted_) types.push_back(plan_.columns[column].type);
    layout_ = table::RowLayout{std::move(types)};
  }
  void operator()(RecordBatch<Row>& batch, std::int64_t first, std::size_t count) const {
    RowWriter out{batch};
    Memory memory;
    std::vector<Datum> values(wanted_.size());
    std::string bytes;
    for (std::size_t row = 0; row < count; ++row) {
      const std::uint64_t index = static_cast<std::uint64_t>(first) + row;
      for (std::size_t i = 0; i < wanted_.size(); ++i) {
        Draw draw{mix(index) ^ mix(~wanted_[i])};
        values[i] = plan_.columns[wanted_[i]].make(index, draw, memory);
      }
      bytes.clear();
      layout_.pack(values, bytes);
      out.add(table::RowKind::insert, bytes);
      memory.clear();
    }
  }

 private:
  Plan plan_;
  std::vector<std::size_t> wanted_;
  table::RowLayout layout_;
};

class GeneratedRows final : public flink::detail::IndexedSource<Row> {
 public:
  GeneratedRows(const Plan& plan, std::vector<std::size_t> wanted, RateLimiterStrategy rate)
      : IndexedSource<Row>({0, plan.rows}, RowMaker{plan, std::move(wanted)}, rate),
        bounded_(plan.bounded) {}
  Boundedness boundedness() const override {
    return bounded_ ? Boundedness::bounded : Boundedness::continuous_unbounded;
  }

 private:
  bool bounded_;
};

class Datagen final : public table_runtime::TableConnector {
 public:
  std::string_view identifier() const override { return "datagen"; }

  table::SourceTraits source_traits(const TableDescription& table) const override {
    table::SourceTraits traits;
    traits.bounded = plan_of(table, options_of(table)).bounded;
    return traits;
  }
  table::SinkTraits sink_traits(const TableDescription&, table::ChangelogMode) const override {
    throw Error{ErrorKind::user, "connector 'datagen' is read; nothing can be written to it"};
  }
  SingleOutputStreamOperator<Row> add_source(StreamExecutionEnvironment& env,
                                             const TableDescription& table,
                                             const table_runtime::Wanted& wanted) const override {
    const TableOptions options = options_of(table);
    const auto rate =
        RateLimiterStrategy::per_second(static_cast<double>(options.number("rows-per-second")));
    auto stream = env.from_source(GeneratedRows{plan_of(table, options), wanted.columns, rate},
                                  WatermarkStrategy<Row>::no_watermarks(), table.name);
    if (options.has("scan.parallelism")) {
      stream.set_parallelism(static_cast<int>(options.number("scan.parallelism")));
    }
    return stream;
  }
  DataStreamSink add_sink(const DataStream<Row>& rows, const TableDescription& table,
                          bool) const override {
    sink_traits(table, table::ChangelogMode::none());
    return DataStreamSink{rows.stream_node()};
  }
};

}  // namespace

std::unique_ptr<table_runtime::TableConnector> make_datagen() {
  return std::make_unique<Datagen>();
}

}  // namespace flink::table_connectors
