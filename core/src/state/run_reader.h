// SPDX-License-Identifier: Apache-2.0
// Reads a run.
//   auto run = Run::open(files, file, {.scratch_file = tmp + "/7.run", .point_reads = true});
//   RunReader reader(run);
//   if (auto value = reader.get(key)) …                            // decode_value()
//   for (auto scan = reader.scan(prefix); scan.valid(); scan.next()) …   // key(), value()
//
// Run: an open run, immutable, shared by any threads. Opening blocks (for helpers): it reads the
// whole file, holds it against size and checksums BEFORE anybody reads entries, and maps it where
// it lies (`direct`: nobody removes it meanwhile), or under a name of its own, `scratch_file`:
// another link to the same file where the file system allows that, else a copy made on the way.
// That name is gone afterwards, and the Run stays readable when the other one is removed or
// replaced (not when somebody writes into the file itself: nobody does to a checkpoint). A file
// that is missing, cut, changed or too new throws Error that names file, offset and what to do.
//
// RunReader: cheap, one thread at a time; get() may fault in pages of the mapped file, nothing
// else. Views stay valid for as long as the Run lives.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/file_system.h"
#include "state/bloom_filter.h"
#include "state/descriptor.h"
#include "state/entry_key.h"
#include "state/handles.h"
#include "state/run_format.h"
#include "state/sorted_file.h"

namespace flink::state {

struct OpenRunOptions {
  std::string scratch_file;  // the name of its own; unused when direct
  bool direct = false;       // the operating system can open the path as it is
  bool point_reads = false;  // no read-ahead, and the Bloom filter is kept in memory
};

class RunScan;

class Run {
 public:
  static std::shared_ptr<const Run> open(base::FileSystem& files, const RunFile& file,
                                         const OpenRunOptions& options);
  // A file that was just written here, and is nobody else's; `bloom` is the one in it.
  static std::shared_ptr<const Run> adopt(RunFile file, Descriptor bytes, bool point_reads,
                                          BloomFilter bloom);
  // Puts it under PATH.part (the first time by giving the file that name, where that is possible;
  // else it is copied), syncs, renames, syncs the directory; any number of times, by helpers. A
  // crash leaves nothing under PATH or all of it; a failure leaves at most PATH.part, or, when the
  // rename's own outcome is unknown, PATH.
  RunFile publish(base::FileSystem& files, const std::string& path) const;

  // Whether it has the bytes of that file, by size and checksums; reads all of them. Helpers.
  bool has_bytes_of(const RunFile& file) const;

  struct Private;  // only open() and adopt() make runs
  explicit Run(const Private&);
  ~Run();

  const RunFile& file() const { return file_; }
  const RunInfo& info() const { return info_; }
  const std::vector<StateDescriptor>& states() const { return states_; }
  const StateDescriptor* find_state(std::uint32_t id) const;  // null: no entry is of that state
  // False: surely not. `hash`: hash_entry_key(stored key). Always true without point_reads.
  bool may_contain(std::uint64_t hash) const { return bloom_.may_contain(hash); }
  const BloomFilter& bloom() const { return bloom_; }
  void let_go_of_pages() const { bytes_->let_go_of_pages(); }
  // False: surely no entry of a map or list begins with that prefix, of which this is the hash.
  bool may_have_under(std::uint64_t prefix_hash) const {
    return !bloom_has_prefixes_ || may_contain(prefix_hash);
  }
  bool has_prefix_tombstones() const { return info_.prefix_tombstones > 0; }

 private:
  friend class RunReader;
  friend class RunScan;
  void read_meta(bool keep_bloom);
  template <class Step>
  std::uint64_t read_through(const Step& step) const;
  bool link_to(const std::string& name) const;
  void copy_to(base::WritableFile& target) const;

  RunFile file_;
  RunInfo info_;
  std::vector<StateDescriptor> states_;
  BloomFilter bloom_;
  bool bloom_has_prefixes_ = false;
  std::unique_ptr<SortedFile> bytes_;
};

// Reads the file and compares size and checksums; `copy`: also appended there. Throws as above.
void verify_run_file(base::FileSystem& files, const RunFile& file,
                     const std::function<void(std::span<const char>)>& copy = {});

// Entries in order of their keys; the run's own are not among them. A run without any is fine.
class RunScan {
 public:
  RunScan(RunScan&&) noexcept;
  RunScan& operator=(RunScan&&) noexcept;
  ~RunScan();

  bool valid() const { return valid_; }
  std::string_view key() const { return key_; }
  std::string_view value() const { return value_; }
  void next();
  // On to the first entry >= key (never backwards).
  void skip_to(std::string_view key);

 private:
  friend class RunReader;
  friend RunScan scan_run(const std::shared_ptr<const Run>& run, std::string_view prefix);
  RunScan(std::shared_ptr<const Run> run, std::string_view first, std::string end);
  void take(bool found);

  std::shared_ptr<const Run> run_;
  std::unique_ptr<SortedFile::Cursor> cursor_;
  std::string end_;  // the first key behind the scan
  std::string_view key_, value_;
  bool valid_ = false;
};

// What begins with `prefix`.
RunScan scan_run(const std::shared_ptr<const Run>& run, std::string_view prefix);

class RunReader {
 public:
  explicit RunReader(std::shared_ptr<const Run> run);
  RunReader(RunReader&&) noexcept;
  RunReader& operator=(RunReader&&) noexcept;
  ~RunReader();

  const Run& run() const { return *run_; }
  // The value as stored. Keys in ascending order cost less. Does not ask the Bloom filter.
  std::optional<std::string_view> get(std::string_view stored_key);
  // The same in steps (SortedFile::Cursor).
  void ask(std::string_view stored_key, SortedFile::Cursor::Place& place) {
    cursor_->ask(stored_key, place);
  }
  std::optional<std::string_view> get_at(std::string_view stored_key,
                                         const SortedFile::Cursor::Place& place) {
    return cursor_->get_at(stored_key, place);
  }
  // For what follows of it; not while a RunScan could be meant, which has one of its own.
  SortedFile::Cursor& cursor() { return *cursor_; }
  // found(index, value) for each key that is there; keys ascending; the Bloom filter is asked.
  void get_sorted(std::span<const std::string_view> stored_keys,
                  const std::function<void(std::size_t, std::string_view)>& found);

  // Scans are independent of the reader and of each other.
  RunScan scan(std::string_view prefix) const;
  RunScan scan_groups(KeyGroupRange groups) const;

 private:
  std::shared_ptr<const Run> run_;
  std::unique_ptr<SortedFile::Cursor> cursor_;
};

// One run of a stack: of its entries count only those of these key groups.
struct RunLayer {
  RunReader reader;
  KeyGroupRange groups;
};

// What the newest run that says anything says. `layers`: oldest first. None: no run has the entry,
// or the newest that knows of it says it is gone, itself or all under its prefix.
std::optional<std::string_view> get_newest(std::span<RunLayer> layers, std::string_view stored_key);

}  // namespace flink::state
