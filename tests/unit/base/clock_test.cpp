// SPDX-License-Identifier: Apache-2.0
#include "base/clock.h"

#include <doctest/doctest.h>

namespace flink::base {
namespace {

using std::chrono::milliseconds;

TEST_CASE("a time later than all that can be said is never") {
  const TimePoint now{Duration{5}};
  CHECK(now + Duration::max() == TimePoint::never());
  CHECK(TimePoint::never() + Duration{1} == TimePoint::never());
  CHECK(TimePoint::never() - now == Duration::max() - Duration{5});
  CHECK(now + Duration{7} == TimePoint{Duration{12}});
  CHECK(TimePoint{Duration{-5}} + Duration::max() == TimePoint{Duration::max() - Duration{5}});
}

TEST_CASE("a limit of milliseconds that nanoseconds cannot say is never over") {
  CHECK_FALSE(is_over(milliseconds::max(), Duration::max()));
  CHECK_FALSE(is_over(milliseconds{INT64_MAX / 1'000'000 + 1}, Duration::max()));
  CHECK_FALSE(is_over(milliseconds{2}, Duration{1'999'999}));
  CHECK(is_over(milliseconds{2}, Duration{2'000'000}));
  CHECK(is_over(milliseconds{0}, Duration{0}));
}

}  // namespace
}  // namespace flink::base
