// SPDX-License-Identifier: Apache-2.0
// The file of a run behind right checksums: what a faulty program may have written. Input: the
// file.
#include <sys/mman.h>

#include "fuzz/fuzz.h"
#include "state/flat_file.h"
#include "state/flat_writer.h"

namespace flink::fuzz {
namespace {

using namespace state;

std::string written(const std::vector<std::pair<std::string, std::string>>& entries) {
  FlatWriter writer{"fuzz_run.scratch", 1};
  for (const auto& [key, value] : entries) {
    char* const room = writer.append(key, value.size());
    std::copy(value.begin(), value.end(), room);
  }
  RunInfo info;
  info.entries = entries.size();
  auto out = writer.finish(info, {{}, {}}, std::string(64, '\x5a'), true);
  std::string bytes(out.bytes, '\0');
  read_fully(out.file.get(), 0, bytes, "fuzz_run.scratch");
  return bytes;
}

Descriptor in_memory(std::string_view bytes) {
  Descriptor file{::memfd_create("fuzz_run", MFD_CLOEXEC)};
  write_fully(file.get(), bytes, "fuzz_run");
  return file;
}

}  // namespace

std::vector<std::string> seeds() {
  std::vector<std::pair<std::string, std::string>> blocks, alike;
  for (int i = 1000; i < 1200; ++i) blocks.emplace_back(std::to_string(i), std::string(20, 'v'));
  const std::string head(16, 'k');  // heads of blocks that do not tell them apart
  for (int i = 100; i < 180; ++i)
    alike.emplace_back(head + std::to_string(i), std::string(30, 'w'));
  return {written({}), written({{"", ""}}), written({{"a", "1"}, {"b", ""}}), written(blocks),
          written(alike)};
}

void run(std::string_view input) {
  std::vector<std::string> keys;
  const FlatFile file{in_memory(input), "fuzz_run", true};
  file.meta();
  const auto all = file.cursor(), one = file.cursor();
  std::size_t bytes = 0;
  while (all->next()) {
    bytes += all->key().size() + all->value().size();
    require(bytes <= input.size(), "entries lie in the file");
    if (keys.size() < 64) keys.emplace_back(all->key());
  }
  keys.emplace_back("nobody has it");
  for (const auto& key : keys) {
    const auto found = one->get(key);
    if (found) require(found->size() <= input.size(), "a value lies in the file");
    if (one->seek(key)) require(one->key() >= key, "what is sought for, or what is behind it");
  }
}

}  // namespace flink::fuzz
