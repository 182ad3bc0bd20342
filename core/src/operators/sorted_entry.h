// SPDX-License-Identifier: Apache-2.0
// Entries in order of (hash, key, timestamp, arrival), in blocks: what sorts, spills and merges
// hand each other. In a block an entry (types/keyed_entry.h) has its hash before it, and none is
// cut. Records without timestamps come first.
#pragma once

#include <flink/types/batch.h>
#include <flink/types/keyed_entry.h>

#include <cstdint>
#include <cstring>
#include <string_view>

namespace flink::operators {

// Valid as long as the bytes that it was read from.
struct SortedEntry {
  std::uint64_t hash = 0;
  std::int64_t timestamp = no_timestamp;
  std::string_view key;
  std::string_view record;  // its timestamp, if it has one, and the rest
  std::string_view bytes;   // all of it, without the hash
  bool stamped = false;

  bool has_key_of(const SortedEntry& other) const { return hash == other.hash && key == other.key; }
};

inline SortedEntry entry_at(const char* at, std::uint64_t hash) {
  using flink::detail::entry_head_bytes;
  using flink::detail::stamped_entry;
  std::uint32_t key_bytes = 0, record_bytes = 0;
  std::memcpy(&key_bytes, at, 4);
  std::memcpy(&record_bytes, at + 4, 4);
  SortedEntry entry;
  entry.hash = hash;
  entry.stamped = (key_bytes & stamped_entry) != 0;
  key_bytes &= ~stamped_entry;
  entry.key = {at + entry_head_bytes, key_bytes};
  entry.record = {at + entry_head_bytes + key_bytes, record_bytes};
  entry.bytes = {at, entry_head_bytes + key_bytes + record_bytes};
  if (entry.stamped) std::memcpy(&entry.timestamp, entry.record.data(), 8);
  return entry;
}

// Negative, 0, positive: whatever the arrival.
inline int compare_keys(const SortedEntry& a, const SortedEntry& b) {
  if (a.hash != b.hash) return a.hash < b.hash ? -1 : 1;
  return a.key.compare(b.key);
}
inline bool comes_before(const SortedEntry& a, const SortedEntry& b) {
  const int keys = compare_keys(a, b);
  return keys != 0 ? keys < 0 : a.timestamp < b.timestamp;
}

// Gives blocks, one after the other; each is valid until the next is asked for.
class SortedBlocks {
 public:
  virtual ~SortedBlocks() = default;
  // Empty: the end.
  virtual std::string_view next() = 0;
};

}  // namespace flink::operators
