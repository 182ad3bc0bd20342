// SPDX-License-Identifier: Apache-2.0
// Small files that a crash leaves old or new, never half. Every call blocks and throws Error.
#pragma once

#include <string>
#include <string_view>

#include "base/file_system.h"

namespace flink::base {

// "/a/b" of "/a/b/c"; "." when there is none.
std::string parent_of(const std::string& path);
// Makes the directory and the names on the way to it durable.
void make_durable_directory(FileSystem& files, const std::string& directory);
// Writes beside, syncs, renames, syncs the directory.
void write_durably(FileSystem& files, const std::string& path, std::string_view bytes);
// Refuses what is longer than any file of ours.
std::string read_whole(FileSystem& files, const std::string& path);

}  // namespace flink::base
