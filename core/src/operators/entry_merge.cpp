// SPDX-License-Identifier: Apache-2.0
#include "operators/entry_merge.h"

#include <cstring>
#include <utility>

namespace flink::operators {

void EntryMerge::Head::advance() {
  if (rest.empty()) {
    if (sequence.blocks != nullptr) rest = sequence.blocks->next();
    if (rest.empty()) {
      at_end = true;
      sequence.blocks.reset();
      return;
    }
  }
  std::uint64_t hash = 0;
  std::memcpy(&hash, rest.data(), sizeof(hash));
  entry = entry_at(rest.data() + sizeof(hash), hash);
  rest.remove_prefix(sizeof(hash) + entry.bytes.size());
}

EntryMerge::EntryMerge(std::vector<Sequence> sequences) {
  if (sequences.empty()) sequences.emplace_back();
  for (Sequence& sequence : sequences) {
    heads_.push_back({std::move(sequence), {}, {}, false});
    heads_.back().advance();
  }
  losers_.resize(heads_.size());
  winner_ = build(1);
}

// Leaves are the nodes from heads_.size() on: of node n the children are 2n and 2n + 1.
std::size_t EntryMerge::build(std::size_t node) {
  if (node >= heads_.size()) return node - heads_.size();
  const std::size_t left = build(2 * node), right = build(2 * node + 1);
  const bool left_wins = wins(left, right);
  losers_[node] = left_wins ? right : left;
  return left_wins ? left : right;
}

bool EntryMerge::wins(std::size_t a, std::size_t b) const {
  const Head &left = heads_[a], &right = heads_[b];
  if (left.at_end || right.at_end) return right.at_end && (!left.at_end || a < b);
  if (left.entry.hash != right.entry.hash) return left.entry.hash < right.entry.hash;
  if (const int keys = left.entry.key.compare(right.entry.key); keys != 0) return keys < 0;
  if (left.entry.timestamp != right.entry.timestamp) {
    return left.entry.timestamp < right.entry.timestamp;
  }
  return a < b;
}

void EntryMerge::replay(std::size_t leaf) {
  std::size_t winner = leaf;
  for (std::size_t node = (leaf + heads_.size()) / 2; node > 0; node /= 2) {
    if (wins(losers_[node], winner)) std::swap(losers_[node], winner);
  }
  winner_ = winner;
}

void EntryMerge::pop() {
  heads_[winner_].advance();
  if (heads_.size() > 1) replay(winner_);
}

}  // namespace flink::operators
