// SPDX-License-Identifier: Apache-2.0
#include "operators/sorted_run.h"

#include <utility>

namespace flink::operators {

namespace {

class RunBlocks final : public SortedBlocks {
 public:
  RunBlocks(const spill::SpillFile& file, const std::vector<spill::BlockPlace>& places,
            RunBlocking run_blocking)
      : file_(file), places_(places), run_blocking_(std::move(run_blocking)) {}

  std::string_view next() override {
    block_.reset();
    if (next_ == places_.size()) return {};
    run_blocking_([this] { block_ = file_.read(places_[next_]); });
    ++next_;
    return {block_->data(), block_->size()};
  }

 private:
  const spill::SpillFile& file_;
  const std::vector<spill::BlockPlace>& places_;
  RunBlocking run_blocking_;
  std::size_t next_ = 0;
  BufferRef block_;
};

}  // namespace

std::unique_ptr<SortedBlocks> SortedRun::read(const RunBlocking& run_blocking) const {
  return std::make_unique<RunBlocks>(*file_, places_, run_blocking);
}

}  // namespace flink::operators
