// SPDX-License-Identifier: Apache-2.0
// PERCENTILE(value, fraction or array of them [, how often the value counts]), between two values
// in proportion.
#include <algorithm>
#include <cmath>

#include "table/aggregates/aggregates.h"

namespace flink::table {

namespace {

const LogicalType real{TypeRoot::double_};

class Percentile final : public Aggregate {
 public:
  explicit Percentile(const AggregateCall& call)
      : fraction_(call.arguments[1].with_nullable(true)), values_({real}) {}

  // The fraction as it was given.
  std::vector<LogicalType> columns() const override { return {fraction_}; }
  std::size_t maps() const override { return 1; }
  void accumulate(const Accumulator& into, Arguments arguments, Context& context) const override {
    into.columns[0] = arguments[1];
    add(into, arguments, 1, context);
  }
  void retract(const Accumulator& from, Arguments arguments, Context& context) const override {
    add(from, arguments, -1, context);
  }
  void merge(const Accumulator& into, const Accumulator& other, Context&) const override {
    if (!other.columns[0].null) into.columns[0] = other.columns[0];
    other.maps[0]->each([&](std::string_view value, std::string_view count) {
      add_count(*into.maps[0], value, count_of(count));
    });
  }
  Datum result(const Accumulator& gathered, Context& context) const override {
    std::vector<Weighed> values;
    gathered.maps[0]->each([&](std::string_view bytes, std::string_view count) {
      values.push_back({values_.value(bytes, context.memory()).get<double>(), count_of(count)});
    });
    if (values.empty() || gathered.columns[0].null) return {};
    std::sort(values.begin(), values.end(),
              [](const Weighed& a, const Weighed& b) { return a.value < b.value; });
    std::int64_t up_to = 0;
    for (Weighed& one : values) one.count = up_to += one.count;
    if (!fraction_.is(TypeRoot::array)) return at(values, gathered.columns[0], context);
    const auto fractions = gathered.columns[0].items();
    Datum* const items = context.memory().array<Datum>(fractions.size());
    for (std::size_t i = 0; i < fractions.size(); ++i) {
      ::new (items + i) Datum(at(values, fractions[i], context));
    }
    return Datum{Nested{items, fractions.size()}};
  }

 private:
  struct Weighed {
    double value;
    std::int64_t count;  // later: of it and all before it
  };

  void add(const Accumulator& to, Arguments arguments, std::int64_t sign, Context& context) const {
    if (arguments[0].null || (arguments.size() > 2 && arguments[2].null)) return;
    const std::int64_t often = arguments.size() > 2 ? arguments[2].get<std::int64_t>() : 1;
    if (often < 0) {
      context.fail("PERCENTILE: a value cannot count " + std::to_string(often) + " times");
      return;
    }
    if (often > 0) add_count(*to.maps[0], values_.pack(arguments.first(1)), sign * often);
  }
  static Datum at(const std::vector<Weighed>& values, const Datum& fraction, Context& context) {
    const double part = fraction.null ? -1 : fraction.get<double>();
    if (!(part >= 0 && part <= 1)) {
      context.fail("PERCENTILE: the fraction is not between 0 and 1");
      return {};
    }
    const double place = static_cast<double>(values.back().count - 1) * part;
    const double low = std::floor(place), high = std::ceil(place);
    const double below = value_at(values, low), above = value_at(values, high);
    if (low == high || below == above) return Datum{below};
    return Datum{(high - place) * below + (place - low) * above};
  }
  static double value_at(const std::vector<Weighed>& values, double place) {
    return std::upper_bound(
               values.begin(), values.end(), place,
               [](double at, const Weighed& one) { return at < static_cast<double>(one.count); })
        ->value;
  }

  LogicalType fraction_;
  PackedValues values_;
};

bool is_numeric_array(const LogicalType& type) {
  return type.is(TypeRoot::array) && type.child().is_numeric();
}
const Want fractions{"ARRAY of NUMERIC", &is_numeric_array, LogicalType::array(real)};

}  // namespace

void add_percentile(AggregateRegistry& all) {
  for (const Want& fraction : {want::numeric_as_double, fractions}) {
    for (const bool weighed : {false, true}) {
      std::vector<Want> wants{want::numeric_as_double, fraction};
      if (weighed) wants.push_back(want::as_bigint);
      all.add({"PERCENTILE", std::move(wants),
               [](const Binding& call) {
                 return call.types[1].is(TypeRoot::array) ? LogicalType::array(real) : real;
               },
               false, true,
               [](const AggregateCall& call) { return std::make_unique<Percentile>(call); }});
    }
  }
}

}  // namespace flink::table
