// SPDX-License-Identifier: Apache-2.0
#include "state/state_file.h"

#include <flink/base/check.h>
#include <flink/error.h>
#include <flink/types/bytes.h>

#include <algorithm>
#include <utility>

#include "state/run_format.h"

namespace flink::state {
namespace {

using flink::detail::concat;

constexpr std::string_view magic = "FLKLIST\n";
constexpr std::size_t flush_bytes = 16 * checksum_block_bytes;

std::string parent_of(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

// Gives a file's bytes from an offset on, each block held against its checksum.
class BlockReader {
 public:
  BlockReader(base::FileSystem& files, const StateFile& file, std::uint64_t offset)
      : description_(file), file_(files.open_read(file.path)) {
    if (file_->size() != file.bytes) damaged("its size is wrong");
    if (offset > file.bytes) damaged("a list begins behind its end");
    block_ = offset / checksum_block_bytes;
    skip_ = static_cast<std::size_t>(offset % checksum_block_bytes);
  }
  // As many bytes as it has, up to the block's end.
  std::string_view next() {
    const std::uint64_t at = block_ * checksum_block_bytes;
    if (at >= description_.bytes) damaged("a list goes on behind its end");
    const auto size = static_cast<std::size_t>(
        std::min<std::uint64_t>(checksum_block_bytes, description_.bytes - at));
    bytes_.resize(size);
    const auto got = file_->read_at(at, {bytes_.data(), size});
    if (got != size || block_ >= description_.checksums.size() ||
        checksum(bytes_) != description_.checksums[static_cast<std::size_t>(block_)]) {
      damaged("a checksum is wrong");
    }
    ++block_;
    return std::string_view{bytes_}.substr(std::exchange(skip_, 0));
  }
  [[noreturn]] void damaged(std::string_view what) const {
    throw Error{ErrorKind::user,
                concat("the checkpoint's file '", description_.path, "' is damaged: ", what,
                       "; take an earlier checkpoint or savepoint, or a copy of this one")};
  }

 private:
  const StateFile& description_;
  std::unique_ptr<base::ReadableFile> file_;
  std::uint64_t block_ = 0;
  std::size_t skip_ = 0;
  std::string bytes_;
};

// Cuts the bytes of a list into items.
class ItemReader {
 public:
  ItemReader(base::FileSystem& files, const StoredItems& items)
      : blocks_(files, items.file, items.offset), left_(items.bytes) {
    if (items.bytes > items.file.bytes - items.offset) {
      blocks_.damaged("a list goes on behind its end");
    }
  }

  void skip() { take_bytes(length(), nullptr); }
  std::string next() {
    std::string item;
    const auto size = length();
    item.reserve(static_cast<std::size_t>(size));
    take_bytes(size, &item);
    return item;
  }

 private:
  std::uint64_t length() {
    std::uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      std::string byte;
      take_bytes(1, &byte);
      const auto bits = static_cast<unsigned char>(byte[0]);
      value |= static_cast<std::uint64_t>(bits & 0x7f) << shift;
      if ((bits & 0x80) != 0) continue;
      if (value > left_ || (shift == 63 && bits > 1)) {
        blocks_.damaged("an item is longer than its list");
      }
      return value;
    }
    blocks_.damaged("the length of an item has no end");
  }
  void take_bytes(std::uint64_t size, std::string* to) {
    if (size > left_) blocks_.damaged("a list is shorter than it says");
    left_ -= size;
    while (size > 0) {
      if (block_.empty()) block_ = blocks_.next();
      const auto piece =
          block_.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(size, block_.size())));
      if (to != nullptr) to->append(piece);
      block_.remove_prefix(piece.size());
      size -= piece.size();
    }
  }

  BlockReader blocks_;
  std::uint64_t left_;
  std::string_view block_;
};

}  // namespace

StateFileWriter::StateFileWriter(base::FileSystem& files, std::string path)
    : files_(files), part_(path + ".part"), file_(files.create(part_, true)) {
  result_.path = std::move(path);
  write(magic);
}

StateFileWriter::~StateFileWriter() {
  if (file_ == nullptr) return;
  file_.reset();
  try {
    files_.remove(part_);
  } catch (const Error&) {  // the failure that ended it is the one to report
  }
}

void StateFileWriter::write(std::string_view bytes) {
  result_.bytes += bytes.size();
  while (!bytes.empty()) {
    const auto piece = bytes.substr(0, flush_bytes - buffer_.size());
    buffer_.append(piece);
    bytes.remove_prefix(piece.size());
    if (buffer_.size() == flush_bytes) flush();
  }
}

void StateFileWriter::flush() {
  for (std::size_t at = 0; at < buffer_.size(); at += checksum_block_bytes) {
    result_.checksums.push_back(
        checksum(std::string_view{buffer_}.substr(at, checksum_block_bytes)));
  }
  file_->append({buffer_.data(), buffer_.size()});
  buffer_.clear();
}

void StateFileWriter::begin_list() { list_ = {{}, result_.bytes, 0, 0, 0}; }

void StateFileWriter::add(std::string_view item) {
  char head[10];
  ByteWriter length{head, sizeof head};
  length.varint(item.size());
  write(length.view());
  write(item);
  ++list_.count;
}

StoredItems StateFileWriter::end_list() {
  list_.bytes = result_.bytes - list_.offset;
  return list_;
}

StoredItems StateFileWriter::list(const std::vector<std::string>& items) {
  begin_list();
  for (const auto& item : items) add(item);
  return end_list();
}

StateFile StateFileWriter::finish() {
  flush();
  file_->sync();
  file_->close();
  files_.rename(part_, result_.path);
  file_.reset();
  files_.sync_directory(parent_of(result_.path));
  return std::move(result_);
}

void read_items(base::FileSystem& files, const StoredItems& items,
                const std::function<void(std::string item)>& take) {
  if (items.count == 0) return;
  ItemReader reader{files, items};
  for (std::uint64_t i = 0; i < items.first; ++i) reader.skip();
  for (std::uint64_t i = 0; i < items.count; ++i) take(reader.next());
}

void load_stored(base::FileSystem& files, OperatorSubtaskState& state) {
  for (auto& [name, stored] : std::exchange(state.stored, {})) {
    auto& list = state.operator_state[name];
    list.mode = stored.mode;
    list.schema = stored.schema;
    for (const auto& part : stored.parts) {
      read_items(files, part, [&](std::string item) { list.items.push_back(std::move(item)); });
    }
  }
  for (auto& channel : state.channels) {
    for (const auto& part : std::exchange(channel.stored, {})) {
      read_items(files, part,
                 [&](std::string item) { channel.elements.push_back(std::move(item)); });
    }
  }
}

void load_stored(base::FileSystem& files, TaskSnapshot& snapshot) {
  for (auto& op : snapshot.operators) load_stored(files, op);
}

bool has_stored(const TaskSnapshot& snapshot) {
  return std::any_of(snapshot.operators.begin(), snapshot.operators.end(), [](const auto& op) {
    return !op.stored.empty() ||
           std::any_of(op.channels.begin(), op.channels.end(),
                       [](const auto& channel) { return !channel.stored.empty(); });
  });
}

std::uint64_t count(const StoredList& list) {
  std::uint64_t sum = 0;
  for (const auto& part : list.parts) sum += part.count;
  return sum;
}

}  // namespace flink::state
