// SPDX-License-Identifier: Apache-2.0
#include "state/flat_file.h"

#include <flink/base/check.h>
#include <flink/base/prefetch.h>
#include <flink/error.h>
#include <flink/types/bytes.h>
#include <flink/types/serializer.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace flink::state {

namespace {
constexpr std::size_t heads_a_step = 16;  // of which one is in some_heads_
constexpr std::size_t line_bytes = 64, lines_ahead = 20;
// A scan that has come so far goes on, most likely: it asks for the next part, and lets go of the
// last one. With little memory for the kernel's cache each page would be waited for otherwise.
constexpr std::uint64_t scan_part_bytes = std::uint64_t{1} << 20;

// How many of them are less.
std::size_t count_less(std::span<const KeyHead> sorted, const KeyHead& than) {
  const KeyHead* first = sorted.data();
  for (std::size_t left = sorted.size(); left > 0;) {
    const std::size_t half = left - left / 2;
    first += first[half - 1] < than ? half : 0;
    left -= half;
  }
  return static_cast<std::size_t>(first - sorted.data());
}
}  // namespace

FlatFile::FlatFile(Descriptor file, std::string name, bool point_reads)
    : file_(std::move(file)), name_(std::move(name)) {
  map(point_reads);
  try {
    read_index();
  } catch (...) {
    ::munmap(const_cast<char*>(bytes_), size_);
    throw;
  }
}

FlatFile::~FlatFile() { ::munmap(const_cast<char*>(bytes_), size_); }

void FlatFile::fail(const char* what) const {
  throw Error(ErrorKind::transient,
              flink::detail::concat("state: ", name_, ": ", what,
                                    "; the file is damaged: restore from another checkpoint or "
                                    "savepoint"));
}

void FlatFile::map(bool point_reads) {
  struct stat status {};
  if (::fstat(file_.get(), &status) != 0) fail_system(errno, "read", name_);
  size_ = static_cast<std::uint64_t>(status.st_size);
  if (size_ < flat_magic.size() + sizeof(FlatFooter))
    fail("it is shorter than a run without entries");
  void* const mapped = ::mmap(nullptr, size_, PROT_READ, MAP_SHARED, file_.get(), 0);
  if (mapped == MAP_FAILED) fail_system(errno, "map", name_);
  bytes_ = static_cast<const char*>(mapped);
  if (point_reads) ::madvise(mapped, size_, MADV_RANDOM);
}

void FlatFile::read_index() {
  const std::uint64_t body = size_ - sizeof(FlatFooter);
  std::memcpy(&footer_, bytes_ + body, sizeof(FlatFooter));
  if (footer_.version != run_version) fail_version(name_, footer_.version);
  constexpr std::size_t bytes_a_block = sizeof(KeyHead) + sizeof(std::uint64_t);
  const auto& f = footer_;
  if (f.entries_end < flat_magic.size() || f.entries_end > f.heads_at || f.heads_at % 8 != 0 ||
      f.heads_at > body || f.blocks > (body - f.heads_at) / bytes_a_block ||
      f.bloom_at != f.heads_at + f.blocks * bytes_a_block || f.bloom_bytes > body - f.bloom_at ||
      f.meta_bytes != body - f.bloom_at - f.bloom_bytes) {
    fail("its parts do not fit together");
  }
  heads_ = {reinterpret_cast<const KeyHead*>(bytes_ + f.heads_at), f.blocks};
  offsets_ = {
      reinterpret_cast<const std::uint64_t*>(bytes_ + f.heads_at + f.blocks * sizeof(KeyHead)),
      f.blocks};
  std::uint64_t last = 0;
  for (const std::uint64_t offset : offsets_) {
    if (offset <= last || offset >= f.entries_end) fail("its blocks do not ascend");
    last = offset;
  }
  if (!offsets_.empty() && offsets_.front() != flat_magic.size()) fail("it has no first block");
  some_heads_.reserve(f.blocks / heads_a_step);
  for (std::size_t i = heads_a_step; i <= f.blocks; i += heads_a_step) {
    some_heads_.push_back(heads_[i - 1]);
  }
}

SortedFile::Meta FlatFile::meta() const {
  Meta out;
  out.bloom = {bytes_ + footer_.bloom_at, footer_.bloom_bytes};
  out.bloom_has_prefixes = footer_.bloom_has_prefixes != 0;
  ByteReader in(
      std::string_view{bytes_ + footer_.bloom_at + footer_.bloom_bytes, footer_.meta_bytes});
  Serializer<RunInfo>::read(in, out.info);
  Serializer<std::vector<StateDescriptor>>::read(in, out.states);
  return out;
}

FlatFile::Entry FlatFile::entry_at(std::uint64_t at) const {
  const std::uint64_t left = footer_.entries_end - at;
  if (left < entry_header_bytes) fail("an entry is cut");
  std::uint32_t value_bytes = 0;
  std::uint16_t key_bytes = 0;
  std::memcpy(&value_bytes, bytes_ + at, sizeof(value_bytes));
  std::memcpy(&key_bytes, bytes_ + at + sizeof(value_bytes), sizeof(key_bytes));
  if (left - entry_header_bytes < std::uint64_t{key_bytes} + value_bytes) fail("an entry is cut");
  const char* const key = bytes_ + at + entry_header_bytes;
  return {{key, key_bytes},
          {key + key_bytes, value_bytes},
          at + entry_header_bytes + key_bytes + value_bytes};
}

void FlatFile::advise(std::uint64_t from, std::uint64_t bytes, int advice) const {
  const std::uint64_t end = std::min(from + bytes, footer_.entries_end);
  if (from < end) ::madvise(const_cast<char*>(bytes_) + from, end - from, advice);
}

std::size_t FlatFile::step_of(std::string_view key) const {
  return count_less(some_heads_, KeyHead::of(key)) * heads_a_step;
}

std::ptrdiff_t FlatFile::block_of(std::string_view key, std::size_t step) const {
  const KeyHead head = KeyHead::of(key);
  const std::size_t less =
      step + count_less(heads_.subspan(step, std::min(heads_a_step, heads_.size() - step)), head);
  if (less == heads_.size() || !(heads_[less] == head))
    return static_cast<std::ptrdiff_t>(less) - 1;
  // Heads do not tell them apart: first keys do.
  const auto equal_end =
      std::upper_bound(heads_.begin() + static_cast<std::ptrdiff_t>(less), heads_.end(), head);
  std::size_t first = less;
  for (std::size_t end = static_cast<std::size_t>(equal_end - heads_.begin()); first < end;) {
    const std::size_t middle = first + (end - first) / 2;
    if (entry_at(offsets_[middle]).key <= key) first = middle + 1;
    else end = middle;
  }
  return static_cast<std::ptrdiff_t>(first) - 1;
}

// Each entry says where the next one is: without this they would be waited for one by one.
void FlatFile::ask_for_block(std::size_t block) const {
  const char* line = bytes_ + offsets_[block];
  const char* const end = bytes_ + block_end(block);
  for (std::size_t i = 0; i < lines_ahead && line < end; ++i, line += line_bytes) {
    flink::detail::prefetch(line);
  }
}

class FlatFile::Cursor final : public SortedFile::Cursor {
 public:
  explicit Cursor(const FlatFile& file) : file_(file) {}

  std::optional<std::string_view> get(std::string_view stored_key) override {
    const std::ptrdiff_t block = file_.block_of(stored_key);
    if (block < 0) return std::nullopt;
    file_.ask_for_block(static_cast<std::size_t>(block));
    return get_in(static_cast<std::size_t>(block), stored_key);
  }

  void ask(std::string_view stored_key, Place& place) override {
    if (place.step == 0) {
      place = {1, file_.step_of(stored_key)};
      const std::size_t end = std::min(place.at + heads_a_step, file_.heads_.size());
      for (std::size_t i = place.at; i < end; i += line_bytes / sizeof(KeyHead)) {
        flink::detail::prefetch(&file_.heads_[i]);
      }
    } else if (place.step == 1) {
      const std::ptrdiff_t block = file_.block_of(stored_key, place.at);
      if (block < 0) {
        place = {in_none, 0};
        return;
      }
      place = {2, static_cast<std::size_t>(block)};
      flink::detail::prefetch(&file_.offsets_[place.at]);
    } else if (place.step == 2) {
      place.step = in_block;
      file_.ask_for_block(place.at);
    }
  }

  std::optional<std::string_view> get_at(std::string_view stored_key, const Place& place) override {
    if (place.step == in_block) return get_in(place.at, stored_key);
    return place.step == in_none ? std::nullopt : get(stored_key);
  }

  // What lies under a prefix follows it: mostly in the same block.
  std::optional<std::string_view> get_under(std::string_view stored_key,
                                            const Place& place) override {
    if (place.step != in_block) return get(stored_key);
    const std::uint64_t end = file_.block_end(place.at);
    for (std::uint64_t at = file_.offsets_[place.at]; at < end;) {
      const Entry entry = file_.entry_at(at);
      const int order = entry.key.compare(stored_key);
      if (order == 0) return entry.value;
      if (order > 0) return std::nullopt;
      at = entry.end;
    }
    return get(stored_key);
  }

  bool seek(std::string_view stored_key) override {
    const std::ptrdiff_t block = file_.block_of(stored_key);
    next_ = block < 0 ? flat_magic.size() : file_.offsets_[static_cast<std::size_t>(block)];
    return skip_to(stored_key);
  }

  bool seek_at(std::string_view stored_key, const Place& place) override {
    if (place.step != in_block) return seek(stored_key);
    next_ = file_.offsets_[place.at];
    return skip_to(stored_key);
  }

  bool next() override {
    if (next_ >= file_.footer_.entries_end) return false;
    const Entry entry = file_.entry_at(next_);
    key_ = entry.key;
    value_ = entry.value;
    next_ = entry.end;
    if (next_ >= part_end_) [[unlikely]]
      enter_next_part();
    return true;
  }

 private:
  static constexpr int in_block = 3, in_none = 4;

  bool skip_to(std::string_view stored_key) {
    while (next()) {
      if (key_ >= stored_key) return true;
    }
    return false;
  }

  std::optional<std::string_view> get_in(std::size_t block, std::string_view stored_key) const {
    const std::uint64_t end = file_.block_end(block);
    for (std::uint64_t at = file_.offsets_[block]; at < end;) {
      const Entry entry = file_.entry_at(at);
      if (entry.key == stored_key) return entry.value;
      at = entry.end;
    }
    return std::nullopt;
  }

  // Views into what is let go of stay valid: it is read again.
  void enter_next_part() {
    const std::uint64_t part = next_ / scan_part_bytes * scan_part_bytes;
    const bool goes_on = part_end_ == part;
    part_end_ = part + scan_part_bytes;
    if (!goes_on) return;
    if (part > 0) file_.advise(part - scan_part_bytes, scan_part_bytes, MADV_DONTNEED);
    file_.advise(part_end_, scan_part_bytes, MADV_WILLNEED);
  }

  const FlatFile& file_;
  std::uint64_t part_end_ = 1;              // 1: it has just begun
  std::uint64_t next_ = flat_magic.size();  // where the next entry begins
};

std::unique_ptr<SortedFile::Cursor> FlatFile::cursor() const {
  return std::make_unique<Cursor>(*this);
}

}  // namespace flink::state
