// SPDX-License-Identifier: Apache-2.0
// Names of part files: see flink/connectors/part_files.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace flink::connectors {

inline constexpr std::string_view in_progress_suffix = ".inprogress";
inline constexpr std::string_view pending_suffix = ".pending";

struct PartName {
  int subtask = 0;
  std::string job;                       // 12 hexadecimal digits
  std::optional<std::int64_t> restored;  // the checkpoint that the job was restored from
  std::string sink;                      // with buckets: 8 hexadecimal digits
  int attempt = 0;
  int number = 0;
  bool in_progress = false;
  bool pending = false;  // handed over
  bool finished() const { return !in_progress && !pending; }
};

// The part of a job's id that goes into names.
std::string job_tag(std::string_view job_id);
// Tells sinks apart whose directories lie in one another.
std::string sink_tag(std::string_view directory);
// "part-0-0123456789ab-0-0": without suffixes.
std::string part_stem(const PartName& part);
// "out/.part-0-0123456789ab-0-0.csv.pending", of the part's path: hidden from people's globs too.
std::string pending_path(std::string_view path);
// Nothing for names that no file sink gives. Earlier builds gave pending parts no leading dot.
std::optional<PartName> parse_part_name(std::string_view name);

}  // namespace flink::connectors
