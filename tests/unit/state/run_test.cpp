// SPDX-License-Identifier: Apache-2.0
// Runs: what is written is read back, by key, by prefix, by key group; nothing damaged is opened.
#include <fstream>
#include <sstream>
#include <thread>

#include "unit/state/run_support.h"

using namespace flink;
using namespace flink::state;
using namespace flink::state::test;
using namespace std::literals;

namespace {

Entries random_entries(base::Random& random, std::size_t count, std::size_t value_bytes_max) {
  Entries out;
  while (out.size() < count) {
    const std::string key = random_bytes(random, 1 + random.below(9));
    const std::string subkey = random_bytes(random, random.below(4));
    out[stored_key({static_cast<std::uint16_t>(random.below(8)),
                    static_cast<std::uint32_t>(random.below(3)), key, "", subkey})] =
        "\1" + random_bytes(random, random.below(value_bytes_max + 1));
  }
  return out;
}

std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream out;
  out << in.rdbuf();
  return out.str();
}

void write_file(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

}  // namespace

TEST_CASE("random runs against a map") {
  Scratch directory;
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    CAPTURE(seed);
    base::SeededRandom random(seed);
    // Values over a page; more entries than one commit buffers.
    const Entries entries = random_entries(random, random.below(3000), seed % 3 == 0 ? 9000 : 60);
    const std::string path = directory / std::to_string(seed);
    const RunFile file = build_run(path, entries);
    CHECK(file.entries == entries.size());
    CHECK(file.bytes == std::filesystem::file_size(path));
    CHECK_FALSE(std::filesystem::exists(path + ".part"));
    CHECK_FALSE(std::filesystem::exists(path + ".scratch"));
    const auto run = open_run(file, seed % 2 == 0);
    CHECK_FALSE(std::filesystem::exists(path + ".fetched"));
    CHECK(run->info().entries == entries.size());
    RunReader reader(run);
    CHECK(all_of(reader.scan({})) == entries);
    for (const auto& [key, value] : entries) {
      CHECK(run->may_contain(hash_entry_key(key)));
      CHECK(reader.get(key) == value);
    }
    for (int i = 0; i < 300; ++i) {
      const std::string key = random_entries(random, 1, 0).begin()->first;
      CHECK(reader.get(key).has_value() == entries.contains(key));
    }
    for (int first = -1; first < 9; ++first) {
      const int last = static_cast<int>(random.below(10)) - 1;
      Entries wanted;
      for (const auto& [key, value] : entries) {
        if (group_of(key) >= first && group_of(key) <= last) wanted.emplace(key, value);
      }
      CHECK(all_of(reader.scan_groups({std::max(first, 0), last})) == wanted);
    }
    for (int i = 0; i < 30; ++i) {
      const std::string key = random_entries(random, 1, 0).begin()->first;
      const std::string prefix = key.substr(0, random.below(key.size() + 1));
      Entries wanted;
      for (const auto& [k, value] : entries) {
        if (k.starts_with(prefix)) wanted.emplace(k, value);
      }
      CHECK(all_of(reader.scan(prefix)) == wanted);
    }
  }
}

TEST_CASE("equal entries make equal files") {
  Scratch directory;
  base::SeededRandom random(5);
  const Entries entries = random_entries(random, 3000, 900);
  const RunFile a = build_run(directory / "a", entries);
  const RunFile b = build_run(directory / "b", entries);
  CHECK(a.checksums == b.checksums);
  CHECK(read_file(a.path) == read_file(b.path));
}

TEST_CASE("many are found at once") {
  Scratch directory;
  base::SeededRandom random(6);
  const Entries entries = random_entries(random, 2000, 60);
  RunReader reader(open_run(build_run(directory / "a", entries)));
  Entries asked = random_entries(random, 500, 0);
  for (const auto& [key, value] : entries) {
    if (random.below(3) == 0) asked.emplace(key, value);
  }
  std::vector<std::string_view> keys;
  for (const auto& [key, value] : asked) keys.push_back(key);
  Entries found;
  reader.get_sorted(keys,
                    [&](std::size_t i, std::string_view value) { found.emplace(keys[i], value); });
  Entries wanted;
  for (const auto& [key, value] : entries) {
    if (asked.contains(key)) wanted.emplace(key, value);
  }
  CHECK(found == wanted);
}

TEST_CASE("the empty run, counts of states, descriptors") {
  Scratch directory;
  const RunFile empty = build_run(directory / "empty", {});
  RunReader reader(open_run(empty));
  CHECK(all_of(reader.scan({})).empty());
  CHECK(all_of(reader.scan_groups({0, 32767})).empty());
  CHECK_FALSE(reader.get("\0\0\0\0\0\1a"s));

  Entries entries;
  entries[stored_key({1, 7, "a", "", ""})] = "\1x"s;
  entries[stored_key({1, 9, "a", "", ""})] = "\2"s;
  entries[stored_key({2, 7, "b", "", ""})] = "\0"s;
  const auto run = open_run(build_run(directory / "some", entries,
                                      {{.name = "count",
                                        .id = 7,
                                        .kind = "value",
                                        .key_schema = "string",
                                        .value_schema = "i64"}}));
  REQUIRE(run->info().states.size() == 2);
  CHECK(run->info().states[0].state == 7);
  CHECK(run->info().states[0].entries == 2);
  CHECK(run->info().states[0].tombstones == 1);
  CHECK(run->info().tombstones == 2);
  CHECK(run->has_prefix_tombstones());
  REQUIRE(run->find_state(7) != nullptr);
  CHECK(run->find_state(7)->name == "count");
  CHECK(run->find_state(8) == nullptr);
}

TEST_CASE("a long key and a value of 100 MB") {
  Scratch directory;
  fs::LocalFileSystem files;
  const std::string key(5000, 'k'), other(5000, 'l');
  RunBuilder builder({.scratch_file = directory / "scratch", .entries_max = 2});
  for (const std::string& k : {key, other}) {
    std::string value, whole;
    append_whole_key(whole, {3, 1, k, "", ""});
    append_value_header(value, whole, {});
    value.append(k == key ? 100'000'000 : 3, 'v');
    builder.append(stored_key({3, 1, k, "", ""}), value);
  }
  const RunFile file = builder.publish(files, directory / "run");
  RunReader reader(open_run(file));
  const auto stored = reader.get(stored_key({3, 1, key, "", ""}));
  REQUIRE(stored);
  const EntryValue value = decode_value(*stored, false);
  CHECK(value.bytes.size() == 100'000'000);
  CHECK(value.bytes.find_first_not_of('v') == std::string_view::npos);
  CHECK(decode_entry_key(stored_key({3, 1, key, "", ""}), value).key == key);
}

TEST_CASE("a run grows beyond its first map") {
  Scratch directory;
  fs::LocalFileSystem files;
  // 300 MB with the map at 256 MB to begin with.
  RunBuilder builder({.scratch_file = directory / "scratch", .entries_max = 300});
  const std::string value = "\1" + std::string(1 << 20, 'v');
  for (std::uint16_t i = 0; i < 300; ++i) builder.append(stored_key({i, 1, "k", "", ""}), value);
  const RunFile file = builder.publish(files, directory / "run");
  RunReader reader(open_run(file));
  std::size_t count = 0;
  for (auto scan = reader.scan({}); scan.valid(); scan.next()) count += scan.value() == value;
  CHECK(count == 300);
}

TEST_CASE("a run says which maps and lists it has nothing of") {
  Scratch directory;
  std::vector<StateDescriptor> states;
  for (const char* const kind : {"value", "list", "map"}) {
    states.push_back({.name = kind, .id = static_cast<std::uint32_t>(states.size()), .kind = kind});
  }
  const auto prefix_of = [](std::uint32_t state, int key) {
    return stored_key({1, state, "key " + std::to_string(key), "", ""});
  };
  Entries entries;
  for (std::uint32_t state = 0; state < 3; ++state) {
    for (int key = 0; key < 1000; key += 2) {
      const int subkeys = state == 0 ? 1 : 3;
      for (int i = 0; i < subkeys; ++i) {
        const std::string subkey = state == 0 ? "" : std::to_string(i);
        entries[stored_key({1, state, "key " + std::to_string(key), "", subkey})] = "\1value";
      }
    }
  }
  for (const bool described : {true, false}) {
    const auto run = open_run(build_run(directory / (described ? "a.run" : "b.run"), entries,
                                        described ? states : std::vector<StateDescriptor>{}));
    for (const std::uint32_t state : {1U, 2U}) {
      int wrong = 0;
      for (int key = 0; key < 1000; ++key) {
        const bool may = run->may_have_under(hash_entry_key(prefix_of(state, key)));
        if (key % 2 == 0) CHECK(may);
        else wrong += may;
      }
      CHECK((described ? wrong < 50 : wrong == 500));
    }
  }
}

TEST_CASE("Bloom filters: no false negative, few false positives, also when folded") {
  for (const std::uint64_t keys_max : {1000u, 30'000u}) {
    BloomFilter filter(keys_max);
    for (int i = 0; i < 1000; ++i) filter.add(hash_entry_key("key" + std::to_string(i)));
    filter.fold(1000);
    CHECK(filter.bytes().size() * 8 <= 20 * 1000 + 512);
    BloomFilter copy;
    REQUIRE(copy.assign(filter.bytes()));
    int wrong = 0;
    for (int i = 0; i < 1000; ++i)
      CHECK(copy.may_contain(hash_entry_key("key" + std::to_string(i))));
    for (int i = 0; i < 20'000; ++i)
      wrong += copy.may_contain(hash_entry_key("no" + std::to_string(i)));
    CHECK(wrong < 600);
  }
  CHECK_FALSE(BloomFilter().assign("123"));
  CHECK(BloomFilter().may_contain(5));
}

TEST_CASE("every flipped byte, every truncation is refused before anybody reads entries") {
  Scratch directory;
  base::SeededRandom random(8);
  const RunFile file = build_run(directory / "run", random_entries(random, 1500, 60));
  const std::string good = read_file(file.path);
  CHECK(file.checksums.size() > 1);
  int opened = 0;
  std::string bad = good;
  for (std::size_t at = 0; at < good.size(); ++at) {
    bad[at] = static_cast<char>(bad[at] ^ (1 + random.below(255)));
    const std::size_t block = at / checksum_block_bytes;
    const std::string_view bytes =
        std::string_view(bad).substr(block * checksum_block_bytes, checksum_block_bytes);
    opened += checksum(bytes) == file.checksums[block] ? 1 : 0;
    bad[at] = good[at];
  }
  CHECK(opened == 0);
  for (int i = 0; i < 60; ++i) {
    bad = good;
    const std::size_t at = random.below(bad.size());
    bad[at] = static_cast<char>(bad[at] ^ (1 + random.below(255)));
    write_file(file.path, bad);
    const std::string message = message_of([&] { open_run(file, i % 2 == 0); });
    CHECK(has(message, file.path));
    CHECK(has(message, "the checksum of its bytes " +
                           std::to_string(at / checksum_block_bytes * checksum_block_bytes)));
    CHECK(has(message, "restore from another checkpoint"));
    write_file(file.path, good.substr(0, at));
    CHECK(has(message_of([&] { open_run(file, i % 2 == 0); }),
              "it has " + std::to_string(at) + " bytes instead of"));
    CHECK_FALSE(std::filesystem::exists(file.path + ".fetched"));
  }
  write_file(file.path, good + "x");
  CHECK(has(message_of([&] { open_run(file); }), "bytes instead of"));
  std::filesystem::remove(file.path);
  CHECK(has(message_of([&] { open_run(file); }), file.path));
  RunFile other = file;
  other.checksums.pop_back();
  CHECK(has(message_of([&] { open_run(other); }), "checksums are known"));
}

// A file that was written wrong: checksums fit.
TEST_CASE("whatever bytes a run has, nobody reads beyond them") {
  Scratch directory;
  base::SeededRandom random(11);
  for (const std::size_t entries : {0u, 3u, 400u}) {
    const RunFile file = build_run(directory / "run", random_entries(random, entries, 60));
    const std::string good = read_file(file.path);
    int refused = 0;
    for (int i = 0; i < 200; ++i) {
      std::string bad = good;
      // Most of them at the end, where the parts are named.
      const std::size_t among = i % 3 == 0 ? bad.size() : std::min<std::size_t>(bad.size(), 64);
      const std::size_t at = bad.size() - 1 - random.below(among);
      bad[at] = static_cast<char>(random.below(3) == 0 ? 0xFF : random.below(256));
      if (i % 7 == 0) bad.resize(at);
      write_file(file.path, bad);
      RunFile as_it_is = file;
      as_it_is.bytes = bad.size();
      as_it_is.checksums.clear();
      for (std::size_t block = 0; block < bad.size(); block += checksum_block_bytes) {
        as_it_is.checksums.push_back(
            checksum(std::string_view(bad).substr(block, checksum_block_bytes)));
      }
      const std::string message = message_of([&] {
        RunReader reader(open_run(as_it_is));
        for (RunScan scan = reader.scan({}); scan.valid(); scan.next()) {
          reader.get(std::string{scan.key()} + "x");
        }
      });
      refused += message != "no error" ? 1 : 0;
    }
    CHECK(refused > 30);
  }
}

TEST_CASE("keys that begin alike, in large and small files") {
  Scratch directory;
  for (const int count : {1, 20, 5'000, 60'000}) {
    Entries entries;
    for (int i = 0; i < count; ++i) {
      const std::string number = std::to_string(1'000'000 + 2 * i);
      entries[stored_key({1, 1, "a customer of that name " + number, "", ""})] = "\1" + number;
    }
    RunReader reader(open_run(build_run(directory / "run", entries)));
    int wrong = 0;
    for (int i = -1; i < 2 * count + 1; ++i) {
      const std::string number = std::to_string(1'000'000 + i);
      const std::string key = stored_key({1, 1, "a customer of that name " + number, "", ""});
      const auto expected = entries.lower_bound(key);
      const auto value = reader.get(key);
      wrong += value.has_value() != entries.contains(key);
      if (value) wrong += *value != entries.at(key);
      if (i % 17 != 0) continue;
      RunScan scan = reader.scan({});
      scan.skip_to(key);
      wrong += scan.valid() != (expected != entries.end());
      if (scan.valid()) wrong += scan.key() != expected->first;
    }
    CHECK(wrong == 0);
    CHECK(all_of(reader.scan({})) == entries);
  }
}

TEST_CASE("a file that is no run, and a run of a newer format") {
  Scratch directory;
  const RunFile run = build_run(directory / "run", {});
  std::string newer = read_file(run.path);
  newer[newer.size() - 4] = 3;
  write_file(run.path, newer);
  RunFile as_it_is = run;
  as_it_is.checksums = {checksum(newer)};
  const std::string message = message_of([&] { open_run(as_it_is); });
  CHECK(has(message, run.path + " has format 3, this flinkc reads 1 and 2"));
  const std::string path = directory / "other";
  write_file(path, std::string(8192, 'x'));
  RunFile other{.path = path, .bytes = 8192, .checksums = {checksum(std::string(8192, 'x'))}};
  CHECK(has(message_of([&] { open_run(other); }), path));
}

TEST_CASE("one run, many readers on many threads") {
  Scratch directory;
  base::SeededRandom random(9);
  const Entries entries = random_entries(random, 2000, 40);
  auto run = open_run(build_run(directory / "a", entries));
  std::filesystem::remove(directory / "a");  // mapped files live on
  std::vector<std::thread> threads;
  std::atomic<int> wrong = 0;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 5; ++round) {
        RunReader reader(run);
        for (const auto& [key, value] : entries) wrong += reader.get(key) != value;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(wrong == 0);
}

TEST_CASE("a run behind a relative symbolic link") {
  Scratch directory;
  base::SeededRandom random(10);
  const Entries entries = random_entries(random, 20, 40);
  RunFile file = build_run(directory / "a", entries);
  std::filesystem::create_directory(directory / "links");
  std::filesystem::create_symlink("../a", directory / "links/a");
  file.path = directory / "links/a";
  fs::LocalFileSystem files;
  RunReader reader(Run::open(files, file, {.scratch_file = directory / "scratch"}));
  for (const auto& [key, value] : entries) CHECK(reader.get(key) == value);
}

TEST_CASE("a directory that is not there, a scratch file that cannot be") {
  Scratch directory;
  fs::LocalFileSystem files;
  CHECK(
      has(message_of([&] { RunBuilder({.scratch_file = directory / "no/such"}); }), "io.tmp.dirs"));
  RunBuilder builder({.scratch_file = directory / "scratch"});
  CHECK(has(message_of([&] { builder.publish(files, directory / "no/run"); }), "no/run"));
}
