// SPDX-License-Identifier: Apache-2.0
// MIN and MAX. Where values are taken back all are kept, counted; a new extreme is looked for only
// when the last one of the old goes.
#include "table/aggregates/aggregates.h"
#include "table/value_order.h"

namespace flink::table {

namespace {

class Extreme final : public Aggregate {
 public:
  Extreme(const AggregateCall& call, bool largest)
      : type_(call.arguments[0].with_nullable(true)),
        values_({type_}),
        largest_(largest),
        keeps_all_(call.retracts) {}

  std::vector<LogicalType> columns() const override { return {type_}; }
  std::size_t maps() const override { return keeps_all_ ? 1 : 0; }
  void accumulate(const Accumulator& into, Arguments arguments, Context&) const override {
    const Datum& value = arguments[0];
    if (value.null) return;
    if (keeps_all_) add_count(*into.maps[0], values_.pack({&value, 1}), 1);
    take(into, value);
  }
  void retract(const Accumulator& from, Arguments arguments, Context& context) const override {
    const Datum& value = arguments[0];
    if (value.null) return;
    const std::int64_t left = add_count(*from.maps[0], values_.pack({&value, 1}), -1);
    Datum& best = from.columns[0];
    if (left > 0 || best.null || !equal_values(type_, best, value)) return;
    look_again(from, context);
  }
  void merge(const Accumulator& into, const Accumulator& other, Context& context) const override {
    if (keeps_all_) {
      other.maps[0]->each([&](std::string_view value, std::string_view count) {
        add_count(*into.maps[0], value, count_of(count));
      });
      return look_again(into, context);
    }
    if (!other.columns[0].null) take(into, other.columns[0]);
  }
  Datum result(const Accumulator& gathered, Context&) const override { return gathered.columns[0]; }

 private:
  void take(const Accumulator& into, const Datum& value) const {
    Datum& best = into.columns[0];
    if (best.null || better(value, best)) best = value;
  }
  void look_again(const Accumulator& into, Context& context) const {
    into.columns[0] = Datum{};
    into.maps[0]->each([&](std::string_view bytes, std::string_view count) {
      if (count_of(count) > 0) take(into, values_.value(bytes, context.memory()));
    });
  }
  bool better(const Datum& a, const Datum& b) const {
    const int way = compare_values(type_, a, b);
    return largest_ ? way > 0 : way < 0;
  }

  LogicalType type_;
  PackedValues values_;
  bool largest_, keeps_all_;
};

const Want ordered{"COMPARABLE", &has_order};

}  // namespace

void add_extremes(AggregateRegistry& all) {
  for (const bool largest : {false, true}) {
    all.add({largest ? "MAX" : "MIN",
             {ordered},
             result::argument(0),
             false,
             false,
             [largest](const AggregateCall& call) {
               return std::make_unique<Extreme>(call, largest);
             }});
  }
}

}  // namespace flink::table
