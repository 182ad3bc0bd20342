// SPDX-License-Identifier: Apache-2.0
// COUNT, SUM, AVG.
#include "table/aggregates/aggregates.h"
#include "table/cast.h"
#include "table/fn/arithmetic.h"
#include "table/fn/decimal.h"

namespace flink::table {

LogicalType sum_type(const LogicalType& argument) {
  if (!argument.is(TypeRoot::decimal)) return argument.with_nullable(true);
  return LogicalType::decimal(LogicalType::decimal_precision_max, argument.scale());
}
LogicalType average_type(const LogicalType& argument) {
  if (!argument.is(TypeRoot::decimal)) return argument.with_nullable(true);
  return LogicalType::decimal(LogicalType::decimal_precision_max, std::max(6, argument.scale()));
}

namespace {

const LogicalType bigint{TypeRoot::bigint};

void add_to(Datum& count, std::int64_t more) { count = Datum{count.get<std::int64_t>() + more}; }

// Of rows, or of arguments that are not NULL.
class Count final : public Aggregate {
 public:
  std::vector<LogicalType> columns() const override { return {bigint.not_null()}; }
  void init(std::span<Datum> columns) const override { columns[0] = Datum{std::int64_t{0}}; }
  void accumulate(const Accumulator& into, Arguments arguments, Context&) const override {
    if (counts(arguments)) add_to(into.columns[0], 1);
  }
  void retract(const Accumulator& from, Arguments arguments, Context&) const override {
    if (counts(arguments)) add_to(from.columns[0], -1);
  }
  void merge(const Accumulator& into, const Accumulator& other, Context&) const override {
    add_to(into.columns[0], other.columns[0].get<std::int64_t>());
  }
  Datum result(const Accumulator& gathered, Context&) const override { return gathered.columns[0]; }

 private:
  static bool counts(Arguments arguments) {
    for (const Datum& argument : arguments) {
      if (argument.null) return false;
    }
    return true;
  }
};

// What adds and subtracts two values of one type: numbers wrap, a DECIMAL that overflows is NULL.
template <class T>
struct Adder {
  explicit Adder(const LogicalType&) {}
  Datum add(const Datum& a, const Datum& b) const {
    return Datum{fn::add<T>(a.get<T>(), b.get<T>())};
  }
  Datum subtract(const Datum& a, const Datum& b) const {
    return Datum{fn::subtract<T>(a.get<T>(), b.get<T>())};
  }
  Datum zero() const { return Datum{T{}}; }
};
template <>
struct Adder<Decimal> {
  explicit Adder(const LogicalType& type) : scale(type.scale()) {}
  Datum add(const Datum& a, const Datum& b) const { return sum(a, b.get<Decimal>().unscaled); }
  Datum subtract(const Datum& a, const Datum& b) const {
    return sum(a, -b.get<Decimal>().unscaled);
  }
  Datum zero() const { return Datum{Decimal{0}}; }
  Datum sum(const Datum& a, int128 b) const {
    const auto added = fn::add_decimals(a.get<Decimal>().unscaled, scale, b, scale,
                                        LogicalType::decimal_precision_max, scale);
    return added ? Datum{*added} : Datum{};
  }
  int scale;
};

// Sum and count of what is not NULL.
template <class T>
class Sum : public Aggregate {
 public:
  explicit Sum(const LogicalType& sum) : type_(sum), adder_(sum) {}

  std::vector<LogicalType> columns() const override { return {type_, bigint.not_null()}; }
  void init(std::span<Datum> columns) const override { columns[1] = Datum{std::int64_t{0}}; }
  void accumulate(const Accumulator& into, Arguments arguments, Context&) const override {
    if (!arguments[0].null) add(into, arguments[0], 1);
  }
  void retract(const Accumulator& from, Arguments arguments, Context&) const override {
    if (arguments[0].null) return;
    Datum& sum = from.columns[0];
    sum = adder_.subtract(sum.null ? adder_.zero() : sum, arguments[0]);
    add_to(from.columns[1], -1);
  }
  void merge(const Accumulator& into, const Accumulator& other, Context&) const override {
    const auto count = other.columns[1].get<std::int64_t>();
    if (!other.columns[0].null) {
      add(into, other.columns[0], count);
    } else {
      add_to(into.columns[1], count);
    }
  }
  Datum result(const Accumulator& gathered, Context&) const override {
    return count(gathered) == 0 ? Datum{} : gathered.columns[0];
  }

 protected:
  static std::int64_t count(const Accumulator& gathered) {
    return gathered.columns[1].get<std::int64_t>();
  }

 private:
  void add(const Accumulator& into, const Datum& value, std::int64_t more) const {
    Datum& sum = into.columns[0];
    sum = sum.null ? value : adder_.add(sum, value);
    add_to(into.columns[1], more);
  }

  LogicalType type_;
  Adder<T> adder_;
};

// 0 when there is nothing: what counts are summed up with.
template <class T>
class SumOrZero final : public Sum<T> {
 public:
  explicit SumOrZero(const LogicalType& sum) : Sum<T>(sum), zero_(Adder<T>{sum}.zero()) {}
  Datum result(const Accumulator& gathered, Context& context) const override {
    const Datum sum = Sum<T>::result(gathered, context);
    return sum.null ? zero_ : sum;
  }

 private:
  Datum zero_;
};

// Integers sum up as BIGINT, FLOAT as DOUBLE.
LogicalType wide_type(const LogicalType& type) {
  if (type.is_integer()) return bigint;
  if (type.is_approximate()) return LogicalType{TypeRoot::double_};
  return sum_type(type);
}

template <class T>
class Average final : public Sum<T> {
 public:
  Average(const LogicalType& argument, const LogicalType& result)
      : Sum<T>(wide_type(argument)),
        argument_(argument),
        wide_(wide_type(argument)),
        result_(result) {}

  void accumulate(const Accumulator& into, Aggregate::Arguments arguments,
                  Context& context) const override {
    const Datum value = widened(arguments[0], context);
    Sum<T>::accumulate(into, {&value, 1}, context);
  }
  void retract(const Accumulator& from, Aggregate::Arguments arguments,
               Context& context) const override {
    const Datum value = widened(arguments[0], context);
    Sum<T>::retract(from, {&value, 1}, context);
  }
  Datum result(const Accumulator& gathered, Context& context) const override {
    const std::int64_t count = this->count(gathered);
    const Datum& sum = gathered.columns[0];
    if (count == 0 || sum.null) return {};
    if constexpr (std::is_same_v<T, Decimal>) {
      const auto out = fn::divide_decimals(sum.get<Decimal>().unscaled, wide_.scale(), count, 0,
                                           result_.precision(), result_.scale());
      return out ? Datum{*out} : Datum{};
    } else {
      return cast_value(context, wide_, result_, Datum{sum.get<T>() / static_cast<T>(count)});
    }
  }

 private:
  Datum widened(const Datum& value, Context& context) const {
    if (value.null || std::is_same_v<T, Decimal>) return value;
    return cast_value(context, argument_, wide_, value);
  }

  LogicalType argument_, wide_, result_;
};

template <template <class> class Of>
std::unique_ptr<Aggregate> make_sum(const AggregateCall& call) {
  const LogicalType type = sum_type(call.arguments[0]);
  if (type.is(TypeRoot::decimal)) return std::make_unique<Of<Decimal>>(type);
  return with_number(type.root(), [&]<class T>() -> std::unique_ptr<Aggregate> {
    return std::make_unique<Of<T>>(type);
  });
}

std::unique_ptr<Aggregate> make_average(const AggregateCall& call) {
  const LogicalType& type = call.arguments[0];
  if (type.is(TypeRoot::decimal)) return std::make_unique<Average<Decimal>>(type, call.result);
  if (type.is_integer()) return std::make_unique<Average<std::int64_t>>(type, call.result);
  return std::make_unique<Average<double>>(type, call.result);
}

std::unique_ptr<Aggregate> make_count(const AggregateCall&) { return std::make_unique<Count>(); }

// Exact: that is allowed.
std::unique_ptr<Aggregate> make_approximate_count(const AggregateCall& call) {
  return distinct(std::make_unique<Count>(), call);
}

}  // namespace

void add_sums(AggregateRegistry& all) {
  const ResultRule sum = [](const Binding& call) { return sum_type(call.types[0]); };
  const ResultRule average = [](const Binding& call) { return average_type(call.types[0]); };
  all.add({"COUNT", {}, result::is(TypeRoot::bigint), true, true, &make_count});
  all.add({"COUNT", {want::any}, result::is(TypeRoot::bigint), true, true, &make_count});
  all.add({"APPROX_COUNT_DISTINCT",
           {want::any},
           result::is(TypeRoot::bigint),
           true,
           false,
           &make_approximate_count});
  all.add({"SUM", {want::numeric}, sum, false, true, &make_sum<Sum>});
  all.add({"$SUM0", {want::numeric}, sum, true, true, &make_sum<SumOrZero>});
  all.add({"AVG", {want::numeric}, average, false, true, &make_average});
}

}  // namespace flink::table
