// SPDX-License-Identifier: Apache-2.0
// SortedRun: sorted blocks in a file. Written and read by helpers; gone with this object.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "operators/sorted_entry.h"
#include "spill/spill_file.h"

namespace flink::operators {

// Suspends the task while a helper runs the function; throws what it threw.
using RunBlocking = std::function<void(const std::function<void()>&)>;

// Where what does not fit memory goes.
struct SpillSetup {
  spill::SpillDirectories* directories = nullptr;
  spill::Codec codec = spill::Codec::lz4;
  RunBlocking run_blocking;
  std::string what;  // whose it is, for messages
};

class SortedRun {
 public:
  explicit SortedRun(const SpillSetup& setup)
      : file_(std::make_unique<spill::SpillFile>(*setup.directories, setup.codec, setup.what)) {}

  // On a helper; then finish().
  void add(std::string_view block) { places_.push_back(file_->add({block.data(), block.size()})); }
  void finish() {
    file_->write();
    file_->close();
  }
  std::uint64_t bytes() const { return file_->bytes(); }

  // The blocks from the first one on. The run outlives it.
  std::unique_ptr<SortedBlocks> read(const RunBlocking& run_blocking) const;

 private:
  std::unique_ptr<spill::SpillFile> file_;
  std::vector<spill::BlockPlace> places_;
};

}  // namespace flink::operators
