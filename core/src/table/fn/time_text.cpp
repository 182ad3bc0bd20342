// SPDX-License-Identifier: Apache-2.0
#include "table/fn/time_text.h"

#include <cmath>
#include <limits>
#include <map>

#include "table/fn/calendar.h"
#include "table/fn/date_pattern.h"
#include "table/fn/text_number.h"
#include "table/fn/text_time.h"
#include "table/time_zone.h"
#include "table/value_text.h"

namespace flink::table::fn {

namespace {

constexpr std::string_view default_pattern = "yyyy-MM-dd HH:mm:ss";

// Compiled patterns of one call; more than a few come from a column, and are not kept.
struct Patterns {
  std::map<std::string, DatePattern, std::less<>> compiled;
};

const DatePattern& pattern_of(const Call& call, std::string_view text, PatternStyle style) {
  auto& compiled = call.state<Patterns>().compiled;
  if (const auto found = compiled.find(text); found != compiled.end()) return found->second;
  if (compiled.size() > 64) compiled.clear();
  return compiled.emplace(std::string{text}, DatePattern{text, style}).first->second;
}

std::optional<std::string_view> formatted(Context& context, const DatePattern& pattern,
                                          Timestamp local) {
  if (!pattern.problem().empty()) return context.fail(pattern.problem());
  const auto text = pattern.format(local);
  if (!text) return context.fail("the date pattern asks for a time zone, which a time has not");
  return context.memory().copy(*text);
}

std::int64_t with_days(std::int64_t local, std::int64_t (*change)(std::int64_t) noexcept) {
  const std::int64_t days = floor_div(local, day_millis);
  return local + (change(days) - days) * day_millis;
}

// Java's old classes know a zone from 1900 on; before that it has the standard time of today.
constexpr std::int64_t zones_begin = -2'208'988'800'000;
std::int64_t standard_offset(const TimeZone& zone) {
  constexpr std::int64_t january = 1'705'276'800'000, july = 1'721'001'600'000;  // 2024
  return std::min(zone.local_of(january) - january, zone.local_of(july) - july);
}

Timestamp in_zone(const TimeZone& zone, std::int64_t instant) {
  const std::int64_t local =
      instant < zones_begin ? instant + standard_offset(zone) : zone.local_of(instant);
  return {with_days(local, &from_julian), 0};
}

// An instant: by the offset that the text says, else by the zone.
std::int64_t instant(const DatePattern::Parsed& parsed, const TimeZone& zone) {
  const std::int64_t local = with_days(parsed.local.millis, &as_julian);
  if (parsed.offset_millis) return local - *parsed.offset_millis;
  if (local >= zones_begin + day_millis) return zone.instant_of(local, true);
  const std::int64_t early = local - standard_offset(zone);
  return early < zones_begin ? early : zone.instant_of(local, true);
}

bool in_range(std::int64_t millis) {
  return millis >= -62'167'219'200'000 && millis <= 253'402'300'799'999;
}

}  // namespace

std::optional<std::string_view> date_format(Context& context, const Call& call, Timestamp stamp,
                                            std::string_view pattern) {
  if (call.arguments[0].is(TypeRoot::timestamp_ltz)) {
    stamp.millis = zone_of(context.session()).local_of(stamp.millis);
  }
  return formatted(context, pattern_of(call, pattern, PatternStyle::formatter), stamp);
}

std::optional<std::string_view> date_format_of_text(Context& context, const Call& call,
                                                    std::string_view text,
                                                    std::string_view pattern) {
  static const DatePattern plain{default_pattern, PatternStyle::simple};
  const auto parsed = plain.parse(text);
  if (!parsed) return {};
  return formatted(context, pattern_of(call, pattern, PatternStyle::formatter), parsed->local);
}

std::optional<std::string_view> from_unix_time(Context& context, const Call& call,
                                               std::int64_t seconds) {
  return from_unix_time_as(context, call, seconds, default_pattern);
}
std::optional<std::string_view> from_unix_time_as(Context& context, const Call& call,
                                                  std::int64_t seconds, std::string_view pattern) {
  return formatted(context, pattern_of(call, pattern, PatternStyle::simple),
                   in_zone(zone_of(context.session()), seconds * 1000));
}

std::optional<std::int64_t> unix_time(Context& context, const Call& call, std::string_view text) {
  return unix_time_as(context, call, text, default_pattern);
}
std::optional<std::int64_t> unix_time_as(Context& context, const Call& call, std::string_view text,
                                         std::string_view pattern) {
  const DatePattern& compiled = pattern_of(call, pattern, PatternStyle::simple);
  if (!compiled.problem().empty()) return context.fail(compiled.problem());
  const auto parsed = compiled.parse(text);
  if (!parsed) return std::numeric_limits<std::int64_t>::min();
  return floor_div(instant(*parsed, zone_of(context.session())), 1000);
}
std::int64_t unix_time_now(Context& context) {
  return floor_div(context.session().now.millis, 1000);
}

std::optional<Date> to_date(std::string_view text) {
  if (text.starts_with(' ')) return {};
  return parse_date(text);
}
std::optional<Date> to_date_as(Context& context, const Call& call, std::string_view text,
                               std::string_view pattern) {
  const DatePattern& compiled = pattern_of(call, pattern, PatternStyle::simple);
  if (!compiled.problem().empty()) return context.fail(compiled.problem());
  const auto parsed = compiled.parse(text);
  if (!parsed) return {};
  return Date{static_cast<std::int32_t>(floor_div(parsed->local.millis, day_millis))};
}

std::optional<Timestamp> to_timestamp(std::string_view text) {
  const auto stamp = parse_timestamp(text);
  if (!stamp) return {};
  return cut(*stamp, 3);
}
std::optional<Timestamp> to_timestamp_as(const Call& call, std::string_view text,
                                         std::string_view pattern) {
  const DatePattern& compiled = pattern_of(call, pattern, PatternStyle::formatter);
  if (!compiled.problem().empty()) return {};
  if (const auto parsed = compiled.parse(text)) return cut(parsed->local, call.result.precision());
  // Also what is a whole timestamp in the usual form.
  if (text.find(' ') == text.npos) return {};
  const auto usual = parse_timestamp(text);
  if (!usual) return {};
  return cut(*usual, call.result.precision());
}

std::optional<Timestamp> to_instant(Context& context, std::string_view text) {
  const auto stamp = parse_timestamp(text);
  if (!stamp) {
    return context.fail("'" + std::string{text} + "' is no timestamp: yyyy-MM-dd[ HH:mm:ss[.fff]]");
  }
  return cut(*stamp, 3);
}
std::optional<Timestamp> to_instant_as(const Call& call, std::string_view text,
                                       std::string_view pattern) {
  return to_timestamp_as(call, text, pattern);
}
std::optional<Timestamp> to_instant_in(Context& context, const Call& call, std::string_view text,
                                       std::string_view pattern, std::string_view zone) {
  const TimeZone* found = TimeZone::find(zone);
  if (!found) return context.fail("there is no time zone '" + std::string{zone} + "'");
  auto stamp = to_timestamp_as(call, text, pattern);
  if (stamp) stamp->millis = found->instant_of(stamp->millis);
  return stamp;
}

std::optional<Timestamp> instant_of_number(std::int64_t number, std::int32_t precision) {
  if (precision < 0 || precision > 9) return {};
  std::int64_t unit = 1;  // so many numbers are a second
  for (std::int32_t i = 0; i < precision; ++i) unit *= 10;
  const std::int64_t seconds = floor_div(number, unit);
  const std::int64_t nanos = floor_mod(number, unit) * (1'000'000'000 / unit);
  if (seconds > 253'402'300'799 || seconds < -62'167'219'200) return {};
  return Timestamp{seconds * 1000 + nanos / 1'000'000,
                   static_cast<std::int32_t>(nanos % 1'000'000)};
}
std::optional<Timestamp> instant_of_double(double number, std::int32_t precision) {
  if (precision == 0) {
    const std::int64_t millis = to_long(number * 1000);
    if (!std::isfinite(number) || !in_range(millis)) return {};
    return Timestamp{millis, 0};
  }
  return instant_of_number(to_long(number), precision);
}

std::optional<std::string_view> convert_zone(Context& context, const Call& call,
                                             std::string_view text, std::string_view from,
                                             std::string_view to) {
  const DatePattern& pattern = pattern_of(call, default_pattern, PatternStyle::simple);
  const auto parsed = pattern.parse(text);
  if (!parsed) return {};
  // A zone that is not known is GMT, as in Java.
  const TimeZone* source = TimeZone::find(from);
  const TimeZone* target = TimeZone::find(to);
  const std::int64_t at = instant(*parsed, source ? *source : *TimeZone::utc());
  return formatted(context, pattern, in_zone(target ? *target : *TimeZone::utc(), at));
}

Date current_date(Context& context) {
  const std::int64_t local = local_now(context).millis;
  return {static_cast<std::int32_t>(floor_div(local, day_millis))};
}
Time current_time(Context& context) {
  const std::int64_t local = local_now(context).millis;
  return {static_cast<std::int32_t>(floor_mod(local, day_millis))};
}
Timestamp local_now(Context& context) {
  return {zone_of(context.session()).local_of(context.session().now.millis), 0};
}
Timestamp now(Context& context) { return context.session().now; }

}  // namespace flink::table::fn
