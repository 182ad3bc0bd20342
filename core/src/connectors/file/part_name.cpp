// SPDX-License-Identifier: Apache-2.0
#include "connectors/file/part_name.h"

#include <flink/base/check.h>

#include <charconv>

#include "base/recoverable_writer.h"

namespace flink::connectors {
namespace {

constexpr std::size_t id_digits = 32;
// Of earlier builds, whose names had these digits of the job's id and perhaps of a hash of the
// sink's directory.
constexpr std::size_t old_job_digits = 12;
constexpr std::size_t old_sink_digits = 8;

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
  const auto taken = text.substr(0, digits);
  if (taken.size() < digits || taken.find_first_not_of("0123456789abcdef") != taken.npos) {
    return false;
  }
  out = taken;
  text.remove_prefix(digits);
  return true;
}

bool take_owner(std::string_view& text, PartName& part) {
  if (take_hex(text, id_digits, part.job)) {
    return take(text, "-") && take_hex(text, id_digits, part.op);
  }
  return take_hex(text, old_job_digits, part.job);
}

}  // namespace

std::string owner_mark(std::string_view job_id, std::string_view operator_id) {
  return detail::concat("-", job_id, "-", operator_id, "-");
}

std::string part_stem(const PartName& part) {
  std::string stem = detail::concat("part-", part.subtask, owner_mark(part.job, part.op));
  if (part.after) stem += detail::concat("r", *part.after, "-");
  return detail::concat(stem, part.attempt, "-", part.number);
}

std::optional<PartName> parse_part_name(std::string_view name) {
  PartName part;
  if (name.ends_with(base::in_progress_suffix)) {
    part.in_progress = true;
    name.remove_suffix(base::in_progress_suffix.size());
  } else if (name.ends_with(base::pending_suffix)) {
    part.pending = true;
    name.remove_suffix(base::pending_suffix.size());
    take(name, ".");  // earlier builds gave pending parts none
  }
  if (!take(name, "part-") || !take_number(name, part.subtask) || !take(name, "-")) return {};
  if (!take_owner(name, part)) return {};
  if (take(name, "-r") && !take_number(name, part.after.emplace())) return {};
  std::string hash_of_directory;
  if (part.op.empty() && take(name, "-b") && !take_hex(name, old_sink_digits, hash_of_directory)) {
    return {};
  }
  if (!take(name, "-") || !take_number(name, part.attempt) || !take(name, "-") ||
      !take_number(name, part.number) || !(name.empty() || name.front() == '.')) {
    return {};
  }
  return part;
}

}  // namespace flink::connectors
