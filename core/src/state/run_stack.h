// SPDX-License-Identifier: Apache-2.0
// RunStack: the runs of one operator's subtask, newer ones over older ones; look-ups by key, what
// to merge, and where each run's file stands with checkpoints. The slot's thread only; runs
// themselves are immutable and shared with helpers.
#pragma once

#include <flink/types/evolution.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "state/handles.h"
#include "state/run_merge.h"
#include "state/run_reader.h"

namespace flink::state {

struct StackedRun {
  std::uint64_t number = 0;  // names it within its backend
  std::shared_ptr<const Run> run;
  KeyGroupRange groups;       // which of its groups count
  KeyGroupRange restored_of;  // which did before this subtask took some; empty: it is of its own

  // The copy that a checkpoint refers to. `local`: there is none that a later one may build on.
  enum class Standing : std::uint8_t { local, pending, confirmed } standing = Standing::local;
  std::int64_t checkpoint = 0;  // pending: until that one is complete
  RunFile published;

  // Of states that the run has under another schema than this job.
  std::map<std::uint32_t, std::shared_ptr<const SchemaConverter>> converters;

  MergeInput input() const { return {run, groups}; }
};

class RunStack {
 public:
  bool empty() const { return runs_.empty(); }
  std::size_t size() const { return runs_.size(); }
  const std::vector<StackedRun>& runs() const { return runs_; }
  const std::vector<MergeInput>& inputs() const { return inputs_; }
  std::size_t filter_bytes() const;  // that they keep in memory
  void let_go_of_pages() const;      // see SortedFile
  // A bit for each input that surely has nothing under a map's or list's prefix; of the first 64.
  // `hash`: of the prefix.
  std::uint64_t without(std::string_view prefix, std::uint64_t hash) const;
  // Returns the run's number.
  std::uint64_t push(StackedRun run);

  struct Found {
    EntryValue value;
    const StackedRun* run = nullptr;
  };
  // The newest value of that entry, which has no subkey; none: there is none.
  std::optional<Found> find(std::string_view stored_key, bool ttl);
  // ---- the same ahead of need, in steps (ExpectedEntries)
  // Where an entry lies if anywhere: newer runs have nothing of it.
  struct Place {
    std::size_t run = 0;
    SortedFile::Cursor::Place in_run;
  };
  // Places are of one version.
  std::uint64_t version() const { return version_; }
  void ask_filters(std::uint64_t hash) const {
    for (const StackedRun& run : runs_) run.run->bloom().prefetch(hash);
  }
  // The newest run that may have the entry, or, of a map's or list's prefix, anything under it.
  std::optional<std::size_t> newest_with(std::string_view stored_key, std::uint64_t hash,
                                         bool collection) const;
  void ask(std::string_view stored_key, Place& place) {
    readers_[place.run].ask(stored_key, place.in_run);
  }
  // Of an entry without a subkey. None: as find() says.
  std::optional<Found> find_at(std::string_view stored_key, bool ttl, const Place& place);

  // Of an entry under a map's or list's prefix; `place`: of the prefix, if it was looked up ahead.
  std::optional<Found> find_under(std::string_view stored_key, std::string_view prefix, bool ttl,
                                  std::uint64_t prefix_hash, const std::optional<Place>& place);
  // Valid until the run is asked for something else.
  SortedFile::Cursor& cursor_of(std::size_t input) { return readers_[input].cursor(); }

  const StackedRun& run_of(std::size_t input) const { return runs_[input]; }

  // ---- standing
  void published(std::uint64_t number, std::int64_t checkpoint, RunFile file);
  void confirm(std::int64_t checkpoint);
  void abort(std::int64_t checkpoint);
  void forget_published();  // nothing that exists may be referred to

  // ---- merges
  struct Choice {
    std::size_t first = 0, count = 0;  // count 0: nothing to merge
  };
  // Runs of similar size, when there are more than `runs_wanted`.
  Choice choose_merge(std::size_t runs_wanted) const;
  // All of it.
  std::vector<StackedRun> clear();
  // Puts one run in the place of those with these numbers, which lie side by side. `merged` null:
  // nothing is left of them.
  void replace(const std::vector<std::uint64_t>& numbers, std::shared_ptr<const Run> merged,
               KeyGroupRange groups);

 private:
  std::vector<StackedRun> runs_;    // oldest first
  std::vector<RunReader> readers_;  // of the same indexes
  std::vector<MergeInput> inputs_;  // likewise
  std::uint64_t last_number_ = 0;
  std::uint64_t version_ = 0;
};

}  // namespace flink::state
