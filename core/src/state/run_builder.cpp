// SPDX-License-Identifier: Apache-2.0
#include "state/run_builder.h"

#include <flink/base/check.h>
#include <flink/error.h>

#include <algorithm>
#include <cstring>

#include "state/bloom_filter.h"
#include "state/flat_writer.h"

namespace flink::state {
namespace {

using flink::detail::concat;

constexpr std::size_t entry_bytes_max = 0xFFFF0000u;

}  // namespace

struct RunBuilder::Build {
  explicit Build(RunBuilderOptions given)
      : options(std::move(given)),
        bloom(options.entries_max),
        writer(options.scratch_file, options.buffered_bytes_max) {}

  char* put(std::string_view key, std::size_t value_bytes) {
    if (value_bytes > entry_bytes_max) {
      throw Error(ErrorKind::user,
                  concat("state: one value takes ", value_bytes, " bytes; the limit is ",
                         entry_bytes_max, ": spread it over a MapState or ListState"));
    }
    return writer.append(key, value_bytes);
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
      timers = described != options.states.end() && described->kind == "timer";
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
    // Nobody asks a run for one timer.
    if (timers) return;
    bloom.add(hash_entry_key(key));
    ++keys;
  }

  // So that walks pass by runs that have nothing of a map or list.
  void add_prefix(std::string_view prefix) {
    if (prefix == last_prefix) return;
    last_prefix = prefix;
    bloom.add(hash_entry_key(prefix));
    ++keys;
  }

  FlatWriter::Written finish() {
    bloom.fold(keys);
    return writer.finish(info, options.states, bloom.bytes(), all_described);
  }

  RunBuilderOptions options;
  BloomFilter bloom;
  FlatWriter writer;
  RunInfo info;
  StateCount* current = nullptr;
  bool collection = false, timers = false;  // `current` is
  bool all_described = true;
  std::string last_prefix;
  std::uint64_t keys = 0;  // in the filter
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
  FlatWriter::Written written = build_->finish();
  RunFile file{.path = build_->options.scratch_file,
               .bytes = written.bytes,
               .entries = build_->info.entries,
               .checksums = std::move(written.checksums)};
  return Run::adopt(std::move(file), std::move(written.file), point_reads,
                    std::move(build_->bloom));
}

RunFile RunBuilder::publish(base::FileSystem& files, const std::string& path) {
  return finish(false)->publish(files, path);
}

}  // namespace flink::state
