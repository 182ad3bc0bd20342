// SPDX-License-Identifier: Apache-2.0
// Files of byte strings: lists of any sizes come back whole or in part, and no damage goes unseen.
#include "state/state_file.h"

#include <fstream>

#include "run_support.h"

using namespace flink;
using namespace flink::state;
using namespace flink::state::test;

namespace {

std::vector<std::string> random_items(base::Random& random) {
  const std::size_t sizes[] = {1, 30, 200, 70'000, 300'000};
  std::vector<std::string> out(random.below(20));
  for (auto& item : out) item = random_bytes(random, random.below(sizes[random.below(5)]));
  return out;
}

std::vector<std::string> read(base::FileSystem& files, const StoredItems& items) {
  std::vector<std::string> out;
  read_items(files, items, [&](std::string item) { out.push_back(std::move(item)); });
  return out;
}

}  // namespace

TEST_CASE("state files: every part of every list is read back") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    CAPTURE(seed);
    base::SeededRandom random{seed};
    const Scratch directory;
    fs::LocalFileSystem files;
    StateFileWriter writer{files, directory / "lists"};
    std::vector<std::vector<std::string>> lists(1 + random.below(5));
    std::vector<StoredItems> handles;
    for (auto& list : lists) handles.push_back(writer.list(list = random_items(random)));
    const auto file = writer.finish();
    for (std::size_t i = 0; i < lists.size(); ++i) {
      handles[i].file = file;
      CHECK(handles[i].count == lists[i].size());
      CHECK(read(files, handles[i]) == lists[i]);
      auto part = handles[i];
      part.first = random.below(part.count + 1);
      part.count = random.below(part.count - part.first + 1);
      const auto from = lists[i].begin() + static_cast<std::ptrdiff_t>(part.first);
      const std::vector<std::string> expected(from, from + static_cast<std::ptrdiff_t>(part.count));
      CHECK(read(files, part) == expected);
    }
  }
}

TEST_CASE("state files: what is not finished leaves nothing behind") {
  const Scratch directory;
  fs::LocalFileSystem files;
  {
    StateFileWriter writer{files, directory / "lists"};
    writer.list({"abc"});
  }
  CHECK(files.list(directory.path).empty());
}

TEST_CASE("state files: damage is named, whatever it is") {
  const Scratch directory;
  fs::LocalFileSystem files;
  StateFileWriter writer{files, directory / "lists"};
  auto items = writer.list({std::string(100'000, 'a'), "b", std::string(100'000, 'c')});
  items.file = writer.finish();
  const auto refusal = [&](const StoredItems& what) {
    return message_of([&] { read(files, what); });
  };
  CHECK(refusal(items) == "no error");

  auto wrong = items;
  wrong.count = 4;
  CHECK(has(refusal(wrong), "a list is shorter than it says"));
  wrong = items;
  wrong.bytes += 10;
  wrong.count = 4;
  CHECK(has(refusal(wrong), "a list goes on behind its end"));
  // An item is as long as its list, of which the file has next to nothing.
  StateFileWriter short_writer{files, directory / "short"};
  auto endless = short_writer.list({"\xff\xff\xff\xff\xff\x7f"});
  endless.file = short_writer.finish();
  endless.offset += 1;
  endless.bytes = UINT64_MAX;
  CHECK(has(refusal(endless), "a list goes on behind its end"));
  endless.bytes = 6;
  CHECK(has(refusal(endless), "an item is longer than its list"));
  wrong = items;
  wrong.offset = 1 << 30;
  CHECK(has(refusal(wrong), "begins behind its end"));
  wrong = items;
  wrong.file.checksums.pop_back();
  CHECK(has(refusal(wrong), "a checksum is wrong"));
  wrong = items;
  ++wrong.file.bytes;
  CHECK(has(refusal(wrong), "its size is wrong"));
  wrong = items;
  wrong.file.path += "-gone";
  CHECK(has(refusal(wrong), "lists-gone"));

  std::fstream file{items.file.path, std::ios::in | std::ios::out | std::ios::binary};
  file.seekp(150'000);
  file.put('x');
  file.close();
  CHECK(has(refusal(items), "'" + items.file.path + "' is damaged: a checksum is wrong"));
}
