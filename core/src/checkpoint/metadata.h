// SPDX-License-Identifier: Apache-2.0
// `_metadata`: all that a checkpoint or savepoint knows, in one file that proves itself.
//
//   magic[8]  version u32  schema length u32  content length u64   (little-endian)
//   schema    of Metadata, as text: what a later version needs to read older content
//   content   Serializer<Metadata>
//   XXH3-64   of everything before it; every version ends so
//
// Paths of files beside it, or in the job's directory above, are held relative to it, so that a
// savepoint or a job's whole directory may be moved. Plain values; any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/durable_file.h"
#include "base/ids.h"
#include "state/handles.h"

namespace flink::checkpoint {

using base::parent_of;

inline constexpr std::uint32_t metadata_version = 2;
inline constexpr std::string_view metadata_name = "_metadata";

struct SubtaskState {
  bool finished = false;  // it had nothing more to do; it has no state
  state::OperatorSubtaskState state;
};

struct OperatorState {
  std::uint64_t operator_high = 0, operator_low = 0;  // base::OperatorId
  std::string uid;                                    // empty: it had none
  std::string name;
  std::int32_t parallelism = 1;
  std::int32_t max_parallelism = 128;
  std::vector<SubtaskState> subtasks;      // by index; as many as the parallelism
  std::optional<std::string> coordinator;  // OperatorCoordinator::checkpoint()

  base::OperatorId id() const { return {operator_high, operator_low}; }
  bool fully_finished() const;
  // Anything that would be lost if the operator were not there.
  bool has_state() const;
  std::string shown() const;  // "'count' (uid count-words)"
};

struct Metadata {
  std::uint64_t job_high = 0, job_low = 0;  // base::JobId
  std::string job_name;
  std::int64_t checkpoint_id = 0;
  std::uint64_t epoch = 0;  // the number of the JobManager that wrote it, of all the job has had
  bool savepoint = false;
  bool stop = false;  // the savepoint with which the job was stopped
  bool last = false;  // of a job whose tasks have all finished
  std::int64_t triggered_millis = 0;
  std::uint64_t graph_fingerprint = 0;   // JobGraph::fingerprint
  std::vector<OperatorState> operators;  // upstream first

  base::JobId job() const { return {job_high, job_low}; }
};

// `directory`: where the file will lie.
std::string encode_metadata(Metadata metadata, const std::string& directory);
// `path`: of the file; its directory is where relative paths start. Throws Error{user} that says
// what is wrong with the file and what to do.
Metadata decode_metadata(std::string_view bytes, const std::string& path);

// Every file that it refers to; one that is referred to twice comes twice.
struct FileRef {
  const std::string& path;
  std::uint64_t bytes;
  const std::vector<std::uint64_t>& checksums;  // XXH3 of each 64 KiB
};
void for_each_file(const Metadata& metadata, const std::function<void(FileRef)>& visit);
// Their paths.
std::set<std::string> files_of(const Metadata& metadata);
std::set<std::string> files_of(const state::TaskSnapshot& snapshot);

}  // namespace flink::checkpoint
