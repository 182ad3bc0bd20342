// SPDX-License-Identifier: Apache-2.0
// Values as text: what CAST to STRING gives, and, hardly different, what Flink's client prints.
#pragma once

#include <string>

#include "table/context.h"

namespace flink::table {

enum class TextStyle : std::uint8_t {
  cast,    // bytes are UTF-8
  client,  // bytes are x'0aff', a NULL at the top is <NULL>
};

void append_value(std::string& out, const LogicalType& type, const Datum& value,
                  const Session& session, TextStyle style);

// 2024-02-29 12:34:56.789 with so many fraction digits.
void append_timestamp(std::string& out, Timestamp value, int precision);
void append_date(std::string& out, std::int64_t days);
void append_time_of_day(std::string& out, std::int32_t millis, int precision);
// Two digits and more: 07, 12.
void append_padded(std::string& out, std::int64_t value, int digits);

// The session's zone, UTC when it has none.
const TimeZone& zone_of(const Session& session);

}  // namespace flink::table
