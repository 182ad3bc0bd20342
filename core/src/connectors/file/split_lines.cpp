// SPDX-License-Identifier: Apache-2.0
#include "connectors/file/split_lines.h"

#include <flink/base/check.h>

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
  buffer_.reset();
  begin_ = end_ = 0;
  scan_ = {};
  line_breaks_ = 0;
}

void SplitLines::end_of_stream() {
  split_.file_size = base_ + end_;
  stop_ = split_.file_size;
  split_.length = stop_ - split_.offset;
}

const char* SplitLines::find_line_end(const char* at, const char* end) {
  if (limits_.multi_line) {
    const std::size_t mark = at == held().data() ? mark_bytes() : 0;
    if (scan_.done < mark) scan_ = {};  // it was not whole
    return formats::find_csv_record_end(at + mark, end, limits_.delimiter, limits_.quote, scan_);
  }
  at += scan_.done;
  return static_cast<const char*>(std::memchr(at, '\n', static_cast<std::size_t>(end - at)));
}

// At the start of the file only.
std::size_t SplitLines::mark_bytes() const {
  return position() == 0 && held().starts_with("\xEF\xBB\xBF") ? 3 : 0;
}

SplitLines::Next SplitLines::skip_to_first_line() {
  if (!buffer_) return Next::need_block;
  const char* const at = held().data();
  const char* const end = at + held().size();
  // Only the first line of a file may be a record of several lines.
  const bool whole = limits_.multi_line && position() == 0;
  const void* found = whole ? find_line_end(at, end) : std::memchr(at, '\n', held().size());
  if (found != nullptr) {
    begin_ += static_cast<std::size_t>(static_cast<const char*>(found) - at) + 1;
    skipping_ = false;
    return Next::lines;
  }
  const bool more = base_ + end_ < split_.file_size;
  if (whole && more) {
    return held().size() > limits_.record_bytes_max ? Next::too_long : Next::need_block;
  }
  begin_ = end_;
  return position() >= stop_ || !more ? Next::lines : Next::need_block;
}

SplitLines::Next SplitLines::next(std::span<std::string_view> lines, std::size_t& count) {
  FLINK_CHECK(!lines.empty());
  count = 0;
  if (split_.length == 0) return Next::done;
  if (buffer_ && position() == 0) {
    if (end_ > 0 && end_ < split_.file_size && may_be_foreign(held())) return Next::need_block;
    if (foreign_by_bytes(held()) != nullptr) return Next::foreign;
  }
  if (skipping_) {
    if (const Next skipped = skip_to_first_line(); skipped != Next::lines) return skipped;
  }
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
    scan_.done = 0;
    auto length = static_cast<std::size_t>(line_end - at);
    if (length > limits_.record_bytes_max) break;
    if (length > 0 && line_end[-1] == '\r') --length;
    const std::size_t mark = at == bytes ? mark_bytes() : 0;
    lines[found++] = {at + mark, length - mark};
    at = line_end + 1;
  }
  begin_ = static_cast<std::size_t>(at - bytes);
  count = found;
  if (found > 0) return Next::lines;

  if (end_ - begin_ > limits_.record_bytes_max) return Next::too_long;
  if (base_ + end_ < split_.file_size) {
    if (!limits_.multi_line) scan_.done = end_ - begin_;
    return Next::need_block;
  }
  // The last line of the file, without a line break.
  lines[0] = held().substr(mark_bytes());
  begin_ = end_;
  if (lines[0].empty()) return Next::done;
  count = 1;
  return Next::lines;
}

std::uint64_t SplitLines::line_breaks_before(std::uint64_t offset) const {
  const char* const bytes = buffer_->data();
  const auto count = std::count(bytes, bytes + (offset - base_), '\n');
  return line_breaks_ + static_cast<std::uint64_t>(count);
}

std::span<char> SplitLines::room() {
  if (!split_.stream.empty() && buffer_) {
    // A stream gives a few bytes at a time: they go behind those that batches may still pin.
    if (end_ < buffer_->size()) return {buffer_->data() + end_, buffer_->size() - end_};
    line_breaks_ = line_breaks_before(position());
  }
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
