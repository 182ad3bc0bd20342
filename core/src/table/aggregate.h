// SPDX-License-Identifier: Apache-2.0
// Aggregate functions: like the rows of builtins(), what each takes and gives, and how it gathers
// values. What it gathers is columns of a row, so that it rests in state as packed bytes, and maps
// for what may grow: values that were seen, values by their order.
#pragma once

#include <functional>
#include <memory>

#include "table/binder.h"
#include "table/row_layout.h"

namespace flink::table {

// Bytes by bytes; of one aggregate and one group.
class AggregateMap {
 public:
  AggregateMap() = default;
  AggregateMap(const AggregateMap&) = delete;
  AggregateMap& operator=(const AggregateMap&) = delete;
  virtual ~AggregateMap() = default;

  // Valid until the next call.
  virtual std::optional<std::string_view> get(std::string_view key) const = 0;
  virtual void put(std::string_view key, std::string_view value) = 0;
  virtual void remove(std::string_view key) = 0;
  using Visit = std::function<void(std::string_view key, std::string_view value)>;
  // In any order; the map stays as it is meanwhile.
  virtual void each(const Visit& visit) const = 0;
};

struct Accumulator {
  std::span<Datum> columns;
  std::span<AggregateMap* const> maps;

  Accumulator without_first_map() const { return {columns, maps.subspan(1)}; }
};

// One use of a function in a query. Unchanging; text that it leaves in an accumulator views the
// arguments or the context's memory.
class Aggregate {
 public:
  using Arguments = std::span<const Datum>;

  Aggregate() = default;
  Aggregate(const Aggregate&) = delete;
  Aggregate& operator=(const Aggregate&) = delete;
  virtual ~Aggregate() = default;

  virtual std::vector<LogicalType> columns() const = 0;
  virtual std::size_t maps() const { return 0; }
  // Fresh columns are NULL, fresh maps empty.
  virtual void init(std::span<Datum> /*columns*/) const {}
  virtual void accumulate(const Accumulator& into, Arguments arguments, Context& context) const = 0;
  // Takes back what was accumulated.
  virtual void retract(const Accumulator& from, Arguments arguments, Context& context) const = 0;
  // Adds what another has gathered, of values that came later.
  virtual void merge(const Accumulator& into, const Accumulator& other, Context& context) const = 0;
  virtual Datum result(const Accumulator& gathered, Context& context) const = 0;
};

// What a function is made for.
struct AggregateCall {
  std::vector<LogicalType> arguments;
  std::vector<Datum> literals;  // as they were written; NULL where an argument is none
  LogicalType result;
  bool retracts = false;  // retract() will be called
  bool ignores_nulls = false;
};

struct AggregateFunction {
  std::string_view names;  // "STDDEV_SAMP|STDDEV"
  std::vector<Want> wants;
  ResultRule result;
  // COUNT of nothing is 0, COLLECT of nothing is empty; the others give NULL.
  bool never_null = false;
  bool distinct_matters = true;  // of MIN it does not
  std::function<std::unique_ptr<Aggregate>(const AggregateCall&)> make;
};

class AggregateRegistry {
 public:
  void add(AggregateFunction row);
  // All rows of that name (upper case), in order of preference.
  std::span<const AggregateFunction* const> find(std::string_view name) const;
  std::vector<std::string_view> names() const;

 private:
  std::vector<std::unique_ptr<AggregateFunction>> rows_;
  std::map<std::string, std::vector<const AggregateFunction*>, std::less<>> by_name_;
};

// All of them.
const AggregateRegistry& aggregates();

// A call that is understood: arguments have the types that the function sees.
struct BoundAggregate {
  const AggregateFunction* function = nullptr;
  std::vector<ExpressionPointer> arguments;
  AggregateCall call;
  bool distinct = false;
};

struct AggregateUse {
  bool distinct = false;
  bool ignores_nulls = false;
  bool filtered = false;
  bool grouped = false;  // a group is never empty
};

// Throws BindError when there is no such function or it does not take the arguments. COUNT(*) has
// no arguments.
BoundAggregate bind_aggregate(std::string_view name, sql::Range range,
                              std::vector<ExpressionPointer> arguments, const AggregateUse& use,
                              const Session& session);

// JSON_OBJECTAGG of a name and a value, JSON_ARRAYAGG of a value, which have a syntax of their own.
BoundAggregate bind_json_aggregate(const sql::Json& node, std::vector<ExpressionPointer> arguments,
                                   const AggregateUse& use, const Session& session);

// With `retracts` as the input demands.
std::unique_ptr<Aggregate> make_aggregate(const BoundAggregate& bound, bool retracts);

// A map in memory.
class AggregateMapInMemory final : public AggregateMap {
 public:
  std::optional<std::string_view> get(std::string_view key) const override;
  void put(std::string_view key, std::string_view value) override;
  void remove(std::string_view key) override;
  void each(const Visit& visit) const override;

 private:
  std::map<std::string, std::string, std::less<>> entries_;
};

}  // namespace flink::table
