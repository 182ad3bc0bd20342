// SPDX-License-Identifier: Apache-2.0
#include "state/run_stack.h"

#include <flink/base/check.h>

#include <algorithm>
#include <utility>

namespace flink::state {

std::uint64_t RunStack::without(std::string_view prefix, std::uint64_t hash) const {
  const int group = group_of(prefix);
  std::uint64_t none = 0;
  for (std::size_t i = 0; i < std::min<std::size_t>(runs_.size(), 64); ++i) {
    const StackedRun& at = runs_[i];
    if (!at.groups.contains(group) || !at.run->may_have_under(hash)) none |= std::uint64_t{1} << i;
  }
  return none;
}

std::size_t RunStack::filter_bytes() const {
  std::size_t bytes = 0;
  for (const StackedRun& run : runs_) bytes += run.run->bloom().memory_bytes();
  return bytes;
}

void RunStack::let_go_of_pages() const {
  for (const StackedRun& run : runs_) run.run->let_go_of_pages();
}

std::uint64_t RunStack::push(StackedRun run) {
  run.number = ++last_number_;
  ++version_;
  readers_.emplace_back(run.run);
  inputs_.push_back(run.input());
  runs_.push_back(std::move(run));
  return last_number_;
}

std::optional<RunStack::Found> RunStack::find(std::string_view stored_key, bool ttl) {
  const std::uint64_t hash = hash_entry_key(stored_key);
  const int group = group_of(stored_key);
  for (std::size_t i = runs_.size(); i-- > 0;) {
    const StackedRun& at = runs_[i];
    if (!at.groups.contains(group) || !at.run->may_contain(hash)) continue;
    const auto stored = readers_[i].get(stored_key);
    if (!stored) continue;
    const EntryValue value = decode_value(*stored, ttl);
    if (!value.is_value()) return std::nullopt;
    return Found{value, &at};
  }
  return std::nullopt;
}

// Whether a run has anything of that map or list is known from lines that are in a cache; each
// entry has a line of its own in every filter.
std::optional<RunStack::Found> RunStack::find_under(std::string_view stored_key,
                                                    std::string_view prefix, bool ttl,
                                                    std::uint64_t prefix_hash,
                                                    const std::optional<Place>& place) {
  const std::uint64_t hash = hash_entry_key(stored_key);
  const int group = group_of(stored_key);
  for (std::size_t i = place ? place->run + 1 : runs_.size(); i-- > 0;) {
    const StackedRun& at = runs_[i];
    if (!at.groups.contains(group) || !at.run->may_have_under(prefix_hash)) continue;
    std::optional<std::string_view> stored;
    if (place && i == place->run)
      stored = readers_[i].cursor().get_under(stored_key, place->in_run);
    else if (at.run->may_contain(hash)) stored = readers_[i].get(stored_key);
    if (stored) {
      const EntryValue value = decode_value(*stored, ttl);
      if (!value.is_value()) return std::nullopt;
      return Found{value, &at};
    }
    if (!at.run->has_prefix_tombstones()) continue;
    stored = readers_[i].get(prefix);
    if (stored && decode_value(*stored, ttl).tag == EntryTag::prefix_tombstone) return std::nullopt;
  }
  return std::nullopt;
}

std::optional<std::size_t> RunStack::newest_with(std::string_view stored_key, std::uint64_t hash,
                                                 bool collection) const {
  const int group = group_of(stored_key);
  for (std::size_t i = runs_.size(); i-- > 0;) {
    const StackedRun& at = runs_[i];
    if (!at.groups.contains(group)) continue;
    if (collection ? at.run->may_have_under(hash) : at.run->may_contain(hash)) return i;
  }
  return std::nullopt;
}

std::optional<RunStack::Found> RunStack::find_at(std::string_view stored_key, bool ttl,
                                                 const Place& place) {
  const auto stored = readers_[place.run].get_at(stored_key, place.in_run);
  if (!stored) return find(stored_key, ttl);  // its filter was wrong
  const EntryValue value = decode_value(*stored, ttl);
  if (!value.is_value()) return std::nullopt;
  return Found{value, &runs_[place.run]};
}

// ---- standing

void RunStack::published(std::uint64_t number, std::int64_t checkpoint, RunFile file) {
  for (StackedRun& run : runs_) {
    if (run.number != number) continue;
    run.standing = StackedRun::Standing::pending;
    run.checkpoint = checkpoint;
    run.published = std::move(file);
    return;
  }
}

void RunStack::confirm(std::int64_t checkpoint) {
  for (StackedRun& run : runs_) {
    if (run.standing != StackedRun::Standing::pending || run.checkpoint > checkpoint) continue;
    // An older checkpoint's files may be gone: it will never be complete.
    run.standing = run.checkpoint == checkpoint ? StackedRun::Standing::confirmed
                                                : StackedRun::Standing::local;
  }
}

void RunStack::abort(std::int64_t checkpoint) {
  for (StackedRun& run : runs_) {
    if (run.standing == StackedRun::Standing::pending && run.checkpoint == checkpoint) {
      run.standing = StackedRun::Standing::local;
    }
  }
}

void RunStack::forget_published() {
  for (StackedRun& run : runs_) run.standing = StackedRun::Standing::local;
}

// ---- merges

RunStack::Choice RunStack::choose_merge(std::size_t runs_wanted) const {
  if (runs_.size() <= runs_wanted) return {};
  // From the newest on, whatever is not much larger than all that is newer.
  const auto bytes_of = [this](std::size_t i) { return runs_[i].run->file().bytes; };
  std::size_t first = runs_.size() - 1;
  std::uint64_t bytes = bytes_of(first);
  while (first > 0 && bytes_of(first - 1) <= 2 * bytes) bytes += bytes_of(--first);
  if (runs_.size() - first >= 2) return {first, runs_.size() - first};
  // All sizes differ much: the cheapest two neighbours.
  std::size_t best = 0;
  for (std::size_t i = 1; i + 1 < runs_.size(); ++i) {
    if (bytes_of(i) + bytes_of(i + 1) <= bytes_of(best) + bytes_of(best + 1)) best = i;
  }
  return {best, 2};
}

std::vector<StackedRun> RunStack::clear() {
  ++version_;
  readers_.clear();
  inputs_.clear();
  return std::exchange(runs_, {});
}

void RunStack::replace(const std::vector<std::uint64_t>& numbers, std::shared_ptr<const Run> merged,
                       KeyGroupRange groups) {
  FLINK_CHECK(!numbers.empty());
  ++version_;
  std::size_t first = 0;
  while (first < runs_.size() && runs_[first].number != numbers.front()) ++first;
  FLINK_CHECK(first + numbers.size() <= runs_.size(), first, numbers.size(), runs_.size());
  const auto at = static_cast<std::ptrdiff_t>(first);
  const auto end = at + static_cast<std::ptrdiff_t>(numbers.size());
  FLINK_CHECK(runs_[first + numbers.size() - 1].number == numbers.back());
  runs_.erase(runs_.begin() + at, runs_.begin() + end);
  readers_.erase(readers_.begin() + at, readers_.begin() + end);
  inputs_.erase(inputs_.begin() + at, inputs_.begin() + end);
  if (merged == nullptr) return;
  readers_.emplace(readers_.begin() + at, merged);
  StackedRun run;
  run.number = ++last_number_;
  run.run = std::move(merged);
  run.groups = groups;
  inputs_.insert(inputs_.begin() + at, run.input());
  runs_.insert(runs_.begin() + at, std::move(run));
}

}  // namespace flink::state
