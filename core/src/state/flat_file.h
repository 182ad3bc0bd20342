// SPDX-License-Identifier: Apache-2.0
// FlatFile: reads what FlatWriter wrote (flat_format.h), through a mapping of the whole file.
// Whoever opens a file of others holds it against its checksums before; what checksums cannot tell
// (a file that was written wrong) throws, it does not read beyond the file.
#pragma once

#include <sys/mman.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "state/descriptor.h"
#include "state/flat_format.h"
#include "state/sorted_file.h"

namespace flink::state {

class FlatFile final : public SortedFile {
 public:
  // `name`: for messages. `point_reads`: no read-ahead.
  FlatFile(Descriptor file, std::string name, bool point_reads);
  FlatFile(const FlatFile&) = delete;
  FlatFile& operator=(const FlatFile&) = delete;
  ~FlatFile() override;

  Meta meta() const override;
  std::unique_ptr<SortedFile::Cursor> cursor() const override;
  int descriptor() const override { return file_.get(); }
  void let_go_of_pages() const override { advise(0, size_, MADV_DONTNEED); }

 private:
  class Cursor;
  struct Entry {
    std::string_view key, value;
    std::uint64_t end = 0;
  };
  [[noreturn]] void fail(const char* what) const;
  void map(bool point_reads);
  void read_index();
  // Of entries; `from` is at a page.
  void advise(std::uint64_t from, std::uint64_t bytes, int advice) const;
  Entry entry_at(std::uint64_t at) const;
  std::uint64_t block_end(std::size_t block) const {
    return block + 1 < offsets_.size() ? offsets_[block + 1] : footer_.entries_end;
  }
  // The last block whose first key is not behind `key`; none: -1.
  std::ptrdiff_t block_of(std::string_view key) const { return block_of(key, step_of(key)); }
  // The first of the heads among which it is looked for further.
  std::size_t step_of(std::string_view key) const;
  std::ptrdiff_t block_of(std::string_view key, std::size_t step) const;
  void ask_for_block(std::size_t block) const;

  Descriptor file_;
  std::string name_;
  const char* bytes_ = nullptr;
  std::uint64_t size_ = 0;
  FlatFooter footer_;
  std::span<const KeyHead> heads_;
  std::span<const std::uint64_t> offsets_;
  std::vector<KeyHead> some_heads_;  // one of every few: they stay in a cache
};

}  // namespace flink::state
