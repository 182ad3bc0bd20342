// SPDX-License-Identifier: Apache-2.0
// Lists in a checkpoint's files, behind right checksums: what a faulty program may have written, in
// the file or in the handle that names it. What is read is written and read again. Input: offset,
// bytes, first and count of the handle, then the file.
#include <flink/types/bytes.h>

#include "fuzz/fuzz.h"
#include "state/run_format.h"
#include "state/state_file.h"
#include "unit/memory_file_system.h"

namespace flink::fuzz {
namespace {

using namespace state;

constexpr const char* path = "/chk-1/lists";

std::vector<std::string> read(base::FileSystem& files, const StoredItems& items) {
  std::vector<std::string> out;
  read_items(files, items, [&](std::string item) { out.push_back(std::move(item)); });
  return out;
}

std::string with_handle(const StoredItems& items, std::string_view content) {
  ByteWriter out;
  for (const auto number : {items.offset, items.bytes, items.first, items.count}) {
    out.fixed64(number);
  }
  out.raw(content);
  return std::string{out.view()};
}

}  // namespace

std::vector<std::string> seeds() {
  std::vector<std::string> out;
  const std::vector<std::vector<std::string>> lists{
      {"a", "", std::string(300, 'b'), "c"}, {std::string(20'000, 'x')}, {}, {"", ""}};
  test::MemoryFileSystem files;
  StateFileWriter writer{files, path};
  std::vector<StoredItems> handles;
  for (const auto& list : lists) handles.push_back(writer.list(list));
  writer.finish();
  for (auto& items : handles) {
    out.push_back(with_handle(items, files.content(path)));
    // The handle and an item agree on bytes that the file does not have.
    auto endless = items;
    endless.bytes = UINT64_MAX;
    out.push_back(with_handle(endless, files.content(path)));
    if (items.count < 2) continue;
    ++items.first;
    --items.count;
    out.push_back(with_handle(items, files.content(path)));
  }
  return out;
}

void run(std::string_view input) {
  ByteReader in{input};
  StoredItems items;
  for (auto* number : {&items.offset, &items.bytes, &items.first, &items.count}) {
    *number = in.fixed64();
  }
  const auto content = in.bytes(in.remaining());
  items.file.path = path;
  items.file.bytes = content.size();
  for (std::size_t at = 0; at < content.size(); at += checksum_block_bytes) {
    items.file.checksums.push_back(checksum(content.substr(at, checksum_block_bytes)));
  }
  test::MemoryFileSystem files;
  files.put(path, std::string{content});
  std::vector<std::string> list;
  try {
    list = read(files, items);
  } catch (const Error& error) {
    require(error.kind() == ErrorKind::user, "damage is no fault of flinkc's");
    return;
  }
  require(list.size() == items.count, "as many items as the handle says");
  std::size_t bytes = list.size();
  for (const auto& item : list) bytes += item.size();
  require(bytes <= content.size(), "items lie in their file");
  require_no_error("a list can be written and read", [&] {
    StateFileWriter writer{files, "/chk-2/lists"};
    auto again = writer.list(list);
    again.file = writer.finish();
    require(read(files, again) == list, "a list survives a round trip");
  });
}

}  // namespace flink::fuzz
