// SPDX-License-Identifier: Apache-2.0
// Where the records of jobs lie that outlive their JobManagers. Made by whoever makes the process,
// handed to its JobManager.
#pragma once

#include <memory>
#include <string>

#include "base/file_system.h"
#include "base/ids.h"
#include "ha/ha_store.h"

namespace flink::ha {

class HaServices {
 public:
  virtual ~HaServices() = default;
  // Null: nobody recovers jobs here.
  virtual std::shared_ptr<HaStore> store_of(const base::JobId& job) = 0;
};

// <directory>/<job-id>/ha/{epoch,record,result}-<epoch>
std::unique_ptr<HaStore> make_file_ha_store(base::FileSystem& files, const std::string& directory,
                                            const base::JobId& job);

// Those. No directory: nobody recovers jobs. The
// file system outlives what comes of it.
class FileHaServices final : public HaServices {
 public:
  FileHaServices(base::FileSystem& files, std::string directory)
      : files_(files), directory_(std::move(directory)) {}
  std::shared_ptr<HaStore> store_of(const base::JobId& job) override;

 private:
  base::FileSystem& files_;
  std::string directory_;
};

}  // namespace flink::ha
