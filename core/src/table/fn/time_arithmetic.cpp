// SPDX-License-Identifier: Apache-2.0
#include "table/fn/time_arithmetic.h"

namespace flink::table::fn {

namespace {

// Of days; `from` is not behind `to`.
std::int64_t months_of_days(std::int64_t to, std::int64_t from) noexcept {
  const Civil a = civil_of(from), b = civil_of(to);
  const std::int64_t months = (b.year - a.year) * 12 + b.month - a.month;
  return add_months(from, months) > to ? months - 1 : months;
}

}  // namespace

std::int64_t months_between(Timestamp a, Timestamp b) noexcept {
  const auto day_of = [](Timestamp stamp) { return floor_div(stamp.millis, day_millis); };
  const std::int64_t to = day_of(a), from = day_of(b);
  const std::int64_t months = to < from ? -months_of_days(from, to) : months_of_days(to, from);
  // On the last day the clock decides, backwards too, as in Flink.
  const bool earlier = floor_mod(a.millis, day_millis) < floor_mod(b.millis, day_millis);
  return add_months(from, months) == to && earlier ? months - 1 : months;
}

}  // namespace flink::table::fn
