// SPDX-License-Identifier: Apache-2.0
// The target of an HTTP request taken apart: "/v1/jobs/ab?mode=cancel". Input is hostile: what is
// not plainly a path of ours is refused with the status to answer. No state; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace flink::rest {

inline constexpr std::size_t target_bytes_max = 4096;

struct RequestTarget {
  std::string path;                   // as sent, without query; for messages
  std::vector<std::string> segments;  // decoded, without a leading "v1"
  std::vector<std::pair<std::string, std::string>> query;

  std::optional<std::string_view> parameter(
      std::string_view name) const;  // the first with this name
};

struct ParsedTarget {
  int status = 200;  // otherwise 400 or 414, and no target
  RequestTarget target;
};

ParsedTarget parse_target(std::string_view text);

// "%41" becomes "A"; nothing for a broken escape.
std::optional<std::string> percent_decoded(std::string_view text);

}  // namespace flink::rest
