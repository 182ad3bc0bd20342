// SPDX-License-Identifier: Apache-2.0
#include "state/flat_writer.h"

#include <fcntl.h>
#include <flink/base/check.h>
#include <flink/types/bytes.h>
#include <flink/types/serializer.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace flink::state {
namespace {

// Blocks are small, since a look-up reads one; those of large files are larger, so that the index
// of any file stays small.
constexpr std::uint64_t block_bytes_min = 512, block_bytes_max = 4096;
constexpr int index_shift = 17;
constexpr mode_t readable = 0666;  // less umask, as other files of checkpoints

Descriptor create(const std::string& name) {
  const auto slash = name.rfind('/');
  const std::string directory = slash == std::string::npos ? "." : name.substr(0, slash + 1);
  Descriptor unnamed(::open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, readable));
  if (unnamed) return unnamed;
  ::unlink(name.c_str());
  Descriptor named(::open(name.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, readable));
  if (!named) fail_system(errno, "create", name);
  ::unlink(name.c_str());
  return named;
}

}  // namespace

FlatWriter::FlatWriter(std::string scratch_file, std::size_t buffered_bytes_max)
    : name_(std::move(scratch_file)),
      file_(create(name_)),
      buffered_max_(std::max(buffered_bytes_max, checksum_block_bytes)) {
  put(flat_magic);
}

// Room at the end of what is buffered.
char* FlatWriter::take(std::size_t bytes) {
  if (used_ >= buffered_max_) write_blocks(false);
  if (used_ + bytes > capacity_) {
    // Enough for one that begins just below the limit.
    capacity_ = std::max(used_ + bytes, buffered_max_ + checksum_block_bytes);
    auto larger = std::make_unique_for_overwrite<char[]>(capacity_);
    if (used_ > 0) std::memcpy(larger.get(), buffer_.get(), used_);
    buffer_ = std::move(larger);
  }
  char* const out = buffer_.get() + used_;
  used_ += bytes;
  return out;
}

void FlatWriter::put(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::string_view part = bytes.substr(0, checksum_block_bytes);
    part.copy(take(part.size()), part.size());
    bytes.remove_prefix(part.size());
  }
}

// What is whole, or all.
void FlatWriter::write_blocks(bool all) {
  const std::size_t ready = all ? used_ : used_ / checksum_block_bytes * checksum_block_bytes;
  for (std::size_t at = 0; at < ready; at += checksum_block_bytes) {
    checksums_.push_back(
        checksum({buffer_.get() + at, std::min(checksum_block_bytes, ready - at)}));
  }
  write_fully(file_.get(), {buffer_.get(), ready}, name_);
  written_ += ready;
  used_ -= ready;
  if (used_ > 0) std::memmove(buffer_.get(), buffer_.get() + ready, used_);
}

char* FlatWriter::append(std::string_view key, std::size_t value_bytes) {
  const std::uint64_t at = position();
  FLINK_CHECK(at == flat_magic.size() || std::string_view{last_key_} < key,
              "keys of a run must ascend; key bytes", key.size());
  FLINK_CHECK(key.size() <= UINT16_MAX && value_bytes <= UINT32_MAX, key.size(), value_bytes);
  last_key_.assign(key);
  const std::uint64_t block_bytes = std::clamp(at >> index_shift, block_bytes_min, block_bytes_max);
  if (offsets_.empty() || at - offsets_.back() >= block_bytes) {
    heads_.push_back(KeyHead::of(key));
    offsets_.push_back(at);
  }
  char* const out = take(entry_header_bytes + key.size() + value_bytes);
  const auto stored_value_bytes = static_cast<std::uint32_t>(value_bytes);
  const auto stored_key_bytes = static_cast<std::uint16_t>(key.size());
  std::memcpy(out, &stored_value_bytes, sizeof(stored_value_bytes));
  std::memcpy(out + sizeof(stored_value_bytes), &stored_key_bytes, sizeof(stored_key_bytes));
  key.copy(out + entry_header_bytes, key.size());
  return out + entry_header_bytes + key.size();
}

FlatWriter::Written FlatWriter::finish(const RunInfo& info,
                                       const std::vector<StateDescriptor>& states,
                                       std::string_view bloom, bool bloom_has_prefixes) {
  FlatFooter footer;
  footer.entries_end = position();
  put(std::string_view("\0\0\0\0\0\0\0", (8 - position() % 8) % 8));
  footer.heads_at = position();
  footer.blocks = heads_.size();
  put({reinterpret_cast<const char*>(heads_.data()), heads_.size() * sizeof(KeyHead)});
  put({reinterpret_cast<const char*>(offsets_.data()), offsets_.size() * sizeof(std::uint64_t)});
  footer.bloom_at = position();
  footer.bloom_bytes = bloom.size();
  put(bloom);
  ByteWriter meta;
  Serializer<RunInfo>::write(meta, info);
  Serializer<std::vector<StateDescriptor>>::write(meta, states);
  footer.meta_bytes = meta.view().size();
  put(meta.view());
  footer.bloom_has_prefixes = bloom_has_prefixes ? 1 : 0;
  footer.version = run_version;
  put({reinterpret_cast<const char*>(&footer), sizeof(footer)});
  write_blocks(true);
  buffer_.reset();
  return {std::move(file_), written_, std::move(checksums_)};
}

}  // namespace flink::state
