// SPDX-License-Identifier: Apache-2.0
// Files of the operating system that have no size: pipes, terminals, devices, /proc and /sys.
#pragma once

#include <sys/stat.h>

#include <memory>
#include <string>

#include "base/file_system.h"

namespace flink::fs {

// The name by which every process of this machine finds the file: /dev/stdin, /dev/fd/63 (a shell's
// <(...)) and /proc/self/... mean another file in each.
std::string shared_name(const std::string& path);

// FileStatus::stream: which one it is, as another machine may have something else of that name.
std::string stream_of(const std::string& path, const struct stat& info);

// Never waits for a writer. Throws Error when it cannot be opened or is not what `status` names.
std::unique_ptr<base::ReadableStream> open_local_stream(const base::FileStatus& status);

}  // namespace flink::fs
