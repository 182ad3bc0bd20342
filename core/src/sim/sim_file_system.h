// SPDX-License-Identifier: Apache-2.0
// Files of a simulation: in memory, over the real ones, which are only ever read. One SimDisk is
// shared by all processes, each of which sees it through a SimFileSystem of its own.
//
// Durability is POSIX's, at its strictest: bytes survive the loss of the writer's machine once the
// file is synced, names (created, renamed, removed) once their directory is. What was not synced is
// lost in part, by the seed: a file keeps some of its unsynced bytes, perhaps with a hole of zeros;
// the last changes of a directory are undone. A process that is merely killed loses nothing it had
// written.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/file_system.h"
#include "base/random.h"
#include "sim/crash_points.h"
#include "sim/life.h"
#include "sim/sim_queue.h"
#include "sim/trace.h"

namespace flink::sim {

class SimDisk {
 public:
  // `beneath`: the real files; null: there are none.
  SimDisk(const SimQueue& queue, Trace& trace, std::uint64_t seed, base::FileSystem* beneath)
      : queue_(queue), trace_(trace), random_(seed), beneath_(beneath) {}

  // Faults.
  //  The process's machine is gone, with what was not synced.
  void machine_lost(const Life& life);
  //  The process's n-th next operation on an open file, from 0, fails with an input/output error;
  //  an append may have written a part.
  void fail_operation(ProcessId process, std::uint64_t countdown);
  //  No room for the process's appends until then.
  void fill_until(ProcessId process, TimePoint time);
  //  One bit of what the process reads next of a file with checksums is wrong.
  void flip_bit(ProcessId process) { troubles_[process].flips = true; }
  //  All of these end.
  void heal() { troubles_.clear(); }
  // Of the simulated files, which have checksums that their readers must compare.
  std::function<bool(const std::string& path)> has_checksums;
  // Dies in the middle of its operations when told so.
  CrashPoints* crash_points = nullptr;

  // A name has got another meaning.
  struct NameEvent {
    const std::string& path;
    const std::string* bytes;  // null: it is gone
    TimePoint now, appended_at;
    bool machine_lost;  // not done by anybody: a change that was not durable is undone
    ProcessId by;       // who changed it, or was on that machine
  };
  std::function<void(const NameEvent& event)> on_name;
  std::function<void(const std::string& path, ProcessId by)> on_directory;

  // Every file that the simulation made, by path; without their bytes; directories.
  std::map<std::string, std::string> files() const;
  std::vector<std::string> names() const;
  const std::string* bytes_of(const std::string& path) const {
    const auto it = files_.find(path);
    return it == files_.end() ? nullptr : &it->second->bytes;
  }
  const std::set<std::string>& directories() const { return directories_; }
  std::uint64_t errors_injected() const { return errors_injected_; }
  std::uint64_t bits_flipped() const { return bits_flipped_; }

 private:
  friend class SimFileSystem;
  struct File {
    std::string bytes;
    std::size_t durable = 0;  // that much of the beginning is synced
    TimePoint appended_at;
    LifeRef writer;
  };
  using FileRef = std::shared_ptr<File>;
  class Reader;
  class Writer;
  // What names meant before and after one change of a directory.
  struct NameChange {
    LifeRef by;
    struct Name {
      std::string path;
      FileRef before, after;
      bool hidden_before = false;
    };
    std::vector<Name> names;
  };
  struct Trouble {
    std::optional<std::uint64_t> fails_in;
    TimePoint full_until;
    bool flips = false;
  };

  FileRef find(const std::string& path) const;
  bool hidden(const std::string& path) const { return hidden_.contains(path); }
  bool is_directory(const std::string& path) const;
  void change(const LifeRef& by, const std::string& directory,
              std::vector<std::pair<std::string, FileRef>> names);
  void set(const std::string& path, const FileRef& file, bool hide, bool machine_lost,
           ProcessId by);
  // Throws when the next operation is to fail; `partial`: how many of that many bytes were written.
  void trouble(const LifeRef& life, const char* operation, const std::string& path,
               std::size_t* partial = nullptr);
  void flip_if_told(const LifeRef& life, const std::string& path, std::span<char> bytes);
  // An effect that is there or not, and may be the process's last.
  template <class Effect>
  void act(const LifeRef& life, const char* what, const std::string& path, Effect effect) {
    if (crash_points == nullptr) effect();
    else crash_points->act(life, point_name(what, path), effect);
  }

  const SimQueue& queue_;
  Trace& trace_;
  base::SeededRandom random_;
  base::FileSystem* beneath_;
  std::map<std::string, FileRef> files_;
  std::set<std::string> directories_;
  std::set<std::string> hidden_;  // real files that were removed or renamed
  std::map<std::string, std::vector<NameChange>> unsynced_names_;  // by directory, oldest first
  std::map<ProcessId, Trouble> troubles_;
  std::uint64_t errors_injected_ = 0, bits_flipped_ = 0;
};

// A dead process's calls change nothing; its reads fail.
class SimFileSystem final : public base::FileSystem {
 public:
  SimFileSystem(SimDisk& disk, LifeRef life) : disk_(disk), life_(std::move(life)) {}
  std::unique_ptr<base::ReadableFile> open_read(const base::Path& path) override;
  std::unique_ptr<base::WritableFile> create(const base::Path& path, bool truncate) override;
  std::optional<base::FileStatus> status(const base::Path& path) override;
  std::vector<base::FileStatus> list(const base::Path& directory) override;
  void create_directories(const base::Path& path) override;
  void rename(const base::Path& from, const base::Path& to) override;
  bool remove(const base::Path& path) override;
  void sync_directory(const base::Path& path) override;

 private:
  SimDisk& disk_;
  LifeRef life_;
};

}  // namespace flink::sim
