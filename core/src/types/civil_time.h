// SPDX-License-Identifier: Apache-2.0
// Times as ISO 8601 text in UTC and back, for any unit of num/den seconds. No time zones, no leap
// seconds, the proleptic Gregorian calendar.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace flink::types {

// 2024-01-31T12:00:00.000Z, with as many digits after the second as the unit has; years beyond four
// digits as +12024 and -0044.
void append_time(std::string& out, std::int64_t count, std::int64_t num, std::int64_t den);

// Reads "2024-01-31", "2024-01-31T12:00", "2024-01-31 12:00:00.123", each with Z, UTC, +02:00 or
// nothing, which is UTC too. What is finer than the unit is cut off. False when the text is no such
// time or does not fit.
bool parse_time(std::string_view text, std::int64_t num, std::int64_t den, std::int64_t& count);

}  // namespace flink::types
