// SPDX-License-Identifier: Apache-2.0
// The families of aggregate functions.
#pragma once

#include "table/aggregate.h"

namespace flink::table {

void add_sums(AggregateRegistry& all);          // COUNT, SUM, AVG
void add_moments(AggregateRegistry& all);       // STDDEV, VARIANCE
void add_extremes(AggregateRegistry& all);      // MIN, MAX
void add_picks(AggregateRegistry& all);         // FIRST_VALUE, LAST_VALUE, SINGLE_VALUE
void add_lists(AggregateRegistry& all);         // LISTAGG, ARRAY_AGG, JSON_ARRAYAGG, COLLECT
void add_percentile(AggregateRegistry& all);    // PERCENTILE
void add_json_objects(AggregateRegistry& all);  // JSON_OBJECTAGG
void add_bitmaps(AggregateRegistry& all);       // BITMAP_BUILD_AGG and its like

// Of JSON_OBJECTAGG and JSON_ARRAYAGG; what is longer is not cut.
inline LogicalType json_aggregate_type() { return LogicalType{TypeRoot::varchar, 2000}; }

// The same over values that differ; the first of its maps counts them.
std::unique_ptr<Aggregate> distinct(std::unique_ptr<Aggregate> of, const AggregateCall& call);

// A call of one of C++'s types by the SQL type: f.template operator()<std::int32_t>().
template <class F>
auto with_number(TypeRoot root, F f) {
  switch (root) {
    case TypeRoot::tinyint:
      return f.template operator()<std::int8_t>();
    case TypeRoot::smallint:
      return f.template operator()<std::int16_t>();
    case TypeRoot::integer:
      return f.template operator()<std::int32_t>();
    case TypeRoot::bigint:
      return f.template operator()<std::int64_t>();
    case TypeRoot::float_:
      return f.template operator()<float>();
    default:
      return f.template operator()<double>();
  }
}

// DECIMAL sums have all digits that there are.
LogicalType sum_type(const LogicalType& argument);
LogicalType average_type(const LogicalType& argument);

// How often each value is there, by packed bytes.
std::int64_t count_in(const AggregateMap& map, std::string_view value);
// The new count; what comes to 0 is removed.
std::int64_t add_count(AggregateMap& map, std::string_view value, std::int64_t more);
std::int64_t count_of(std::string_view bytes);

// Values that are kept in a map: packed, and read back.
class PackedValues {
 public:
  explicit PackedValues(std::vector<LogicalType> types) : layout_(std::move(types)) {}
  std::string pack(std::span<const Datum> values) const {
    std::string out;
    layout_.pack_key(values, out);
    return out;
  }
  std::vector<Datum> unpack(std::string_view bytes, Memory& memory) const {
    std::vector<Datum> out(layout_.size());
    layout_.unpack(bytes, out, memory);
    return out;
  }
  // The first column, whose text is copied.
  Datum value(std::string_view bytes, Memory& memory) const {
    return layout_.get(memory.copy(bytes), 0, memory);
  }

 private:
  RowLayout layout_;
};

}  // namespace flink::table
