// SPDX-License-Identifier: Apache-2.0
// Restoring: runs are fetched and checked, timers and whatever there is room for become rows, the
// rest stays where it is.
#include <flink/base/check.h>
#include <flink/error.h>

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "state/cold_state.h"
#include "state/kinds.h"
#include "state/scratch_value.h"
#include "state/timer_entry.h"

namespace flink::state {

namespace {

constexpr std::size_t batch = 32;

// The part that begins at `at` of a stored key, to `part`; `at` is behind it then. False: it was
// cut.
bool take_part(std::string_view stored, std::size_t& at, std::string& part) {
  part.resize(stored.size());
  char* to = part.data();
  while (at + 1 < stored.size()) {
    const char byte = stored[at++];
    if (byte != '\0') {
      *to++ = byte;
      continue;
    }
    const auto mark = static_cast<unsigned char>(stored[at++]);
    if (mark == 0xFF) {
      *to++ = '\0';
      continue;
    }
    part.resize(static_cast<std::size_t>(to - part.data()));
    return mark == 1;
  }
  return false;
}
// The parts of a stored key that is not cut (which only its value tells, where the subkey is).
bool split_key(std::string_view stored, std::string& key, std::string& name_space,
               std::string_view& subkey) {
  std::size_t at = 6;  // behind group and state
  if (!take_part(stored, at, key)) return false;
  if (stored.substr(at, 2) == std::string_view{"\0\1", 2}) {  // mostly
    name_space.clear();
    at += 2;
  } else if (!take_part(stored, at, name_space)) {
    return false;
  }
  subkey = stored.substr(at);
  return true;
}

}  // namespace

// Entries to rows, a batch at a time: the index lines of all are asked for, then their rows, then
// they are filled.
class ColdState::Loader {
 public:
  explicit Loader(ColdState& cold) : cold_(cold), rows_(*cold.tables_.key_rows().front()) {
    for (const auto& state : rows_.states) {
      states_[state->id] = state.get();
      if (state->subkey == nullptr) continue;
      subkeys_[state->id] = std::make_unique<ScratchValue>(*state->subkey);
    }
    for (std::size_t i = 0; i < batch; ++i) {
      entries_[i].key = std::make_unique<ScratchValue>(*rows_.key_type);
    }
  }

  void add(const RunMerge& merge) {
    const std::uint32_t id = state_of(merge.key());
    if (last_ == nullptr || last_->id != id) {
      const auto found = states_.find(id);
      if (found == states_.end()) return;  // nobody is bound to it
      last_ = found->second;
    }
    Entry& entry = entries_[count_];
    entry.state = last_;
    entry.run = &cold_.stack_.run_of(merge.input());
    entry.value = decode_value(merge.value(), last_->has_ttl);
    if (!entry.value.is_value()) return;
    if (entry.value.whole_key.empty() &&
        split_key(merge.key(), key_bytes_, namespace_bytes_, entry.subkey)) {
      entry.key->read(key_bytes_);
      entry.name_space = Namespace(namespace_bytes_);
    } else {
      DecodedKey key = decode_entry_key(merge.key(), entry.value);
      entry.key->read(key.key);
      entry.name_space = Namespace(key.name_space);
      entry.long_subkey = std::move(key.subkey);
      entry.subkey = entry.long_subkey;
    }
    entry.key_hash = rows_.key_type->hash(entry.key->get());
    entry.hash = entry.name_space.row_hash(entry.key_hash);
    rows_.table->prefetch_index(entry.hash);
    if (++count_ == batch) finish();
  }

  void finish() {
    for (std::size_t i = 0; i < count_; ++i) rows_.table->likely(entries_[i].hash);
    for (std::size_t i = 0; i < count_; ++i) fill(entries_[i]);
    count_ = 0;
  }

 private:
  struct Entry {
    BoundState* state = nullptr;
    const StackedRun* run = nullptr;
    std::unique_ptr<ScratchValue> key;
    std::uint64_t key_hash = 0, hash = 0;
    Namespace name_space;
    EntryValue value;
    std::string_view subkey;
    std::string long_subkey;
  };

  void fill(Entry& entry) {
    BoundState& state = *entry.state;
    Row* row = rows_.find(entry.hash, entry.key->get(), entry.name_space);
    if (row == nullptr) {
      row = cold_.tables_.make_row(rows_, entry.key_hash, entry.key->get(), entry.name_space);
    }
    if (!is_collection(state.kind)) {
      if ((state.bits(row) & present) == 0) {
        cold_.fill_cell(state, row, *entry.run, entry.value);
      }
      return;
    }
    ScratchValue& subkey = *subkeys_[state.id];
    subkey.read(entry.subkey);
    const std::uint64_t hash = element_hash(row, state.subkey->hash(subkey.get()));
    cold_.fill_element(state, row, hash, subkey.get(), *entry.run, entry.value);
    if (state.kind == StateKind::list) {
      state.head(row).next_index = *static_cast<const std::uint64_t*>(subkey.get()) + 1;
    }
  }

  ColdState& cold_;
  KeyRows& rows_;
  std::map<std::uint32_t, BoundState*> states_;
  std::map<std::uint32_t, std::unique_ptr<ScratchValue>> subkeys_;
  BoundState* last_ = nullptr;
  std::array<Entry, batch> entries_;
  std::size_t count_ = 0;
  std::string key_bytes_, namespace_bytes_;
};

void ColdState::attach(const KeyedStateSetup& setup,
                       const std::function<std::string()>& scratch_file, bool point_reads) {
  std::map<std::string, std::shared_ptr<const Run>> opened;  // one file may be in several handles
  for (const KeyedStateHandle& handle : setup.restored) {
    std::vector<Timers*> old_timers;
    for (const StateDescriptor& state : handle.states) {
      const auto old =
          std::find_if(tables_.timers().begin(), tables_.timers().end(),
                       [&state](const auto& timers) { return timers->old_id() == state.id; });
      if (old != tables_.timers().end()) {
        old_timers.push_back(old->get());
        continue;
      }
      const auto known = descriptors();
      if (std::none_of(known.begin(), known.end(),
                       [&state](const StateDescriptor& other) { return other.id == state.id; })) {
        carried_.push_back(state);
      }
    }
    for (const RunRef& ref : handle.runs) {
      StackedRun stacked;
      stacked.groups = {std::max(ref.groups.first, groups_.first),
                        std::min(ref.groups.last, groups_.last)};
      if (stacked.groups.empty()) continue;
      stacked.restored_of = ref.groups;
      std::shared_ptr<const Run>& run = opened[ref.file.path];
      if (run == nullptr && setup.find_local) run = setup.find_local(ref.file);
      if (run == nullptr) {
        OpenRunOptions options;
        options.scratch_file = scratch_file();
        options.direct = setup.direct_runs;
        options.point_reads = point_reads;
        run = Run::open(*setup.files, ref.file, options);
      }
      if (auto switched = with_ttl_switched(run, scratch_file, point_reads)) {  // its own now
        if (switched->info().entries == 0) continue;
        stacked.run = switched;
        stacked.restored_of = stacked.groups;
      } else {
        stacked.run = run;
        stacked.standing = StackedRun::Standing::confirmed;
        stacked.published = ref.file;
      }
      check_restored(*stacked.run, stacked);
      for (Timers* const timers : old_timers) old_timers_[timers].push_back(stacked.input());
      stack_.push(std::move(stacked));
    }
  }
}

// Null when no state got or lost its time-to-live. What gets one is as if written now.
std::shared_ptr<const Run> ColdState::with_ttl_switched(
    const std::shared_ptr<const Run>& run, const std::function<std::string()>& scratch_file,
    bool point_reads) {
  MergeOptions options;
  for (const auto& rows : tables_.key_rows()) {
    for (const auto& state : rows->states) {
      const StateDescriptor* const was = run->find_state(state->id);
      if (was == nullptr || was->ttl == state->has_ttl) continue;
      options.states.push_back(*was);
      options.states.back().ttl = state->has_ttl;
    }
  }
  if (options.states.empty()) return nullptr;
  options.within = groups_;
  options.ttl_starts = static_cast<std::uint64_t>(clock_.wall_millis());
  options.scratch_file = scratch_file();
  return merge_runs({{run, groups_}}, options, point_reads);
}

void ColdState::check_restored(const Run& run, StackedRun& stacked) {
  for (const auto& rows : tables_.key_rows()) {
    for (const auto& state : rows->states) {
      const StateDescriptor* const was = run.find_state(state->id);
      if (was == nullptr) continue;
      const StateDescriptor is = StateTables::descriptor(*state);
      const auto refuse = [&](std::string_view what, std::string_view before,
                              std::string_view now) {
        throw Error{ErrorKind::incurable,
                    flink::detail::concat("state \"", state->name, "\" of ", operator_name_,
                                          " cannot be restored from ", run.file().path, ": its ",
                                          what, " was ", before, " and is ", now,
                                          ": give the state another name, or keep what it was")};
      };
      if (was->name != is.name) refuse("name", was->name, is.name);
      if (was->kind != is.kind) refuse("kind", was->kind, is.kind);
      if (was->key_schema != is.key_schema) refuse("key type", was->key_schema, is.key_schema);
      if (was->subkey_schema != is.subkey_schema) {
        refuse("map key type", was->subkey_schema, is.subkey_schema);
      }
      if (was->namespace_schema != is.namespace_schema) {
        refuse("namespace", was->namespace_schema, is.namespace_schema);
      }
      if (was->ttl != is.ttl)
        refuse("time-to-live", was->ttl ? "on" : "off", is.ttl ? "on" : "off");
      if (was->value_schema == is.value_schema) continue;
      const auto problems = schema_problems(was->value_schema, is.value_schema);
      if (!problems.empty()) {
        std::string all;
        for (const std::string& problem : problems) all += "\n  " + problem;
        throw Error{
            ErrorKind::user,
            flink::detail::concat("state \"", state->name, "\" of ", operator_name_,
                                  " cannot be restored from ", run.file().path,
                                  ": its type changed in a way that cannot be converted:", all)};
      }
      stacked.converters[state->id] = std::make_shared<SchemaConverter>(
          was->value_schema, is.value_schema, state->value->defaults());
    }
  }
}

// Room in the indexes for all that runs have and memory may hold, so that they need not grow again
// and again.
void ColdState::reserve_rows(std::size_t budget) {
  std::map<std::uint32_t, std::uint64_t> entries;
  for (const StackedRun& run : stack_.runs()) {
    const auto taken = static_cast<std::uint64_t>(run.groups.last - run.groups.first + 1);
    const auto all = static_cast<std::uint64_t>(run.restored_of.last - run.restored_of.first + 1);
    for (const StateCount& count : run.run->info().states) {
      entries[count.state] += count.entries * taken / all;
    }
  }
  KeyRows& rows = *tables_.key_rows().front();
  // States of one table mostly have the same keys.
  std::map<RowTable*, std::uint64_t> wanted;
  for (const auto& state : rows.states) {
    RowTable* const table = (is_collection(state->kind) ? state->elements : rows.table).get();
    wanted[table] = std::max(wanted[table], entries[state->id]);
  }
  std::uint64_t bytes = 1;
  for (const auto& [table, count] : wanted) bytes += table->bytes_of(count);
  const double share = static_cast<double>(budget) / static_cast<double>(bytes);
  for (const auto& [table, count] : wanted) {
    const bool all = budget == 0 || bytes <= budget;
    table->reserve(all ? count : static_cast<std::size_t>(static_cast<double>(count) * share));
  }
}

// Written once more as they are written now: runs that a later checkpoint names may still have the
// old entries, but its states have not.
void ColdState::load_old_timers() {
  for (const auto& [timers, inputs] : old_timers_) {
    for (int group = groups_.first; group <= groups_.last; ++group) {
      RunMerge merge(inputs, state_prefix(static_cast<std::uint16_t>(group), timers->old_id()));
      for (; merge.valid(); merge.next()) {
        const EntryValue value = decode_value(merge.value(), false);
        if (!value.is_value()) continue;
        DecodedKey key = decode_entry_key(merge.key(), value);
        timers->add_restored(timer_millis(key.subkey), key.key, key.name_space);
      }
    }
  }
  old_timers_.clear();
}

bool ColdState::load(std::size_t budget) {
  Loader loader(*this);
  reserve_rows(budget);
  bool all = true;
  for (RunMerge merge(stack_.inputs(), groups_, true); merge.valid(); merge.next()) {
    loader.add(merge);
    if (budget != 0 && tables_.memory_bytes() > budget - budget / 8) {
      all = false;
      break;
    }
  }
  loader.finish();
  return all;
}

}  // namespace flink::state
