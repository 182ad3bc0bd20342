// SPDX-License-Identifier: Apache-2.0
// Checkpoints on a file system, in Flink's layout: <dir>/<job-id>/{shared,taskowned,chk-<n>}, and
// savepoints in savepoint-<job>-<random>. A file gets its name only when its bytes are durable, so
// a crash leaves the old or the new one. No state; every call blocks: helpers only. All throw
// Error.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/durable_file.h"
#include "base/file_system.h"
#include "base/ids.h"
#include "base/random.h"
#include "checkpoint/completed.h"
#include "checkpoint/metadata.h"
#include "checkpoint/settings.h"

namespace flink::checkpoint {

using base::make_durable_directory;
using base::read_whole;
using base::write_durably;

inline constexpr std::string_view shared_name = "shared";
inline constexpr std::string_view taskowned_name = "taskowned";
inline constexpr std::string_view claimed_name = "_claimed";  // and who did, in a savepoint

// A base::Path made absolute where it comes in: on the JobManager, or where a command runs. Without
// a working directory it is that of this process. Throws Error{user}, which begins with `what`, for
// no path and for other schemes than file:.
std::string local_path(std::string_view text, std::string_view what,
                       std::string_view working_directory = {});

std::string checkpoint_directory(const std::string& job_directory, std::int64_t checkpoint_id);

// <directory>/<job>, made; the directory too, for this user alone, when it goes with the job.
void make_job_directory(base::FileSystem& files, const Settings& settings, const base::JobId& job);
// <target>/savepoint-<first 6 of the job's id>-<12 digits>, made.
std::string make_savepoint_directory(base::FileSystem& files, const std::string& target,
                                     const base::JobId& job, base::Random& random);

struct Located {
  std::string path;  // of _metadata, absolute
  Metadata metadata;
};
// `where`: the checkpoint's directory or its _metadata. Also checks that the files it refers to are
// there with their sizes.
Located read_checkpoint(base::FileSystem& files, const std::string& where);

// A file that it refers to and that is not there with its size, and what is wrong with it.
std::optional<std::string> find_missing(base::FileSystem& files, const Metadata& metadata);

// Ids of the chk-<n> directories of a job, ascending; none when there is no such directory.
std::vector<std::int64_t> checkpoint_ids(base::FileSystem& files, const std::string& job_directory);

// Files that are gone already are no error; goes on after failures, returns the first one's
// message.
std::string remove_files(base::FileSystem& files, const std::set<std::string>& paths);
// Goes on after failures, returns the first one's message. A directory of a complete checkpoint
// stays as long as anything is in it that the garbage does not name.
std::string remove_garbage(base::FileSystem& files, const Garbage& garbage);
// The directory with what is in it.
void remove_tree(base::FileSystem& files, const std::string& directory);
// A savepoint: _metadata first, so that no half of it looks whole; then what lies beside it.
// `in_use`: what running jobs may start from again, by whatever name it goes there. Throws
// Error{user} when there is none, it is in use, a job has claimed it, or it is a checkpoint: a job
// removes those itself.
void dispose_savepoint(base::FileSystem& files, const std::string& where,
                       const std::set<std::string>& in_use = {});

}  // namespace flink::checkpoint
