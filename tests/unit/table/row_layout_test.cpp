// SPDX-License-Identifier: Apache-2.0
// Random rows of all types: packed, read back by column and by row, as keys, as keys of an order.
#include "table/row_layout.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <random>

#include "table/sort_key.h"
#include "table/value_order.h"
#include "unit/test_seed.h"

namespace flink::table {
namespace {

class Maker {
 public:
  explicit Maker(std::uint64_t seed) : random_(seed) {}

  std::size_t below(std::size_t end) { return random_() % end; }

  LogicalType type(int depth) {
    switch (below(depth > 0 ? 21 : 17)) {
      case 0:
        return LogicalType{TypeRoot::decimal, 18, 4};
      case 1:
        return LogicalType{TypeRoot::decimal, 38, 10};
      case 2:
        return LogicalType{TypeRoot::timestamp, 3};
      case 3:
        return LogicalType{TypeRoot::timestamp_ltz, 9};
      case 17:
        return LogicalType::array(type(depth - 1));
      case 18:
        return LogicalType::map(flat_type(), type(depth - 1));
      case 19:
        return LogicalType::multiset(flat_type());
      case 20:
        return LogicalType::row({{"a", type(depth - 1)}, {"b", type(depth - 1)}});
      default:
        return flat_type();
    }
  }

  Datum value(const LogicalType& type, Memory& memory) {
    if (below(4) == 0) return {};
    switch (type.root()) {
      case TypeRoot::boolean:
        return Datum{below(2) == 0};
      case TypeRoot::decimal: {
        const int128 high = type.precision() > 18 ? number() : 0;
        return Datum{Decimal{(high << 30) + number() % 1'000'000'000'000'000'000}};
      }
      case TypeRoot::float_:
        return Datum{static_cast<float>(real())};
      case TypeRoot::double_:
        return Datum{real()};
      case TypeRoot::timestamp:
      case TypeRoot::timestamp_ltz:
        return Datum{Timestamp{number() % 1'000'000'000'000,
                               type.precision() > 3 ? static_cast<int>(below(1'000'000)) : 0}};
      case TypeRoot::array:
        return nested(type, below(4), memory);
      case TypeRoot::row:
        return nested(type, type.size(), memory);
      case TypeRoot::map:
        return entries(type, memory);
      case TypeRoot::multiset:
        return entries(type, memory);
      default:
        if (width_of(type) == 16) return Datum{memory.copy(text())};
        return integer_datum(type, number());
    }
  }

 private:
  LogicalType flat_type() {
    static const TypeRoot roots[] = {
        TypeRoot::boolean,          TypeRoot::tinyint, TypeRoot::smallint,
        TypeRoot::integer,          TypeRoot::bigint,  TypeRoot::float_,
        TypeRoot::double_,          TypeRoot::char_,   TypeRoot::varchar,
        TypeRoot::binary,           TypeRoot::date,    TypeRoot::time,
        TypeRoot::bitmap,           TypeRoot::variant, TypeRoot::interval_year_month,
        TypeRoot::interval_day_time};
    return LogicalType{roots[below(std::size(roots))], 7};
  }
  std::int64_t number() { return static_cast<std::int64_t>(random_()) >> below(64); }
  double real() {
    static const double special[] = {0.0, -0.0, std::nan(""), INFINITY, -INFINITY};
    if (below(3) == 0) return special[below(std::size(special))];
    return static_cast<double>(number()) / 1024;
  }
  std::string text() {
    std::string out(below(6), ' ');
    for (char& c : out) c = static_cast<char>(below(3) == 0 ? 0 : random_());
    return out;
  }
  Datum nested(const LogicalType& type, std::size_t count, Memory& memory) {
    Datum* const items = memory.array<Datum>(count);
    for (std::size_t i = 0; i < count; ++i) {
      ::new (items + i) Datum(value(item_type(type, i), memory));
    }
    return Datum{Nested{items, count}};
  }
  // Of keys that differ.
  Datum entries(const LogicalType& type, Memory& memory) {
    Datum* const items = memory.array<Datum>(8);
    std::size_t count = 0;
    for (std::size_t tries = below(5); tries > 0; --tries) {
      const Datum key = value(item_type(type, 0), memory);
      bool known = false;
      for (std::size_t i = 0; i < count; i += 2) {
        known = known || compare_nullable(item_type(type, 0), items[i], key) == 0;
      }
      if (known) continue;
      ::new (items + count++) Datum(key);
      ::new (items + count++) Datum(value(item_type(type, 1), memory));
    }
    return Datum{Nested{items, count}};
  }

  std::mt19937_64 random_;
};

// Equal, NaN being itself.
bool same(const LogicalType& type, const Datum& a, const Datum& b) {
  if (type.is_constructed() && !a.null && !b.null) {
    const auto left = a.items(), right = b.items();
    if (left.size() != right.size()) return false;
    for (std::size_t i = 0; i < left.size(); ++i) {
      if (!same(item_type(type, i), left[i], right[i])) return false;
    }
    return true;
  }
  return compare_nullable(type, a, b) == 0;
}
int sign(int value) { return (value > 0) - (value < 0); }

TEST_CASE("rows come back as they were packed") {
  const std::uint64_t seed = test::seed_or(7);
  INFO("FLINK_TEST_SEED=", seed);
  Maker make{seed};
  for (int round = 0; round < 300; ++round) {
    std::vector<LogicalType> types(make.below(12));
    for (LogicalType& type : types) type = make.type(2);
    const RowLayout layout{types};
    Memory memory;
    std::string bytes;
    std::vector<std::vector<Datum>> rows(make.below(20));
    std::vector<std::size_t> starts;
    for (auto& row : rows) {
      for (const LogicalType& type : types) row.push_back(make.value(type, memory));
      starts.push_back(bytes.size());
      layout.pack(row, bytes);
    }
    starts.push_back(bytes.size());
    std::vector<std::string_view> packed;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      packed.push_back(std::string_view{bytes}.substr(starts[i], starts[i + 1] - starts[i]));
    }
    for (std::size_t column = 0; column < types.size(); ++column) {
      const Vector gathered = layout.gather(packed, column, memory);
      for (std::size_t i = 0; i < rows.size(); ++i) {
        INFO(types[column].summary());
        CHECK(same(types[column], layout.get(packed[i], column, memory), rows[i][column]));
        CHECK(same(types[column], gathered.datum(i, width_of(types[column])), rows[i][column]));
      }
    }
    for (std::size_t i = 0; i < rows.size(); ++i) {  // what was read packs to the same bytes
      std::vector<Datum> read(types.size());
      layout.unpack(packed[i], read, memory);
      std::string again;
      layout.pack(read, again);
      CHECK(again == packed[i]);
    }
  }
}

TEST_CASE("sort keys are in the order of their values, and keys equal when they are") {
  const std::uint64_t seed = test::seed_or(11);
  INFO("FLINK_TEST_SEED=", seed);
  Maker make{seed};
  for (int round = 0; round < 400; ++round) {
    const LogicalType type = make.type(round % 3);
    const RowLayout layout{{type}};
    Memory memory;
    std::vector<Datum> values;
    for (int i = 0; i < 12; ++i) values.push_back(make.value(type, memory));
    for (const Datum& a : values) {
      for (const Datum& b : values) {
        INFO(type.summary());
        const int way = compare_nullable(type, a, b);
        std::string left, right;
        append_sort_key(type, a, false, false, left);
        append_sort_key(type, b, false, false, right);
        CHECK(sign(left.compare(right)) == sign(way));
        left.clear(), right.clear();
        append_sort_key(type, a, true, true, left);
        append_sort_key(type, b, true, true, right);
        CHECK(sign(left.compare(right)) == -sign(way));
        left.clear(), right.clear();
        layout.pack_key({&a, 1}, left);
        layout.pack_key({&b, 1}, right);
        if (way == 0) CHECK(left == right);
        if (left == right && !type.is_constructed()) CHECK(way == 0);
      }
    }
  }
}

}  // namespace
}  // namespace flink::table
