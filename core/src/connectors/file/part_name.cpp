// SPDX-License-Identifier: Apache-2.0
#include "connectors/file/part_name.h"

#include <flink/check.h>

#include <charconv>

namespace flink::connectors {
namespace {

constexpr std::size_t job_digits = 12;
constexpr std::size_t sink_digits = 8;

// Takes "<number>" off the front.
template <class Number>
bool take_number(std::string_view& text, Number& number) {
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

bool take_hex(std::string_view& text, std::size_t digits, std::string& out) {
  out = text.substr(0, digits);
  if (out.size() < digits || out.find_first_not_of("0123456789abcdef") != std::string::npos) {
    return false;
  }
  text.remove_prefix(digits);
  return true;
}

}  // namespace

std::string job_tag(std::string_view job_id) { return std::string{job_id.substr(0, job_digits)}; }

std::string sink_tag(std::string_view directory) {
  std::uint32_t hash = 2166136261u;  // FNV-1a
  for (const char c : directory) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619u;
  std::string digits(sink_digits, '0');
  for (auto at = digits.rbegin(); at != digits.rend(); ++at, hash >>= 4) {
    *at = "0123456789abcdef"[hash & 15];
  }
  return digits;
}

std::string part_stem(const PartName& part) {
  std::string stem = detail::concat("part-", part.subtask, "-", part.job);
  if (part.restored) stem += detail::concat("-r", *part.restored);
  if (!part.sink.empty()) stem += "-b" + part.sink;
  return detail::concat(stem, "-", part.attempt, "-", part.number);
}

std::string pending_path(std::string_view path) {
  const auto name = path.rfind('/') + 1;  // 0 when there is none
  return detail::concat(path.substr(0, name), '.', path.substr(name), pending_suffix);
}

std::optional<PartName> parse_part_name(std::string_view name) {
  PartName part;
  if (name.ends_with(in_progress_suffix)) {
    part.in_progress = true;
    name.remove_suffix(in_progress_suffix.size());
  } else if (name.ends_with(pending_suffix)) {
    part.pending = true;
    name.remove_suffix(pending_suffix.size());
    take(name, ".");
  }
  if (!take(name, "part-") || !take_number(name, part.subtask) || !take(name, "-")) return {};
  if (!take_hex(name, job_digits, part.job)) return {};
  if (take(name, "-r") && !take_number(name, part.restored.emplace())) return {};
  if (take(name, "-b") && !take_hex(name, sink_digits, part.sink)) return {};
  if (!take(name, "-") || !take_number(name, part.attempt) || !take(name, "-") ||
      !take_number(name, part.number) || !(name.empty() || name.front() == '.')) {
    return {};
  }
  return part;
}

}  // namespace flink::connectors
