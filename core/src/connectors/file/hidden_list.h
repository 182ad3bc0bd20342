// SPDX-License-Identifier: Apache-2.0
// What a file sink must still know when its JobManager has died, in a hidden file in its directory:
// texts without zero bytes. Written as a whole or not at all. Calls block and throw Error.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/file_system.h"

namespace flink::connectors {

class HiddenList {
 public:
  HiddenList(base::FileSystem& files, base::Path where) : files_(files), where_(std::move(where)) {}
  const base::Path& where() const { return where_; }
  std::optional<std::vector<std::string>> read() const;  // nothing: there is none
  void write(const std::vector<std::string>& texts);
  void remove();

 private:
  base::FileSystem& files_;
  base::Path where_;
};

}  // namespace flink::connectors
