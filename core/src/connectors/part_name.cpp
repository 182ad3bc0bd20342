// SPDX-License-Identifier: Apache-2.0
#include "connectors/part_name.h"

#include <flink/check.h>

#include <charconv>

namespace flink::connectors {
namespace {

constexpr std::size_t tag_digits = 12;

// Takes "<number>" off the front.
bool take_number(std::string_view& text, int& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || number < 0) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return true;
}
bool take(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

}  // namespace

std::string job_tag(std::string_view job_id) { return std::string{job_id.substr(0, tag_digits)}; }

std::string part_stem(int subtask, std::string_view job_id, int attempt, int number) {
  return detail::concat("part-", subtask, "-", job_tag(job_id), "-", attempt, "-", number);
}

std::optional<PartName> parse_part_name(std::string_view name) {
  PartName part;
  if (name.ends_with(in_progress_suffix)) {
    part.in_progress = true;
    name.remove_suffix(in_progress_suffix.size());
  }
  if (!take(name, "part-") || !take_number(name, part.subtask) || !take(name, "-")) return {};
  part.job = name.substr(0, tag_digits);
  if (part.job.size() < tag_digits ||
      part.job.find_first_not_of("0123456789abcdef") != std::string::npos) {
    return {};
  }
  name.remove_prefix(tag_digits);
  if (!take(name, "-") || !take_number(name, part.attempt) || !take(name, "-") ||
      !take_number(name, part.number) || !(name.empty() || name.front() == '.')) {
    return {};
  }
  return part;
}

}  // namespace flink::connectors
