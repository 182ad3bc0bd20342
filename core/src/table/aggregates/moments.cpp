// SPDX-License-Identifier: Apache-2.0
// Variance and standard deviation, by Welford's sums: a mean, and the squares of distances from it.
#include <cmath>

#include "table/aggregates/aggregates.h"
#include "table/cast.h"

namespace flink::table {

namespace {

const LogicalType real{TypeRoot::double_};

struct Moments {
  std::int64_t count;
  double mean, squares;
};

class Spread final : public Aggregate {
 public:
  Spread(const AggregateCall& call, bool sample, bool root)
      : argument_(call.arguments[0]), result_(call.result), sample_(sample), root_(root) {}

  std::vector<LogicalType> columns() const override {
    return {LogicalType{TypeRoot::bigint}.not_null(), real.not_null(), real.not_null()};
  }
  void init(std::span<Datum> columns) const override { store(columns, {0, 0, 0}); }
  void accumulate(const Accumulator& into, Arguments arguments, Context& context) const override {
    if (arguments[0].null) return;
    const double value = number(arguments[0], context);
    Moments now = load(into.columns);
    ++now.count;
    const double off = value - now.mean;
    now.mean += off / static_cast<double>(now.count);
    now.squares += off * (value - now.mean);
    store(into.columns, now);
  }
  void retract(const Accumulator& from, Arguments arguments, Context& context) const override {
    if (arguments[0].null) return;
    const double value = number(arguments[0], context);
    Moments now = load(from.columns);
    if (--now.count == 0) return store(from.columns, {0, 0, 0});
    const double off = value - now.mean;
    now.mean -= off / static_cast<double>(now.count);
    now.squares -= off * (value - now.mean);
    store(from.columns, now);
  }
  void merge(const Accumulator& into, const Accumulator& other, Context&) const override {
    const Moments a = load(into.columns), b = load(other.columns);
    if (b.count == 0) return;
    const auto n = static_cast<double>(a.count + b.count);
    const double off = b.mean - a.mean;
    store(into.columns,
          {a.count + b.count, a.mean + off * static_cast<double>(b.count) / n,
           a.squares + b.squares +
               off * off * static_cast<double>(a.count) * static_cast<double>(b.count) / n});
  }
  Datum result(const Accumulator& gathered, Context& context) const override {
    const Moments now = load(gathered.columns);
    const std::int64_t over = sample_ ? now.count - 1 : now.count;
    if (over <= 0) return {};
    const double variance = now.squares / static_cast<double>(over);
    return cast_value(context, real, result_, Datum{root_ ? std::sqrt(variance) : variance});
  }

 private:
  double number(const Datum& value, Context& context) const {
    return cast_value(context, argument_, real, value).get<double>();
  }
  static Moments load(std::span<const Datum> columns) {
    return {columns[0].get<std::int64_t>(), columns[1].get<double>(), columns[2].get<double>()};
  }
  static void store(std::span<Datum> columns, const Moments& now) {
    columns[0] = Datum{now.count};
    columns[1] = Datum{now.mean};
    columns[2] = Datum{now.squares};
  }

  LogicalType argument_, result_;
  bool sample_, root_;
};

}  // namespace

void add_moments(AggregateRegistry& all) {
  const auto add = [&all](std::string_view names, bool sample, bool root) {
    all.add({names,
             {want::numeric},
             [](const Binding& call) { return average_type(call.types[0]); },
             false,
             true,
             [sample, root](const AggregateCall& call) {
               return std::make_unique<Spread>(call, sample, root);
             }});
  };
  add("VAR_POP", false, false);
  add("VAR_SAMP|VARIANCE", true, false);
  add("STDDEV_POP", false, true);
  add("STDDEV_SAMP|STDDEV", true, true);
}

}  // namespace flink::table
