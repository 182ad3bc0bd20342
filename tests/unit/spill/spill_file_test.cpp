// SPDX-License-Identifier: Apache-2.0
#include "spill/spill_file.h"

#include <doctest/doctest.h>
#include <flink/error.h>

#include <string>
#include <vector>

#include "base/random.h"
#include "fs/local_file_system.h"
#include "unit/full_disk.h"
#include "unit/scratch_directory.h"
#include "unit/test_seed.h"

using namespace flink;
using namespace flink::spill;
using flink::test::Scratch;

namespace {

std::string text_of(const BufferRef& buffer) { return {buffer->data(), buffer->size()}; }

}  // namespace

TEST_CASE("a spilled file is read back at any place, and has no name meanwhile") {
  const auto seed = flink::test::seed_or(20261130);
  CAPTURE(seed);
  base::SeededRandom random{seed};
  Scratch scratch;
  fs::LocalFileSystem files;
  SpillDirectories directories{files, scratch.path, seed};
  {
    SpillFile file{directories, Codec::lz4, "the test's output"};
    CHECK(scratch.empty());
    std::vector<std::pair<std::string, BlockPlace>> blocks;
    for (int i = 0; i < 300; ++i) {
      std::string text(random.below(10'000), static_cast<char>('a' + random.below(26)));
      for (auto& c : text)
        if (random.below(3) == 0) c = static_cast<char>(random.below(256));
      const auto place = file.add(text);
      blocks.emplace_back(std::move(text), place);
    }
    file.close();
    CHECK(directories.bytes() == file.bytes());
    for (int i = 0; i < 300; ++i) {
      const auto& [text, place] = blocks[random.below(blocks.size())];
      CHECK(text_of(file.read(place)) == text);
    }
    CHECK_THROWS_AS((void)file.read({file.bytes() - 5, 100}), Error);
    CHECK_THROWS_AS((void)file.read({1, 100}), Error);
  }
  CHECK(directories.bytes() == 0);
}

TEST_CASE("the directories of io.tmp.dirs take turns") {
  Scratch one, two;
  fs::LocalFileSystem files;
  SpillDirectories directories{files, one.path + "," + two.path + ":", 1};
  CHECK(directories.open().directory == one.path);
  CHECK(directories.open().directory == two.path);
  CHECK(directories.open().directory == one.path);
  CHECK_THROWS_WITH_AS((SpillDirectories{files, ",", 1}), "io.tmp.dirs names no directory", Error);
}

TEST_CASE("a directory that is none, and a full disk, are said so") {
  Scratch scratch;
  test::FullDisk files{100'000};
  SpillDirectories nowhere{files, "/dev/null/x", 1};
  CHECK_THROWS_AS((SpillFile{nowhere, Codec::none, "it"}), Error);

  SpillDirectories directories{files, scratch.path, 1};
  SpillFile file{directories, Codec::none, "the output of 'map (1/2)'"};
  try {
    for (;;) {
      file.add(std::string(9'976, 'x'));
      file.write();
    }
  } catch (const Error& error) {
    INFO(error.message());
    CHECK(error.kind() == ErrorKind::resource);
    CHECK(error.message().starts_with("the output of 'map (1/2)' does not fit into '" +
                                      scratch.path +
                                      "' after 100000 bytes (this process has spilled 100000 in "
                                      "all): cannot write to '"));
    CHECK(error.message().find("No space left on device") != std::string::npos);
    CHECK(error.message().find("io.tmp.dirs") != std::string::npos);
  }
  CHECK(scratch.empty());
}
