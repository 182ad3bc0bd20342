// SPDX-License-Identifier: Apache-2.0
// LmdbFile: a run of format 1, an LMDB environment in one file. Read only: savepoints and
// checkpoints of older releases have them. What it says of itself lies behind all entries, under
// FF FF and a name (bloom, info, prefixes, states, version).
#pragma once

#include <string>

#include "state/lmdb.h"
#include "state/sorted_file.h"

namespace flink::state {

class LmdbFile final : public SortedFile {
 public:
  LmdbFile(std::string name, bool point_reads);
  Meta meta() const override;
  std::unique_ptr<SortedFile::Cursor> cursor() const override;
  int descriptor() const override;

 private:
  class Cursor;
  std::string name_;
  LmdbEnvironment env_;
  LmdbTransaction meta_txn_;  // what keeps views of meta() valid
};

}  // namespace flink::state
