// SPDX-License-Identifier: Apache-2.0
// FIRST_VALUE and LAST_VALUE in the order of arrival, NULLs left out; SINGLE_VALUE of a scalar
// subquery.
#include "table/aggregates/aggregates.h"
#include "table/aggregates/bag.h"
#include "table/value_order.h"

namespace flink::table {

namespace {

const LogicalType number{TypeRoot::bigint};

class Pick final : public Aggregate {
 public:
  Pick(const AggregateCall& call, bool last)
      : type_(call.arguments[0].with_nullable(true)),
        values_({type_}),
        last_(last),
        keeps_all_(call.retracts) {}

  // The value; its number; the next number.
  std::vector<LogicalType> columns() const override {
    if (!keeps_all_) return {type_};
    return {type_, number, number};
  }
  std::size_t maps() const override { return keeps_all_ ? 1 : 0; }
  void init(std::span<Datum> columns) const override {
    if (keeps_all_) columns[2] = Datum{std::int64_t{0}};
  }
  void accumulate(const Accumulator& into, Arguments arguments, Context&) const override {
    const Datum& value = arguments[0];
    if (value.null) return;
    if (last_ || into.columns[0].null) into.columns[0] = value;
    if (!keeps_all_) return;
    const auto next = into.columns[2].get<std::int64_t>();
    if (last_ || into.columns[1].null) into.columns[1] = Datum{next};
    into.columns[2] = Datum{next + 1};
    Bag{*into.maps[0]}.add(values_.pack({&value, 1}), next);
  }
  void retract(const Accumulator& from, Arguments arguments, Context& context) const override {
    const Datum& value = arguments[0];
    if (value.null) return;
    const auto gone = Bag{*from.maps[0]}.take_oldest(values_.pack({&value, 1}));
    if (!gone || from.columns[1].null || *gone != from.columns[1].get<std::int64_t>()) return;
    from.columns[0] = from.columns[1] = Datum{};
    std::string best;
    Bag{*from.maps[0]}.each([&](std::string_view bytes, std::int64_t order) {
      if (!from.columns[1].null) {
        const auto held = from.columns[1].get<std::int64_t>();
        if (last_ ? order < held : order > held) return;
      }
      from.columns[1] = Datum{order};
      best = bytes;
    });
    if (!from.columns[1].null) from.columns[0] = values_.value(best, context.memory());
  }
  void merge(const Accumulator& into, const Accumulator& other, Context& context) const override {
    if (!keeps_all_) {
      if (!other.columns[0].null) accumulate(into, {other.columns.data(), 1}, context);
      return;
    }
    for (const auto& bytes : Bag{*other.maps[0]}.in_order()) {
      const Datum value = values_.value(bytes, context.memory());
      accumulate(into, {&value, 1}, context);
    }
  }
  Datum result(const Accumulator& gathered, Context&) const override { return gathered.columns[0]; }

 private:
  LogicalType type_;
  PackedValues values_;
  bool last_, keeps_all_;
};

class Single final : public Aggregate {
 public:
  explicit Single(const AggregateCall& call) : type_(call.arguments[0].with_nullable(true)) {}
  std::vector<LogicalType> columns() const override { return {type_, number}; }
  void init(std::span<Datum> columns) const override { columns[1] = Datum{std::int64_t{0}}; }
  void accumulate(const Accumulator& into, Arguments arguments, Context& context) const override {
    if (add(into, 1) > 1) {
      context.fail("a subquery that stands for one value gave more than one row");
      return;
    }
    into.columns[0] = arguments[0];
  }
  void retract(const Accumulator& from, Arguments, Context&) const override {
    if (add(from, -1) <= 0) from.columns[0] = Datum{};
  }
  void merge(const Accumulator& into, const Accumulator& other, Context& context) const override {
    if (other.columns[1].get<std::int64_t>() > 0) {
      accumulate(into, {other.columns.data(), 1}, context);
    }
  }
  Datum result(const Accumulator& gathered, Context&) const override { return gathered.columns[0]; }

 private:
  static std::int64_t add(const Accumulator& to, std::int64_t more) {
    const std::int64_t count = to.columns[1].get<std::int64_t>() + more;
    to.columns[1] = Datum{count};
    return count;
  }
  LogicalType type_;
};

}  // namespace

void add_picks(AggregateRegistry& all) {
  for (const bool last : {false, true}) {
    all.add({last ? "LAST_VALUE" : "FIRST_VALUE",
             {want::any},
             result::argument(0),
             false,
             true,
             [last](const AggregateCall& call) { return std::make_unique<Pick>(call, last); }});
  }
  all.add({"SINGLE_VALUE",
           {want::any},
           result::argument(0),
           false,
           true,
           [](const AggregateCall& call) { return std::make_unique<Single>(call); }});
}

}  // namespace flink::table
