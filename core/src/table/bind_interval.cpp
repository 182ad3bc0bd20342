// SPDX-License-Identifier: Apache-2.0
// INTERVAL '1 02:03' DAY TO MINUTE
#include <limits>

#include "table/binder.h"
#include "table/fn/calendar.h"

namespace flink::table {

namespace {

using sql::TimeUnit;

struct Unit {
  TimeUnit unit;
  std::int64_t size;  // in months or milliseconds
  std::int64_t most;  // as a field behind another
  char before;        // what separates it from the field before
};
constexpr Unit units[] = {
    {TimeUnit::year, 12, 0, 0},
    {TimeUnit::quarter, 3, 3, '-'},
    {TimeUnit::month, 1, 11, '-'},
    {TimeUnit::week, 7 * fn::day_millis, 0, 0},
    {TimeUnit::day, fn::day_millis, 0, 0},
    {TimeUnit::hour, 3'600'000, 23, ' '},
    {TimeUnit::minute, 60'000, 59, ':'},
    {TimeUnit::second, 1000, 59, ':'},
};

const Unit& unit_of(TimeUnit unit) {
  for (const Unit& one : units) {
    if (one.unit == unit) return one;
  }
  return units[0];
}

[[noreturn]] void malformed(const sql::IntervalLiteral& node) {
  reject(node.range, "'" + std::string{node.value} + "' is no interval of these units",
         "INTERVAL '1-2' YEAR TO MONTH, INTERVAL '1 02:03:04.5' DAY TO SECOND");
}

class Reader {
 public:
  Reader(const sql::IntervalLiteral& node, std::string_view text) : node_(node), text_(text) {}

  std::int64_t number(std::int64_t most) {
    std::int64_t value = 0;
    std::size_t count = 0;
    for (; count < text_.size() && text_[count] >= '0' && text_[count] <= '9'; ++count) {
      value = value * 10 + text_[count] - '0';
      if (count > 17) malformed(node_);
    }
    if (count == 0 || value > most) malformed(node_);
    digits_ = count;
    text_.remove_prefix(count);
    return value;
  }
  // Of the number read last.
  std::size_t digits() const { return digits_; }
  void separator(char wanted) {
    if (!take(wanted)) malformed(node_);
  }
  bool take(char wanted) {
    if (text_.empty() || text_[0] != wanted) return false;
    text_.remove_prefix(1);
    return true;
  }
  // .5 as milliseconds
  std::int64_t fraction() {
    if (!take('.')) return 0;
    std::int64_t value = 0, unit = 100;
    std::size_t count = 0;
    for (; count < text_.size() && text_[count] >= '0' && text_[count] <= '9'; ++count) {
      value += unit * (text_[count] - '0');
      unit /= 10;
    }
    if (count == 0 || count > 9) malformed(node_);
    text_.remove_prefix(count);
    return value;
  }
  bool at_end() const { return text_.empty(); }

 private:
  const sql::IntervalLiteral& node_;
  std::string_view text_;
  std::size_t digits_ = 0;
};

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

}  // namespace

ExpressionPointer bind_interval(const sql::IntervalLiteral& node) {
  std::string_view text = trimmed(node.value);
  bool negative = node.negative;
  if (text.starts_with('-') || text.starts_with('+')) {
    negative = negative != text.starts_with('-');
    text.remove_prefix(1);
  }
  const auto& qualifier = node.qualifier;
  const TimeUnit last = qualifier.to == TimeUnit::none ? qualifier.from : qualifier.to;
  Reader reader{node, text};
  std::int64_t value =
      reader.number(std::numeric_limits<std::int64_t>::max()) * unit_of(qualifier.from).size;
  const std::size_t most =
      qualifier.precision < 0 ? 2 : static_cast<std::size_t>(qualifier.precision);
  if (reader.digits() > most) {
    reject(node.range,
           "the interval's first number has more than " + std::to_string(most) + " digits",
           "a precision makes room: DAY(" + std::to_string(reader.digits()) + ")");
  }
  if (last == TimeUnit::month && qualifier.from == TimeUnit::year) {
    reader.separator('-');
    value += reader.number(11);
  } else {
    bool inside = false;
    for (const Unit& unit : units) {
      if (inside) {
        reader.separator(unit.unit == TimeUnit::hour ? ' ' : ':');
        value += reader.number(unit.most) * unit.size;
      }
      if (unit.unit == qualifier.from) inside = true;
      if (unit.unit == last) break;
    }
  }
  if (last == TimeUnit::second) value += reader.fraction();
  if (!reader.at_end()) malformed(node);
  if (negative) value = -value;
  const bool months = unit_of(qualifier.from).size <= 12;
  if (months) {
    return literal_expression(LogicalType{TypeRoot::interval_year_month}.not_null(),
                              Datum{Months{static_cast<std::int32_t>(value)}});
  }
  return literal_expression(LogicalType{TypeRoot::interval_day_time}.not_null(),
                            Datum{Millis{value}});
}

}  // namespace flink::table
