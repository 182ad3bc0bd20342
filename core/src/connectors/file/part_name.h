// SPDX-License-Identifier: Apache-2.0
// Names of part files: see flink/connectors/file/part_files.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace flink::connectors {

struct PartName {
  int subtask = 0;
  std::string job;                    // 32 hexadecimal digits; 12 in names of earlier builds
  std::string op;                     // 32 hexadecimal digits; empty in names of earlier builds
  std::optional<std::int64_t> after;  // the newest checkpoint when it was begun
  int attempt = 0;
  int number = 0;
  bool in_progress = false;
  bool pending = false;  // handed over
  bool finished() const { return !in_progress && !pending; }
  // Of that job, as far as the name tells: what an earlier build wrote has a part of the id only.
  bool may_be_of(std::string_view job_id) const { return job_id.starts_with(job); }
};

// How many directories a bucket may lie below its sink's.
inline constexpr int bucket_depth_max = 64;

// What the names of all parts of that sink carry, and no others: who may remove them.
std::string owner_mark(std::string_view job_id, std::string_view operator_id);
// "part-0-<job>-<operator>-r5-0-0": without suffixes.
std::string part_stem(const PartName& part);
// Nothing for names that no file sink gives.
std::optional<PartName> parse_part_name(std::string_view name);

}  // namespace flink::connectors
