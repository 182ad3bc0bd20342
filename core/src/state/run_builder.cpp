// SPDX-License-Identifier: Apache-2.0
#include "state/run_builder.h"

#include <fcntl.h>
#include <flink/base/check.h>
#include <flink/error.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "state/bloom_filter.h"
#include "state/lmdb.h"

namespace flink::state {
namespace {

using flink::detail::concat;

constexpr std::uint64_t entries_a_commit = 200'000;
constexpr std::size_t map_bytes_min = std::size_t{256} << 20;
constexpr std::size_t entry_bytes_max = 0xFFFF0000u;  // LMDB's own limit of a value is 4 GiB - 1

[[noreturn]] void fail_system(const char* what, const std::string& file) {
  check_lmdb(errno, what, file);
  throw Error(ErrorKind::internal, concat("state: cannot ", what, " ", file));
}

class Descriptor {
 public:
  Descriptor(const std::string& file, int flags) : fd_(::open(file.c_str(), flags | O_CLOEXEC)) {
    if (fd_ < 0) fail_system("open", file);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() { ::close(fd_); }
  int get() const { return fd_; }

 private:
  int fd_;
};

}  // namespace

struct RunBuilder::Build {
  explicit Build(RunBuilderOptions given)
      : options(std::move(given)), bloom(options.entries_max), map_bytes(map_bytes_min) {
    ::unlink(options.scratch_file.c_str());
    env = open_lmdb(options.scratch_file, MDB_NOSYNC, map_bytes);
    begin();
  }
  ~Build() {
    cursor.reset();
    txn.reset();
    env.reset();
    ::unlink(options.scratch_file.c_str());
  }

  void begin() {
    txn = begin_lmdb(env.get(), options.scratch_file, 0);
    open_main_database(txn.get(), options.scratch_file);
    cursor = lmdb_cursor(txn.get(), options.scratch_file);
  }
  void commit() {
    cursor.reset();
    check_lmdb(mdb_txn_commit(txn.release()), "write", options.scratch_file);
    pending_bytes = 0;
    pending_entries = 0;
  }
  std::uint64_t used_bytes() const {
    MDB_envinfo info{};
    MDB_stat stat{};
    check_lmdb(mdb_env_info(env.get(), &info), "read", options.scratch_file);
    check_lmdb(mdb_env_stat(env.get(), &stat), "read", options.scratch_file);
    return (info.me_last_pgno + 1) * std::uint64_t{stat.ms_psize};
  }
  // Commits what is buffered when it is enough, and makes the map larger ahead of need.
  void make_room(std::size_t entry_bytes) {
    const bool full = pending_entries > 0 && (pending_entries >= entries_a_commit ||
                                              pending_bytes + entry_bytes > commit_bytes());
    // Pages are at least half full (a value just over half a page, a page); trees add a little.
    const std::uint64_t wanted = 3 * (pending_bytes + entry_bytes) + (std::uint64_t{16} << 20);
    if (!full && used + wanted <= map_bytes) return;
    commit();
    used = used_bytes();
    const std::uint64_t next = 3 * std::max<std::uint64_t>(entry_bytes, commit_bytes());
    if (used + next + (std::uint64_t{16} << 20) > map_bytes) {
      map_bytes = 2 * (used + next) + map_bytes_min;
      check_lmdb(mdb_env_set_mapsize(env.get(), map_bytes), "map", options.scratch_file);
    }
    begin();
  }
  std::size_t commit_bytes() const {
    return std::max<std::size_t>(options.buffered_bytes_max, 1 << 20);
  }

  char* put(std::string_view key, std::size_t value_bytes) {
    const std::size_t entry_bytes = key.size() + value_bytes + 16;
    if (value_bytes > entry_bytes_max) {
      throw Error(ErrorKind::user,
                  concat("state: one value takes ", value_bytes, " bytes; the limit is ",
                         entry_bytes_max, ": spread it over a MapState or ListState"));
    }
    make_room(entry_bytes);
    MDB_val name = lmdb_value(key);
    MDB_val value{value_bytes, nullptr};
    const int rc = mdb_cursor_put(cursor.get(), &name, &value, MDB_APPEND | MDB_RESERVE);
    FLINK_CHECK(rc != MDB_KEYEXIST, "keys of a run must ascend; key bytes", key.size());
    check_lmdb(rc, "write", options.scratch_file);
    pending_bytes += entry_bytes;
    ++pending_entries;
    return static_cast<char*>(value.mv_data);
  }
  void put_meta(std::string_view name, std::string_view bytes) {
    char* room = put(meta_key(name), bytes.size());
    if (!bytes.empty()) std::memcpy(room, bytes.data(), bytes.size());
  }

  void count(std::string_view key, std::size_t value_bytes, EntryTag tag) {
    const std::uint32_t state = state_of(key);
    if (current == nullptr || current->state != state) {
      const auto found =
          std::lower_bound(info.states.begin(), info.states.end(), state,
                           [](const StateCount& c, std::uint32_t id) { return c.state < id; });
      const bool known = found != info.states.end() && found->state == state;
      current = &*(known ? found : info.states.insert(found, StateCount{.state = state}));
      const auto described =
          std::find_if(options.states.begin(), options.states.end(),
                       [state](const StateDescriptor& other) { return other.id == state; });
      all_described &= described != options.states.end();
      collection = described != options.states.end() &&
                   (described->kind == "map" || described->kind == "list");
    }
    if (collection) add_prefix(key.substr(0, prefix_size(key)));
    const bool gone = tag == EntryTag::tombstone || tag == EntryTag::prefix_tombstone;
    ++info.entries;
    info.tombstones += gone ? 1 : 0;
    info.prefix_tombstones += tag == EntryTag::prefix_tombstone ? 1 : 0;
    ++current->entries;
    current->tombstones += gone ? 1 : 0;
    current->bytes += key.size() + value_bytes;
    bytes += key.size() + value_bytes;
  }

  // So that walks pass by runs that have nothing of a map or list.
  void add_prefix(std::string_view prefix) {
    if (prefix == last_prefix) return;
    last_prefix = prefix;
    bloom.add(hash_entry_key(prefix));
    ++prefixes;
  }

  void finish() {
    bloom.fold(info.entries + prefixes);
    put_meta("bloom", bloom.bytes());
    put_meta("info", encode_info(info));
    if (all_described) put_meta("prefixes", "in the Bloom filter");
    put_meta("states", encode_states(options.states));
    put_meta("version", encode_version());
    commit();
    used = used_bytes();
    env.reset();
    bloom = BloomFilter();
  }

  RunBuilderOptions options;
  BloomFilter bloom;
  LmdbEnvironment env;
  LmdbTransaction txn;
  LmdbCursor cursor;
  std::uint64_t map_bytes;
  std::uint64_t used = 0;  // at the last commit
  std::uint64_t pending_bytes = 0, pending_entries = 0;
  RunInfo info;
  StateCount* current = nullptr;
  bool collection = false;  // `current` is
  bool all_described = true;
  std::string last_prefix;
  std::uint64_t prefixes = 0;
  std::uint64_t bytes = 0;
  bool ended = false;
};

RunBuilder::RunBuilder(RunBuilderOptions options)
    : build_(std::make_unique<Build>(std::move(options))) {}
RunBuilder::RunBuilder(RunBuilder&&) noexcept = default;
RunBuilder& RunBuilder::operator=(RunBuilder&&) noexcept = default;
RunBuilder::~RunBuilder() = default;

char* RunBuilder::append(std::string_view stored_key, std::size_t value_bytes, EntryTag tag) {
  FLINK_CHECK(!build_->ended && value_bytes > 0 && stored_key.size() <= stored_key_bytes_max,
              stored_key.size(), value_bytes);
  FLINK_CHECK(group_of(stored_key) != meta_group);
  char* room = build_->put(stored_key, value_bytes);
  room[0] = static_cast<char>(tag);
  build_->count(stored_key, value_bytes, tag);
  build_->bloom.add(hash_entry_key(stored_key));
  return room;
}

void RunBuilder::append(std::string_view stored_key, std::string_view value) {
  FLINK_CHECK(!value.empty());
  char* room = append(stored_key, value.size(), static_cast<EntryTag>(value[0]));
  std::memcpy(room, value.data(), value.size());
}

std::uint64_t RunBuilder::entries() const { return build_->info.entries; }
std::uint64_t RunBuilder::bytes() const { return build_->bytes; }

std::shared_ptr<const Run> RunBuilder::finish(bool point_reads) {
  FLINK_CHECK(!build_->ended, "ended twice");
  build_->ended = true;
  build_->finish();
  const std::string& scratch = build_->options.scratch_file;
  RunFile file{.path = scratch, .bytes = build_->used, .entries = build_->info.entries};
  const Descriptor source(scratch, O_RDWR);
  if (::ftruncate(source.get(), static_cast<off_t>(file.bytes)) != 0) {
    fail_system("shorten", scratch);
  }
  return Run::adopt(std::move(file), point_reads);
}

RunFile RunBuilder::publish(base::FileSystem& files, const std::string& path) {
  return finish(false)->publish(files, path);
}

}  // namespace flink::state
