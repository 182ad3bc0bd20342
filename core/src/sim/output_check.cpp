// SPDX-License-Identifier: Apache-2.0
#include "sim/output_check.h"

#include <flink/base/check.h>

#include <algorithm>
#include <cstddef>

#include "sim/checkers.h"

namespace flink::sim {
namespace {

constexpr std::size_t shown_bytes_max = 80;

std::string shown(const std::string& line) {
  return line.size() <= shown_bytes_max ? line : line.substr(0, shown_bytes_max) + "...";
}

// How often the line at `at` is there: lines are sorted.
std::size_t times(const std::vector<std::string>& lines, std::size_t at) {
  const std::size_t begin = at;
  while (at < lines.size() && lines[at] == lines[begin]) ++at;
  return at - begin;
}

// The first line that is there more or less often; nothing when there is none.
std::optional<std::string> lines_difference(const JobOutput& expected, const JobOutput& actual) {
  std::size_t e = 0, a = 0;
  while (e < expected.lines.size() || a < actual.lines.size()) {
    const bool has_expected = e < expected.lines.size(), has_actual = a < actual.lines.size();
    const bool first = has_expected && (!has_actual || expected.lines[e] <= actual.lines[a]);
    const std::string& line = first ? expected.lines[e] : actual.lines[a];
    const auto wanted = first ? times(expected.lines, e) : 0;
    const auto there = has_actual && actual.lines[a] == line ? times(actual.lines, a) : 0;
    if (wanted != there) {
      return detail::concat("the line '", shown(line), "' is there ", there, " times, not ",
                            wanted);
    }
    e += wanted;
    a += there;
  }
  return std::nullopt;
}

}  // namespace

JobOutput read_output(const std::map<std::string, std::string>& files, std::string_view except) {
  JobOutput out;
  for (const auto& [path, text] : files) {
    if (!except.empty() && path.starts_with(except)) continue;
    if (is_spilled(path)) continue;
    const std::string name = path.substr(path.rfind('/') + 1);
    const bool unfinished = name.ends_with(".inprogress") || name.ends_with(".pending");
    if (unfinished) out.unfinished = path;
    if (unfinished || name.starts_with('.') || name.starts_with('_')) continue;
    std::string_view rest = text;
    while (!rest.empty()) {
      const auto end = rest.find('\n');
      out.lines.emplace_back(rest.substr(0, end));
      if (end == std::string_view::npos) break;
      rest.remove_prefix(end + 1);
    }
  }
  std::sort(out.lines.begin(), out.lines.end());
  return out;
}

namespace {

// How the job ended, and the epoch that proves it.
bool stays(const std::map<std::string, std::string>& files, std::string_view path) {
  constexpr std::string_view epoch = "/ha/epoch-", result = "/ha/result-";
  if (path.find(result) != std::string_view::npos) return true;
  const auto at = path.find(epoch);
  if (at == std::string_view::npos) return false;
  return files.contains(detail::concat(path.substr(0, at), result, path.substr(at + epoch.size())));
}

}  // namespace

std::optional<std::string> left_of_checkpoints(const std::map<std::string, std::string>& files,
                                               std::string_view checkpoints) {
  for (const auto& [path, bytes] : files) {
    if (!path.starts_with(checkpoints) || stays(files, path)) continue;
    return detail::concat("'", path, "' is left behind, though nothing needs it any more");
  }
  return std::nullopt;
}

std::optional<std::string> difference(const JobOutput& expected, const JobOutput& actual) {
  if (!actual.unfinished.empty()) {
    return detail::concat("'", actual.unfinished, "' is left behind");
  }
  if (expected.lines == actual.lines) return std::nullopt;
  const auto lines = lines_difference(expected, actual);
  return detail::concat("the output differs from that of an undisturbed run (", actual.lines.size(),
                        " lines against ", expected.lines.size(), "): ", *lines);
}

}  // namespace flink::sim
