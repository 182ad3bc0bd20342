// SPDX-License-Identifier: Apache-2.0
// Aggregates of BITMAP: how many bitmaps there were, and in how many of them each number was; which
// of them belong to the result follows from both, and what was added can be taken back.
#include "table/aggregates/aggregates.h"
#include "table/fn/roaring.h"

namespace flink::table {

namespace {

enum class Belongs : std::uint8_t { to_any, to_all, to_odd };

class BitmapAgg final : public Aggregate {
 public:
  BitmapAgg(const AggregateCall& call, Belongs belongs)
      : belongs_(belongs),
        numbers_(!call.arguments[0].is(TypeRoot::bitmap)),
        counts_(call.result.is(TypeRoot::bigint)) {}

  std::vector<LogicalType> columns() const override {
    return {LogicalType{TypeRoot::bigint}.not_null()};
  }
  std::size_t maps() const override { return 1; }
  void init(std::span<Datum> columns) const override { columns[0] = Datum{std::int64_t{0}}; }
  void accumulate(const Accumulator& into, Arguments arguments, Context&) const override {
    add(into, arguments[0], 1);
  }
  void retract(const Accumulator& from, Arguments arguments, Context&) const override {
    add(from, arguments[0], -1);
  }
  void merge(const Accumulator& into, const Accumulator& other, Context&) const override {
    other.maps[0]->each([&](std::string_view number, std::string_view count) {
      add_count(*into.maps[0], number, count_of(count));
    });
    add_bitmaps(into, other.columns[0].get<std::int64_t>());
  }
  Datum result(const Accumulator& gathered, Context& context) const override {
    const auto all = gathered.columns[0].get<std::int64_t>();
    if (all == 0) return {};
    std::vector<std::uint32_t> numbers;
    gathered.maps[0]->each([&](std::string_view number, std::string_view count) {
      if (belongs(count_of(count), all)) numbers.push_back(number_of(number));
    });
    if (counts_) return Datum{static_cast<std::int64_t>(numbers.size())};
    return Datum{context.memory().copy(fn::Roaring::of(std::move(numbers)).bytes())};
  }

 private:
  bool belongs(std::int64_t count, std::int64_t all) const {
    switch (belongs_) {
      case Belongs::to_any:
        return count > 0;
      case Belongs::to_all:
        return count == all;
      case Belongs::to_odd:
        return count % 2 != 0;
    }
    return false;
  }

  void add(const Accumulator& into, const Datum& value, std::int64_t more) const {
    if (value.null) return;
    if (numbers_) {
      add_number(into, static_cast<std::uint32_t>(value.get<std::int32_t>()), more);
    } else if (const auto bitmap = fn::Roaring::read(value.text())) {
      for (const std::uint32_t number : bitmap->numbers()) add_number(into, number, more);
    }
    add_bitmaps(into, more);
  }
  static void add_number(const Accumulator& into, std::uint32_t number, std::int64_t more) {
    char key[sizeof number];
    std::memcpy(key, &number, sizeof number);
    add_count(*into.maps[0], {key, sizeof key}, more);
  }
  static std::uint32_t number_of(std::string_view key) {
    std::uint32_t number = 0;
    std::memcpy(&number, key.data(), sizeof number);
    return number;
  }
  static void add_bitmaps(const Accumulator& into, std::int64_t more) {
    into.columns[0] = Datum{into.columns[0].get<std::int64_t>() + more};
  }

  Belongs belongs_;
  bool numbers_;  // the arguments are numbers, not bitmaps
  bool counts_;   // the result is how many there are
};

bool fits_int(const LogicalType& type) { return type.is_integer() && !type.is(TypeRoot::bigint); }

template <Belongs belongs>
std::unique_ptr<Aggregate> make(const AggregateCall& call) {
  return std::make_unique<BitmapAgg>(call, belongs);
}

}  // namespace

void add_bitmaps(AggregateRegistry& all) {
  const ResultRule bitmap = result::is(TypeRoot::bitmap), count = result::is(TypeRoot::bigint);
  const Want number{"INT", &fits_int, LogicalType{TypeRoot::integer}}, one = want::bitmap;
  const auto any = &make<Belongs::to_any>, both = &make<Belongs::to_all>,
             odd = &make<Belongs::to_odd>;
  all.add({"BITMAP_BUILD_AGG", {number}, bitmap, false, true, any});
  all.add({"BITMAP_BUILD_CARDINALITY_AGG", {number}, count, false, true, any});
  all.add({"BITMAP_OR_AGG", {one}, bitmap, false, true, any});
  all.add({"BITMAP_OR_CARDINALITY_AGG", {one}, count, false, true, any});
  all.add({"BITMAP_AND_AGG", {one}, bitmap, false, true, both});
  all.add({"BITMAP_AND_CARDINALITY_AGG", {one}, count, false, true, both});
  all.add({"BITMAP_XOR_AGG", {one}, bitmap, false, true, odd});
  all.add({"BITMAP_XOR_CARDINALITY_AGG", {one}, count, false, true, odd});
}

}  // namespace flink::table
