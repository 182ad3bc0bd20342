// SPDX-License-Identifier: Apache-2.0
// What gathers all values: LISTAGG, ARRAY_AGG and JSON_ARRAYAGG in the order of arrival, COLLECT
// with counts.
#include "table/aggregates/aggregates.h"
#include "table/aggregates/bag.h"

namespace flink::table {

namespace {

// The next number; the values are in the map.
class Gathering : public Aggregate {
 public:
  Gathering(const AggregateCall& call, bool with_nulls)
      : values_({call.arguments[0].with_nullable(true)}), with_nulls_(with_nulls) {}

  std::vector<LogicalType> columns() const override {
    return {LogicalType{TypeRoot::bigint}.not_null()};
  }
  std::size_t maps() const override { return 1; }
  void init(std::span<Datum> columns) const override { columns[0] = Datum{std::int64_t{0}}; }
  void accumulate(const Accumulator& into, Arguments arguments, Context&) const override {
    if (takes(arguments[0])) add(into, values_.pack(arguments.first(1)));
  }
  void retract(const Accumulator& from, Arguments arguments, Context&) const override {
    if (takes(arguments[0])) Bag{*from.maps[0]}.take_oldest(values_.pack(arguments.first(1)));
  }
  void merge(const Accumulator& into, const Accumulator& other, Context&) const override {
    for (const std::string& value : Bag{*other.maps[0]}.in_order()) add(into, value);
  }

 protected:
  std::vector<Datum> gathered_values(const Accumulator& gathered, Context& context) const {
    std::vector<Datum> out;
    for (const std::string& value : Bag{*gathered.maps[0]}.in_order()) {
      out.push_back(values_.value(value, context.memory()));
    }
    return out;
  }

 private:
  bool takes(const Datum& value) const { return with_nulls_ || !value.null; }
  static void add(const Accumulator& into, std::string_view value) {
    const auto next = into.columns[0].get<std::int64_t>();
    into.columns[0] = Datum{next + 1};
    Bag{*into.maps[0]}.add(value, next);
  }

  PackedValues values_;
  bool with_nulls_;
};

class ListAgg final : public Gathering {
 public:
  explicit ListAgg(const AggregateCall& call) : Gathering(call, false) {
    if (call.literals.size() > 1) {
      separator_ = call.literals[1].null ? "" : std::string{call.literals[1].text()};
    }
  }
  Datum result(const Accumulator& gathered, Context& context) const override {
    const auto values = gathered_values(gathered, context);
    if (values.empty()) return {};
    std::string out;
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (i > 0) out += separator_;
      out += values[i].text();
    }
    return Datum{context.memory().copy(out)};
  }

 private:
  std::string separator_ = ",";
};

Datum nested_of(std::span<const Datum> items, Memory& memory) {
  Datum* const kept = memory.array<Datum>(items.size());
  std::uninitialized_copy(items.begin(), items.end(), kept);
  return Datum{Nested{kept, items.size()}};
}

class ArrayAgg final : public Gathering {
 public:
  explicit ArrayAgg(const AggregateCall& call) : Gathering(call, !call.ignores_nulls) {}
  Datum result(const Accumulator& gathered, Context& context) const override {
    const auto values = gathered_values(gathered, context);
    return values.empty() ? Datum{} : nested_of(values, context.memory());
  }
};

// Of values that are JSON text.
class JsonArrayAgg final : public Gathering {
 public:
  using Gathering::Gathering;
  Datum result(const Accumulator& gathered, Context& context) const override {
    std::string out = "[";
    for (const Datum& value : gathered_values(gathered, context)) {
      if (out.size() > 1) out += ',';
      out += value.null ? "null" : value.text();
    }
    return Datum{context.memory().copy(out + "]")};
  }
};

class Collect final : public Aggregate {
 public:
  explicit Collect(const AggregateCall& call) : values_({call.arguments[0]}) {}

  std::vector<LogicalType> columns() const override { return {}; }
  std::size_t maps() const override { return 1; }
  void accumulate(const Accumulator& into, Arguments arguments, Context&) const override {
    if (!arguments[0].null) add_count(*into.maps[0], values_.pack(arguments), 1);
  }
  void retract(const Accumulator& from, Arguments arguments, Context&) const override {
    if (!arguments[0].null) add_count(*from.maps[0], values_.pack(arguments), -1);
  }
  void merge(const Accumulator& into, const Accumulator& other, Context&) const override {
    other.maps[0]->each([&](std::string_view value, std::string_view count) {
      add_count(*into.maps[0], value, count_of(count));
    });
  }
  Datum result(const Accumulator& gathered, Context& context) const override {
    // Sorted: what is taken back later must be the same bytes.
    std::map<std::string, std::int64_t> counts;
    gathered.maps[0]->each([&](std::string_view value, std::string_view count) {
      if (count_of(count) > 0) counts.emplace(value, count_of(count));
    });
    std::vector<Datum> items;
    for (const auto& [value, count] : counts) {
      items.push_back(values_.value(value, context.memory()));
      items.emplace_back(static_cast<std::int32_t>(count));
    }
    return nested_of(items, context.memory());
  }

 private:
  PackedValues values_;
};

// Values that are there more than once count once.
class Distinct final : public Aggregate {
 public:
  Distinct(std::unique_ptr<Aggregate> of, const AggregateCall& call)
      : of_(std::move(of)), values_(call.arguments) {}

  std::vector<LogicalType> columns() const override { return of_->columns(); }
  std::size_t maps() const override { return of_->maps() + 1; }
  void init(std::span<Datum> columns) const override { of_->init(columns); }
  void accumulate(const Accumulator& into, Arguments arguments, Context& context) const override {
    if (add_count(*into.maps[0], values_.pack(arguments), 1) == 1) {
      of_->accumulate(into.without_first_map(), arguments, context);
    }
  }
  void retract(const Accumulator& from, Arguments arguments, Context& context) const override {
    if (add_count(*from.maps[0], values_.pack(arguments), -1) == 0) {
      of_->retract(from.without_first_map(), arguments, context);
    }
  }
  void merge(const Accumulator& into, const Accumulator& other, Context& context) const override {
    other.maps[0]->each([&](std::string_view bytes, std::string_view count) {
      const std::int64_t before = count_in(*into.maps[0], bytes);
      const std::int64_t after = add_count(*into.maps[0], bytes, count_of(count));
      if (before > 0 || after <= 0) return;
      const auto arguments = values_.unpack(context.memory().copy(bytes), context.memory());
      of_->accumulate(into.without_first_map(), arguments, context);
    });
  }
  Datum result(const Accumulator& gathered, Context& context) const override {
    return of_->result(gathered.without_first_map(), context);
  }

 private:
  std::unique_ptr<Aggregate> of_;
  PackedValues values_;
};

template <class T>
std::unique_ptr<Aggregate> make(const AggregateCall& call) {
  return std::make_unique<T>(call);
}

template <bool with_nulls>
std::unique_ptr<Aggregate> make_json(const AggregateCall& call) {
  return std::make_unique<JsonArrayAgg>(call, with_nulls);
}

}  // namespace

std::unique_ptr<Aggregate> distinct(std::unique_ptr<Aggregate> of, const AggregateCall& call) {
  return std::make_unique<Distinct>(std::move(of), call);
}

void add_lists(AggregateRegistry& all) {
  const Want text = want::character_as_string;
  all.add({"LISTAGG", {text}, result::string(), false, true, &make<ListAgg>});
  all.add({"LISTAGG", {text, want::literal(text)}, result::string(), false, true, &make<ListAgg>});
  const ResultRule json = result::is(json_aggregate_type());
  all.add({"JSON_ARRAYAGG_NULL_ON_NULL", {text}, json, true, true, &make_json<true>});
  all.add({"JSON_ARRAYAGG_ABSENT_ON_NULL", {text}, json, true, true, &make_json<false>});
  all.add({"ARRAY_AGG",
           {want::any},
           [](const Binding& call) { return LogicalType::array(call.types[0]); },
           false,
           true,
           &make<ArrayAgg>});
  all.add({"COLLECT",
           {want::any},
           [](const Binding& call) { return LogicalType::multiset(call.types[0]); },
           true,
           true,
           &make<Collect>});
}

}  // namespace flink::table
