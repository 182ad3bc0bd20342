// SPDX-License-Identifier: Apache-2.0
// EntryMerge: many sorted sequences as one. Equal ones (key and timestamp) come in the order of
// their sequences. A tree of losers: about log2(sequences) comparisons an entry, most of them of
// two hashes.
#pragma once

#include <memory>
#include <vector>

#include "operators/sorted_entry.h"

namespace flink::operators {

class EntryMerge {
 public:
  struct Sequence {
    std::unique_ptr<SortedBlocks> blocks;
    int input = 0;  // whose entries they are; for who asks
  };
  explicit EntryMerge(std::vector<Sequence> sequences);

  // The first entry of all; null: the end. Valid until pop().
  const SortedEntry* top() const {
    return heads_[winner_].at_end ? nullptr : &heads_[winner_].entry;
  }
  int input() const { return heads_[winner_].sequence.input; }
  void pop();

 private:
  struct Head {
    Sequence sequence;
    std::string_view rest;  // of the block
    SortedEntry entry;
    bool at_end = false;
    void advance();
  };
  bool wins(std::size_t a, std::size_t b) const;
  void replay(std::size_t leaf);
  std::size_t build(std::size_t node);

  std::vector<Head> heads_;
  std::vector<std::size_t> losers_;  // by inner node; 1 is the root
  std::size_t winner_ = 0;
};

}  // namespace flink::operators
