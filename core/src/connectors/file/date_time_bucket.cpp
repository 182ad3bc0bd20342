// SPDX-License-Identifier: Apache-2.0
// Names of buckets from the time: a pattern cut into fields and text once, then put together.
#include <flink/base/check.h>
#include <flink/connectors/file/file_sink_policies.h>
#include <flink/error.h>

#include <chrono>

namespace flink {
namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

void append_digits(std::string& out, std::int64_t value, std::size_t width) {
  const std::string digits = std::to_string(value);
  if (digits.size() < width) out.append(width - digits.size(), '0');
  out += digits;
}

}  // namespace

DateTimeBucketAssigner::DateTimeBucketAssigner(std::string_view pattern) {
  const auto fail = [&](std::string_view why) {
    throw Error{ErrorKind::user, detail::concat("DateTimeBucketAssigner(\"", pattern, "\"): ", why,
                                                "; known are yyyy MM dd HH mm ss and 'text'")};
  };
  for (std::size_t at = 0; at < pattern.size();) {
    const char c = pattern[at];
    if (c == '\'') {
      const auto end = pattern.find('\'', at + 1);
      if (end == std::string_view::npos) fail("a quote is not closed");
      pieces_.push_back({'\0', std::string{pattern.substr(at + 1, end - at - 1)}});
      at = end + 1;
      continue;
    }
    std::size_t end = at;
    while (end < pattern.size() && pattern[end] == c) ++end;
    const auto run = pattern.substr(at, end - at);
    if (!is_letter(c)) {
      pieces_.push_back({'\0', std::string{run}});
    } else if (run == "yyyy" || run == "MM" || run == "dd" || run == "HH" || run == "mm" ||
               run == "ss") {
      pieces_.push_back({c, {}});
    } else {
      fail(detail::concat('"', run, "\" is no field"));
    }
    at = end;
  }
}

std::string DateTimeBucketAssigner::format(Timestamp at) const {
  const auto day = std::chrono::floor<std::chrono::days>(at);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss time{std::chrono::floor<std::chrono::seconds>(at - day)};
  std::string out;
  for (const Piece& piece : pieces_) {
    switch (piece.field) {
      case 'y':
        append_digits(out, static_cast<int>(date.year()), 4);
        break;
      case 'M':
        append_digits(out, static_cast<unsigned>(date.month()), 2);
        break;
      case 'd':
        append_digits(out, static_cast<unsigned>(date.day()), 2);
        break;
      case 'H':
        append_digits(out, time.hours().count(), 2);
        break;
      case 'm':
        append_digits(out, time.minutes().count(), 2);
        break;
      case 's':
        append_digits(out, time.seconds().count(), 2);
        break;
      default:
        out += piece.text;
    }
  }
  return out;
}

}  // namespace flink
