// SPDX-License-Identifier: Apache-2.0
// A private directory below io.tmp.dirs for files that are mapped: real ones, also where the
// FileSystem is simulated. Its name is never used twice and decides nothing. Removed, with what is
// in it, on a helper when this goes.
#pragma once

#include <string>

#include "base/executor.h"

namespace flink::task {

class ScratchDirectory {
 public:
  // `parents`: as io.tmp.dirs has them; the first one is used. Throws Error{resource}.
  ScratchDirectory(base::Executor& executor, const std::string& parents);
  ~ScratchDirectory();
  ScratchDirectory(const ScratchDirectory&) = delete;
  ScratchDirectory& operator=(const ScratchDirectory&) = delete;

  const std::string& path() const { return path_; }

 private:
  base::Executor& executor_;
  std::string path_;
};

}  // namespace flink::task
