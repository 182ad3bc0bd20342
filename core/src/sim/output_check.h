// SPDX-License-Identifier: Apache-2.0
// What a job has written, as far as it can be compared between runs: the lines of all visible
// files, as a multiset. Pure functions.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace flink::sim {

struct JobOutput {
  std::vector<std::string> lines;  // sorted
  std::string unfinished;          // a file that a finished job must not leave behind; empty: none
};

// Files by path. Hidden ones (".x", "_x") and those below `except` do not count.
JobOutput read_output(const std::map<std::string, std::string>& files,
                      std::string_view except = {});

// A file that a job has left where its checkpoints were, though it has ended; its result may stay.
std::optional<std::string> left_of_checkpoints(const std::map<std::string, std::string>& files,
                                               std::string_view checkpoints);

// What the first difference is, for people; nothing when they are equal.
std::optional<std::string> difference(const JobOutput& expected, const JobOutput& actual);

}  // namespace flink::sim
