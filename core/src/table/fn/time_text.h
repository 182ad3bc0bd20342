// SPDX-License-Identifier: Apache-2.0
// Times from and to text by patterns, and from numbers.
#pragma once

#include <optional>

#include "table/context.h"

namespace flink::table::fn {

std::optional<std::string_view> date_format(Context& context, const Call& call, Timestamp stamp,
                                            std::string_view pattern);
// Of text that is yyyy-MM-dd HH:mm:ss.
std::optional<std::string_view> date_format_of_text(Context& context, const Call& call,
                                                    std::string_view text,
                                                    std::string_view pattern);
std::optional<std::string_view> from_unix_time(Context& context, const Call& call,
                                               std::int64_t seconds);
std::optional<std::string_view> from_unix_time_as(Context& context, const Call& call,
                                                  std::int64_t seconds, std::string_view pattern);
// Text that cannot be read is the least BIGINT.
std::optional<std::int64_t> unix_time(Context& context, const Call& call, std::string_view text);
std::optional<std::int64_t> unix_time_as(Context& context, const Call& call, std::string_view text,
                                         std::string_view pattern);
std::int64_t unix_time_now(Context& context);

std::optional<Date> to_date(std::string_view text);
std::optional<Date> to_date_as(Context& context, const Call& call, std::string_view text,
                               std::string_view pattern);
std::optional<Timestamp> to_timestamp(std::string_view text);
std::optional<Timestamp> to_timestamp_as(const Call& call, std::string_view text,
                                         std::string_view pattern);
std::optional<Timestamp> to_instant(Context& context, std::string_view text);
std::optional<Timestamp> to_instant_as(const Call& call, std::string_view text,
                                       std::string_view pattern);
std::optional<Timestamp> to_instant_in(Context& context, const Call& call, std::string_view text,
                                       std::string_view pattern, std::string_view zone);
// Since 1970 in units of 10^-precision seconds.
std::optional<Timestamp> instant_of_number(std::int64_t number, std::int32_t precision);
std::optional<Timestamp> instant_of_double(double number, std::int32_t precision);

std::optional<std::string_view> convert_zone(Context& context, const Call& call,
                                             std::string_view text, std::string_view from,
                                             std::string_view to);

Date current_date(Context& context);
Time current_time(Context& context);
Timestamp local_now(Context& context);
Timestamp now(Context& context);

}  // namespace flink::table::fn
