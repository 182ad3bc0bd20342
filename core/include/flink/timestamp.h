// SPDX-License-Identifier: Apache-2.0
// Event time: milliseconds since 1970-01-01 UTC, as in Flink.
#pragma once

#include <flink/base/chrono.h>

#include <cstdint>

namespace flink {

using Timestamp = std::chrono::sys_time<std::chrono::milliseconds>;

constexpr Timestamp min_timestamp{std::chrono::milliseconds{INT64_MIN}};
constexpr Timestamp max_timestamp{
    std::chrono::milliseconds{INT64_MAX}};  // watermark of an ended input

constexpr Timestamp timestamp_of_millis(std::int64_t millis) {
  return Timestamp{std::chrono::milliseconds{millis}};
}

}  // namespace flink
