// SPDX-License-Identifier: Apache-2.0
#include "sim/output_check.h"

#include <flink/check.h>

#include <string_view>

namespace flink::sim {
namespace {

constexpr std::size_t shown_bytes_max = 80;

std::string shown(const std::string& line) {
  return line.size() <= shown_bytes_max ? line : line.substr(0, shown_bytes_max) + "...";
}

std::optional<std::string> lines_difference(const JobOutput& expected, const JobOutput& actual) {
  for (const auto& [line, times] : expected.lines) {
    const auto found = actual.lines.find(line);
    const std::uint64_t there = found == actual.lines.end() ? 0 : found->second;
    if (there == times) continue;
    return detail::concat("the line '", shown(line), "' is there ", there, " times, not ", times);
  }
  for (const auto& [line, times] : actual.lines) {
    if (!expected.lines.contains(line)) {
      return detail::concat("the line '", shown(line), "' is there ", times, " times, not 0");
    }
  }
  return std::nullopt;
}

}  // namespace

JobOutput read_output(const std::map<std::string, std::string>& files) {
  JobOutput out;
  for (const auto& [path, text] : files) {
    const std::string name = path.substr(path.rfind('/') + 1);
    if (name.ends_with(".inprogress")) out.unfinished = path;
    if (name.starts_with('.') || name.starts_with('_') || name.ends_with(".inprogress")) continue;
    std::string_view rest = text;
    while (!rest.empty()) {
      const auto end = rest.find('\n');
      ++out.lines[std::string{rest.substr(0, end)}];
      ++out.total;
      if (end == std::string_view::npos) break;
      rest.remove_prefix(end + 1);
    }
  }
  return out;
}

std::optional<std::string> difference(const JobOutput& expected, const JobOutput& actual) {
  if (!actual.unfinished.empty()) {
    return detail::concat("'", actual.unfinished, "' is left behind");
  }
  const auto lines = lines_difference(expected, actual);
  if (!lines) return std::nullopt;
  return detail::concat("the output differs from that of an undisturbed run (", actual.total,
                        " lines against ", expected.total, "): ", *lines);
}

}  // namespace flink::sim
