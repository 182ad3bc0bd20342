// SPDX-License-Identifier: Apache-2.0
#include "table/time_zone.h"

#include <absl/time/internal/cctz/include/cctz/civil_time.h>
#include <absl/time/internal/cctz/include/cctz/time_zone.h>

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "table/fn/calendar.h"

namespace flink::table {

namespace {

namespace cctz = absl::time_internal::cctz;

class Fixed final : public TimeZone {
 public:
  explicit Fixed(std::int64_t offset) : offset_(offset) {}
  std::int64_t local_of(std::int64_t instant) const override { return instant + offset_; }
  std::int64_t instant_of(std::int64_t local, bool) const override { return local - offset_; }

 private:
  std::int64_t offset_;
};

class Region final : public TimeZone {
 public:
  explicit Region(cctz::time_zone zone) : zone_(std::move(zone)) {}

  std::int64_t local_of(std::int64_t instant) const override {
    const std::int64_t seconds = fn::floor_div(instant, 1000);
    return instant + zone_.lookup(at(seconds)).offset * std::int64_t{1000};
  }
  std::int64_t instant_of(std::int64_t local, bool later) const override {
    const std::int64_t seconds = fn::floor_div(local, 1000);
    const cctz::civil_second civil = cctz::civil_second{1970, 1, 1, 0, 0, 0} + seconds;
    const auto found = zone_.lookup(civil);
    const bool repeated = found.kind == cctz::time_zone::civil_lookup::REPEATED;
    const auto instant = repeated && later ? found.post : found.pre;
    return instant.time_since_epoch().count() * 1000 + fn::floor_mod(local, 1000);
  }

 private:
  static cctz::time_point<cctz::seconds> at(std::int64_t seconds) {
    return cctz::time_point<cctz::seconds>{cctz::seconds{seconds}};
  }

  cctz::time_zone zone_;
};

// Digits of "8", "08", "0830", "08:30", "08:30:15" as seconds.
std::optional<std::int64_t> parse_offset(std::string_view text) {
  int parts[3] = {0, 0, 0};
  int part = 0;
  std::size_t digits = 0;
  const bool colons = text.find(':') != std::string_view::npos;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == ':') {
      if (digits == 0 || ++part > 2) return {};
      digits = 0;
      continue;
    }
    if (text[i] < '0' || text[i] > '9') return {};
    if (digits == 2) {
      if (colons || ++part > 2) return {};
      digits = 0;
    }
    parts[part] = parts[part] * 10 + text[i] - '0';
    ++digits;
  }
  if (digits == 0 || (part > 0 && digits != 2) || parts[0] > 18 || parts[1] > 59 || parts[2] > 59) {
    return {};
  }
  return parts[0] * 3600 + parts[1] * 60 + parts[2];
}

std::unique_ptr<TimeZone> make_zone(std::string_view name) {
  std::string_view rest = name;
  for (const std::string_view prefix : {"UTC", "GMT", "UT"}) {
    if (rest.starts_with(prefix) && (rest.size() == prefix.size() || rest[prefix.size()] == '+' ||
                                     rest[prefix.size()] == '-')) {
      rest.remove_prefix(prefix.size());
      break;
    }
  }
  if (rest.empty() || name == "Z") return name.empty() ? nullptr : std::make_unique<Fixed>(0);
  if (rest[0] == '+' || rest[0] == '-') {
    const auto seconds = parse_offset(rest.substr(1));
    if (!seconds) return nullptr;
    return std::make_unique<Fixed>((rest[0] == '-' ? -*seconds : *seconds) * 1000);
  }
  cctz::time_zone zone;
  if (name.find("..") != std::string_view::npos || name.front() == '/' || name == "localtime" ||
      !cctz::load_time_zone(std::string{name}, &zone)) {
    return nullptr;
  }
  return std::make_unique<Region>(std::move(zone));
}

}  // namespace

const TimeZone* TimeZone::find(std::string_view name) {
  static std::mutex mutex;
  static std::map<std::string, std::unique_ptr<TimeZone>, std::less<>> known;
  const std::lock_guard lock(mutex);
  if (const auto found = known.find(name); found != known.end()) return found->second.get();
  auto zone = make_zone(name);
  if (!zone) return nullptr;
  return known.emplace(std::string{name}, std::move(zone)).first->second.get();
}

const TimeZone* TimeZone::find_for_session(std::string_view name) {
  const bool offset = name.find_first_of("+-") <= 3 && !name.starts_with("GMT");
  return offset || name == "Z" || name == "UT" ? nullptr : find(name);
}

const TimeZone* TimeZone::utc() {
  static const Fixed zone{0};
  return &zone;
}

}  // namespace flink::table
