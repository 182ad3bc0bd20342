// SPDX-License-Identifier: Apache-2.0
// SortBuffer: entries in memory, sorted by prefix: pairs of (hash, place) are moved, never records.
// One thread at a time.
#pragma once

#include <flink/state/pages.h>
#include <flink/types/batch.h>
#include <flink/types/bytes.h>

#include <functional>
#include <string>

#include "operators/sorted_entry.h"

namespace flink::operators {

class SortBuffer {
 public:
  // Writes a batch's records as entries, as Partitioner::write_entries() does.
  using Write = std::function<void(const Batch& batch, ByteWriter& out, KeyedEntry* entries)>;

  // All of it, with what sorting takes. A single batch may take more.
  explicit SortBuffer(std::size_t memory_bytes) : memory_bytes_(memory_bytes) {}

  std::size_t size() const { return count_; }
  // False: there is no room, and nothing was added; an empty one takes every batch.
  bool add(const Batch& batch, const Write& write);
  // Once, before take(): nothing may be added until clear().
  void sort();
  // Appends what comes next in order to a block of about so many bytes; false: nothing was left.
  bool take(std::string& block, std::size_t block_bytes);
  void clear();
  // Gives the memory back.
  void release();

 private:
  KeyedEntry* entries() const { return static_cast<KeyedEntry*>(entries_.address()); }
  char* bytes() const { return static_cast<char*>(bytes_.address()); }
  SortedEntry entry(const KeyedEntry& at) const { return entry_at(bytes() + at.offset, at.hash); }
  void reserve(std::size_t bytes, std::size_t entries);
  void sort_by_hash();
  void order_equal_hashes();

  std::size_t memory_bytes_;
  flink::detail::Pages bytes_, entries_, scratch_;
  std::size_t bytes_capacity_ = 0, entries_capacity_ = 0;
  std::size_t used_ = 0, count_ = 0, taken_ = 0;
  // No entry has a key or a timestamp: equal hashes are equal keys, in the order of arrival.
  bool plain_ = true;
};

}  // namespace flink::operators
