// SPDX-License-Identifier: Apache-2.0
// ColdState: what of an operator's keyed state is only in runs, and how it becomes rows again. The
// slot's thread only; reading may fault in pages of runs.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "state/backend.h"
#include "state/entry_writer.h"
#include "state/expected_entries.h"
#include "state/run_stack.h"
#include "state/tables.h"

namespace flink::state {

class ColdState {
 public:
  ColdState(StateTables& tables, Gauges& gauges, const KeyedStateSetup& setup);

  RunStack& stack() { return stack_; }
  // Of all that runs may have, states that no handle is bound to included.
  std::vector<StateDescriptor> descriptors() const;
  // Runs have nothing that memory has no place for.
  bool knows_all_states() const { return carried_.empty() && old_timers_.empty(); }

  // ---- restore (restore.cpp)
  // Opens runs and holds them against the states; `scratch_file` makes names.
  void attach(const KeyedStateSetup& setup, const std::function<std::string()>& scratch_file,
              bool point_reads);
  // What there is room for becomes rows. False: there was no room for all.
  bool load(std::size_t budget);
  // Those that format 1 wrote.
  void load_old_timers();

  // ---- what KeyedStateBackend promises
  void expect(const KeyRows& rows, std::uint64_t hash, const void* key);
  void look_up_expected();
  Row* find_row(BoundState& state);
  void load_cell(BoundState& state, Row* row);
  Element* load_element(BoundState& state, Row* owner, std::uint64_t hash, const void* subkey);
  // Collections (cold_elements.cpp).
  void load_all(BoundState& state, Row* owner);
  std::uint64_t next_index(BoundState& state, Row* owner);
  std::unique_ptr<ColdElements> cold(BoundState& state, Row* owner);
  bool has_any(BoundState& state, Row* owner);  // that memory does not know of

 private:
  std::optional<RunStack::Found> find_stored(const BoundState& state, const Row* owner,
                                             const void* subkey);
  void read_value(const BoundState& state, const StackedRun& run, const EntryValue& stored,
                  void* value);
  void fill_cell(BoundState& state, Row* row, const StackedRun& run, const EntryValue& stored);
  Element* fill_element(BoundState& state, Row* owner, std::uint64_t hash, const void* subkey,
                        const StackedRun& run, const EntryValue& stored);
  std::shared_ptr<const Run> with_ttl_switched(const std::shared_ptr<const Run>& run,
                                               const std::function<std::string()>& scratch_file,
                                               bool point_reads);
  bool may_have(const BoundState& state, const Row* owner);
  // A list's chunks.
  static void put_in_order(const BoundState& state, CollectionHead& head);
  void check_restored(const Run& run, StackedRun& stacked);
  void reserve_rows(std::size_t budget);
  class Elements;
  class Loader;

  StateTables& tables_;
  Gauges& gauges_;
  const base::Clock& clock_;
  KeyGroupRange groups_;
  std::string operator_name_;
  EntryWriter entries_;
  RunStack stack_;
  ExpectedEntries expected_{stack_};
  bool expecting_ = false;
  std::vector<StateDescriptor> carried_;  // states in runs that no handle is bound to
  std::map<Timers*, std::vector<MergeInput>> old_timers_;
  std::string convert_scratch_, key_scratch_;
};

}  // namespace flink::state
