// SPDX-License-Identifier: Apache-2.0
// Dates and times out of text, as Flink's casts read them. Nothing when the text is no such thing.
#pragma once

#include <optional>
#include <string_view>

#include "table/value.h"

namespace flink::table::fn {

// 2024, 2024-2, 2024-02-29; what stands behind a blank does not count.
std::optional<Date> parse_date(std::string_view text);
// 12, 1:2, 01:02:03.5, with blanks around. A second's fraction beyond milliseconds is cut off.
std::optional<Time> parse_time_of_day(std::string_view text);
// 2024-2-9, 2024-02-29 1:2:3.123456789. The 29th to 31st of a shorter month is its last day, and
// 24:00:00 the next day.
std::optional<Timestamp> parse_timestamp(std::string_view text);

// The timestamp with only so many fraction digits.
Timestamp cut(Timestamp value, int precision);

}  // namespace flink::table::fn
