// SPDX-License-Identifier: Apache-2.0
#include "connectors/file/split_lines.h"

#include <flink/check.h>

#include <algorithm>
#include <cstring>

namespace flink::connectors {
namespace {
// Beyond its end a split only needs the rest of one line.
constexpr std::uint64_t tail_bytes = 64 * 1024;
}  // namespace

void SplitLines::open(const FileSplit& split) {
  FLINK_CHECK(split.offset + split.length <= split.file_size, split.offset, split.length,
              split.file_size);
  split_ = split;
  stop_ = split.offset + split.length;
  // A line starts at `offset` exactly when a line break comes just before it.
  skipping_ = split.offset > 0 || limits_.skip_first_line;
  base_ = split.offset > 0 ? split.offset - 1 : 0;
  begin_ = end_ = 0;
}

const char* SplitLines::find_line_end(const char* at, const char* end) const {
  const auto find = [end](const char* from) {
    return static_cast<const char*>(std::memchr(from, '\n', static_cast<std::size_t>(end - from)));
  };
  const char* found = find(at);
  if (!limits_.multi_line) return found;
  // Within quotes after an odd number of them.
  for (bool quoted = false; found != nullptr; found = find(found + 1)) {
    quoted ^= std::count(at, found, '"') % 2 != 0;
    if (!quoted) return found;
    at = found;
  }
  return nullptr;
}

bool SplitLines::skip_to_first_line() {
  if (!buffer_) return false;
  const char* bytes = buffer_->data();
  const void* found = begin_ == end_ ? nullptr : std::memchr(bytes + begin_, '\n', end_ - begin_);
  if (found == nullptr) {
    begin_ = end_;
    return position() >= stop_ || position() >= split_.file_size;
  }
  begin_ = static_cast<std::size_t>(static_cast<const char*>(found) - bytes) + 1;
  skipping_ = false;
  return true;
}

SplitLines::Next SplitLines::next(std::span<std::string_view> lines, std::size_t& count) {
  FLINK_CHECK(!lines.empty());
  count = 0;
  if (split_.length == 0) return Next::done;
  if (skipping_ && !skip_to_first_line()) return Next::need_block;
  if (position() >= stop_) return Next::done;
  if (!buffer_) return Next::need_block;

  const char* const bytes = buffer_->data();
  const char* at = bytes + begin_;
  const char* const end = bytes + end_;
  // The first byte that is no longer ours to start a line at.
  const char* const stop = bytes + std::min<std::uint64_t>(stop_ - base_, end_);
  std::size_t found = 0;
  while (found < lines.size() && at < stop) {
    const char* line_end = find_line_end(at, end);
    if (line_end == nullptr) break;
    auto length = static_cast<std::size_t>(line_end - at);
    if (length > limits_.record_bytes_max) break;
    if (length > 0 && line_end[-1] == '\r') --length;
    lines[found++] = {at, length};
    at = line_end + 1;
  }
  begin_ = static_cast<std::size_t>(at - bytes);
  count = found;
  if (found > 0) return Next::lines;

  if (end_ - begin_ > limits_.record_bytes_max) return Next::too_long;
  if (base_ + end_ < split_.file_size) return Next::need_block;
  lines[0] = {at, end_ - begin_};  // the last line of the file, without a line break
  begin_ = end_;
  count = 1;
  return Next::lines;
}

std::span<char> SplitLines::room() {
  const std::size_t carry = end_ - begin_;
  const std::uint64_t from = base_ + end_;
  const std::uint64_t ours = from < stop_ ? stop_ - from : 0;
  std::uint64_t wanted = std::max({ours, tail_bytes, std::uint64_t{carry}});
  wanted = std::min(wanted, split_.file_size - from);
  // A line that fills a block makes the next one twice as large.
  const std::size_t capacity =
      carry * 2 > limits_.block_bytes ? carry * 2 + limits_.block_bytes : limits_.block_bytes;
  wanted = std::min<std::uint64_t>(wanted, capacity - carry);

  BufferRef fresh = take_buffer(capacity);
  if (carry > 0) std::memcpy(fresh->data(), buffer_->data() + begin_, carry);
  base_ += begin_;
  buffer_ = std::move(fresh);
  begin_ = 0;
  end_ = carry;
  return {buffer_->data() + carry, static_cast<std::size_t>(wanted)};
}

BufferRef SplitLines::take_buffer(std::size_t capacity) {
  if (capacity != limits_.block_bytes) return make_ref<Buffer>(capacity);
  for (BufferRef& held : used_) {
    if (held && held->unique()) return held;
  }
  auto fresh = make_ref<Buffer>(capacity);
  used_[next_used_++ % used_.size()] = fresh;
  return fresh;
}

FileSplit SplitLines::rest() const {
  FileSplit rest = split_;
  if (skipping_ || split_.length == 0) return rest;
  rest.offset = std::min(position(), stop_);
  rest.length = stop_ - rest.offset;
  return rest;
}

}  // namespace flink::connectors
