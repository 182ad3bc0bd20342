// SPDX-License-Identifier: Apache-2.0
// The buckets of a join, and what it refuses.
#include <flink/error.h>
#include <flink/operators/interval_join.h>

namespace flink::detail {

namespace {
constexpr std::int64_t width_max = std::int64_t{1} << 61;
}

std::int64_t JoinInterval::width() const {
  std::int64_t width = 0;
  if (lower > upper) return 1;
  if (__builtin_sub_overflow(upper, lower, &width) || width >= width_max) return width_max;
  return width + 1;
}

std::int64_t JoinInterval::bucket_of(std::int64_t millis) const {
  const std::int64_t size = width();
  return millis / size - (millis % size < 0 ? 1 : 0);
}

std::int64_t JoinInterval::last_of(std::int64_t bucket) const {
  std::int64_t first = 0;
  if (__builtin_mul_overflow(bucket, width(), &first)) first = bucket < 0 ? INT64_MIN : INT64_MAX;
  return add_millis(first, width() - 1);
}

void check_join_bounds(std::int64_t lower, std::int64_t upper) {
  const std::string bounds =
      "between(" + std::to_string(lower) + " ms, " + std::to_string(upper) + " ms): ";
  if (lower > upper) {
    throw Error{ErrorKind::user, bounds +
                                     "the lower bound is above the upper one, so that nothing "
                                     "could be joined; exchange them"};
  }
  if (lower < -width_max || upper > width_max) {
    throw Error{ErrorKind::user, bounds +
                                     "a bound lies millions of years away; give the time that "
                                     "partners can be apart"};
  }
}

void fail_join_without_timestamp() {
  throw Error{ErrorKind::user,
              "an interval join got a record without a timestamp (or with the least, "
              "-9223372036854775808, which stands for none): give both sources, or the streams "
              "before the join, a WatermarkStrategy with a timestamp assigner"};
}

}  // namespace flink::detail
