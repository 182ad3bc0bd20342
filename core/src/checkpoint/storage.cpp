// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/storage.h"

#include <flink/base/check.h>
#include <flink/error.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <limits>
#include <optional>

namespace flink::checkpoint {
namespace {

using detail::concat;

constexpr std::string_view chk_prefix = "chk-";

std::string name_of(const std::string& path) {
  const auto slash = path.find_last_of('/');
  return slash == std::string::npos ? path : path.substr(slash + 1);
}

std::optional<std::int64_t> id_of(const std::string& name) {
  if (!name.starts_with(chk_prefix)) return std::nullopt;
  std::int64_t id = 0;
  const auto* end = name.data() + name.size();
  const auto [stop, error] = std::from_chars(name.data() + chk_prefix.size(), end, id);
  if (error != std::errc{} || stop != end || id < 0) return std::nullopt;
  return id;
}

// Where _metadata is, given its directory or itself.
std::string locate(base::FileSystem& files, const std::string& where) {
  auto path = local_path(where, "the checkpoint or savepoint");
  const auto status = files.status(path);
  if (!status) {
    throw Error{ErrorKind::user,
                concat("there is no checkpoint or savepoint at '", path, "': nothing is there")};
  }
  if (!status->is_directory) return path;
  auto metadata = concat(path, "/", metadata_name);
  if (!files.status(metadata)) {
    const auto ids = checkpoint_ids(files, path);
    const auto hint =
        ids.empty() ? std::string{"name a directory chk-<n> or savepoint-<...>"}
                    : concat("it is a job's directory: name ", path, "/", chk_prefix, ids.back());
    throw Error{ErrorKind::user, concat("there is no checkpoint or savepoint at '", path,
                                        "': the directory has no ", metadata_name, "; ", hint)};
  }
  return metadata;
}

// The one name that it has without links.
std::string real_path(base::FileSystem& files, const std::string& path) {
  const auto local = files.local_path(path);
  if (!local) return path;
  std::error_code failed;
  const auto real = std::filesystem::weakly_canonical(*local, failed);
  return failed ? path : real.string();
}

}  // namespace

std::string local_path(std::string_view text, std::string_view what,
                       std::string_view working_directory) {
  const auto here = working_directory.empty() ? base::working_directory() : std::string{};
  const auto path =
      base::Path::absolute(text, here.empty() ? working_directory : std::string_view{here}, what);
  if (path.is_local()) return path.text();
  throw Error{ErrorKind::user,
              concat(what, ": '", text, "': only local files (file:) can hold checkpoints")};
}

std::string checkpoint_directory(const std::string& job_directory, std::int64_t checkpoint_id) {
  return concat(job_directory, "/", chk_prefix, checkpoint_id);
}

void make_job_directory(base::FileSystem& files, const Settings& settings, const base::JobId& job) {
  if (settings.temporary && !files.status(settings.directory)) {
    files.create_private_directory(settings.directory);
  }
  make_durable_directory(files, settings.job_directory(job));
}

std::string make_savepoint_directory(base::FileSystem& files, const std::string& target,
                                     const base::JobId& job, base::Random& random) {
  const auto id = base::JobId::random(random).hex();
  const auto path = concat(local_path(target, "the savepoint directory"), "/savepoint-",
                           job.hex().substr(0, 6), "-", id.substr(0, 12));
  if (files.status(path)) throw Error{ErrorKind::transient, concat("'", path, "' exists already")};
  make_durable_directory(files, path);
  return path;
}

Located read_checkpoint(base::FileSystem& files, const std::string& where) {
  const auto path = locate(files, where);
  Located out{path, decode_metadata(read_whole(files, path), path)};
  if (const auto wrong = find_missing(files, out.metadata)) {
    throw Error{ErrorKind::user, concat("cannot restore from '", path, "': its file ", *wrong,
                                        "; put it back, or take another checkpoint or savepoint")};
  }
  return out;
}

std::optional<std::string> find_missing(base::FileSystem& files, const Metadata& metadata) {
  std::optional<std::string> wrong;
  std::set<std::string> checked;
  for_each_file(metadata, [&](FileRef file) {
    if (wrong || !checked.insert(file.path).second) return;
    const auto status = files.status(file.path);
    if (!status) {
      wrong = concat("'", file.path, "' is not there");
    } else if (status->size != file.bytes) {
      wrong = concat("'", file.path, "' has ", status->size, " bytes and should have ", file.bytes);
    }
  });
  return wrong;
}

std::vector<std::int64_t> checkpoint_ids(base::FileSystem& files,
                                         const std::string& job_directory) {
  std::vector<std::int64_t> ids;
  const auto status = files.status(job_directory);
  if (!status || !status->is_directory) return ids;
  for (const auto& entry : files.list(job_directory)) {
    if (const auto id = id_of(name_of(entry.path))) ids.push_back(*id);
  }
  std::sort(ids.begin(), ids.end());
  return ids;
}

std::string remove_files(base::FileSystem& files, const std::set<std::string>& paths) {
  std::string problem;
  for (const auto& path : paths) {
    try {
      files.remove(path);
    } catch (const Error& error) {
      if (problem.empty()) problem = error.message();
    }
  }
  return problem;
}

std::string remove_garbage(base::FileSystem& files, const Garbage& garbage) {
  std::string problem;
  const auto attempt = [&](const auto& step) {
    try {
      step();
    } catch (const Error& error) {
      if (problem.empty()) problem = error.message();
    }
  };
  // First what makes it a checkpoint, so that no half of one looks whole.
  std::set<std::string> maybe_empty;
  for (const auto& directory : garbage.directories) {
    maybe_empty.insert(directory);
    attempt([&] {
      if (!files.status(directory)) return;
      for (const auto& entry : files.list(directory)) {
        const auto name = name_of(entry.path);
        if (name.starts_with(metadata_name) || name.starts_with(claimed_name)) {
          files.remove(entry.path);
        }
      }
    });
  }
  if (const auto failed = remove_files(files, garbage.files); problem.empty()) problem = failed;
  for (const auto& file : garbage.files) {
    const auto directory = parent_of(file);
    if (name_of(directory) != shared_name) maybe_empty.insert(directory);
  }
  for (const auto& directory : maybe_empty) {
    attempt([&] {
      if (files.status(directory) && files.list(directory).empty()) files.remove(directory);
    });
  }
  for (const auto& directory : garbage.unfinished) {
    attempt([&] { remove_tree(files, directory); });
  }
  return problem;
}

void remove_tree(base::FileSystem& files, const std::string& directory) {
  if (!files.status(directory)) return;
  for (const auto& entry : files.list(directory)) {
    if (entry.is_directory) remove_tree(files, entry.path);
    else files.remove(entry.path);
  }
  files.remove(directory);
}

void dispose_savepoint(base::FileSystem& files, const std::string& where,
                       const std::set<std::string>& in_use) {
  const auto path = real_path(files, locate(files, where));
  const auto metadata = decode_metadata(read_whole(files, path), path);
  const auto directory = parent_of(path);
  if (!metadata.savepoint) {
    throw Error{ErrorKind::user,
                concat("'", directory, "' is a checkpoint of job ", metadata.job().hex(),
                       ", which removes its own checkpoints itself: only savepoints are disposed "
                       "of; what a job that has ended was told to keep, remove by hand")};
  }
  for (const auto& needed : in_use) {
    auto real = real_path(files, needed);
    if (name_of(real) == metadata_name) real = parent_of(real);
    if (real != directory) continue;
    throw Error{ErrorKind::user,
                concat("'", directory, "' is needed: when a task fails, a job starts from it; ",
                       "dispose of it when a newer checkpoint is complete")};
  }
  for (const auto& entry : files.list(directory)) {
    if (!name_of(entry.path).starts_with(claimed_name)) continue;
    throw Error{ErrorKind::user,
                concat("'", directory,
                       "' was claimed by a job, which removes it itself once it "
                       "needs it no more; when that job is gone for good, remove it by hand")};
  }
  files.remove(path);
  files.sync_directory(directory);
  std::set<std::string> own;
  for (const auto& file : files_of(metadata)) {
    if (real_path(files, file).starts_with(directory + "/")) own.insert(file);
  }
  if (const auto problem = remove_files(files, own); !problem.empty()) {
    throw Error{ErrorKind::transient, problem};
  }
  if (files.list(directory).empty()) files.remove(directory);
}

}  // namespace flink::checkpoint
