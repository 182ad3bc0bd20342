// SPDX-License-Identifier: Apache-2.0
#include "state/merges.h"

#include <flink/error.h>
#include <flink/types/evolution.h>

#include <atomic>
#include <map>
#include <utility>

namespace flink::state {

namespace {
constexpr std::size_t runs_wanted = 10;
}  // namespace

// Written by the helper until `ready`, read by the slot afterwards.
struct Merges::Outcome {
  std::shared_ptr<const Run> run;
  std::string failure;
  std::atomic<bool> ready{false};
};

Merges::Merges(StateTables& tables, ColdState& cold, Helpers& helpers, const KeyedStateSetup& setup,
               bool point_reads)
    : tables_(tables),
      cold_(cold),
      helpers_(helpers),
      clock_(*setup.clock),
      groups_(setup.groups),
      point_reads_(point_reads) {}

MergeOptions Merges::options(bool bottom, bool full_snapshot) {
  MergeOptions options;
  options.within = groups_;
  options.bottom = bottom;
  options.states = cold_.descriptors();
  options.scratch_file = helpers_.scratch_file();
  for (const auto& timers : tables_.timers()) options.dropped.push_back(timers->old_id());
  std::map<std::uint32_t, std::string> defaults;
  std::map<std::uint32_t, std::uint64_t> lifetimes;
  for (const auto& rows : tables_.key_rows()) {
    for (const auto& state : rows->states) {
      defaults[state->id] = state->value->defaults();
      const bool cleans =
          full_snapshot ? state->ttl.cleans_full_snapshot() : state->ttl.cleans_in_background();
      if (state->has_ttl && cleans) {
        lifetimes[state->id] = static_cast<std::uint64_t>(state->ttl.time_to_live().count());
      }
    }
  }
  options.conversion = [defaults](const StateDescriptor& from, const StateDescriptor& to) {
    const auto found = defaults.find(to.id);
    auto converter = std::make_shared<SchemaConverter>(
        from.value_schema, to.value_schema,
        found == defaults.end() ? std::string_view{} : std::string_view{found->second});
    return
        [converter](std::string_view bytes, std::string& out) { converter->convert(bytes, out); };
  };
  if (!lifetimes.empty()) {
    options.keep = [lifetimes, now = static_cast<std::uint64_t>(clock_.wall_millis())](
                       const StateDescriptor& state, const EntryValue& value) {
      const auto found = lifetimes.find(state.id);
      return found == lifetimes.end() || value.last_access_millis + found->second > now;
    };
  }
  return options;
}

bool Merges::start() {
  if (merge_.has_value()) return false;
  const RunStack::Choice choice = cold_.stack().choose_merge(runs_wanted);
  if (choice.count == 0) return false;
  Merge merge;
  std::vector<MergeInput> inputs;
  for (std::size_t i = choice.first; i < choice.first + choice.count; ++i) {
    merge.numbers.push_back(cold_.stack().runs()[i].number);
    inputs.push_back(cold_.stack().runs()[i].input());
  }
  merge.outcome = std::make_shared<Outcome>();
  helpers_.run([inputs = std::move(inputs), outcome = merge.outcome,
                options = options(choice.first == 0, false), point_reads = point_reads_] {
    try {
      outcome->run = merge_runs(inputs, options, point_reads);
    } catch (const std::exception& failure) {
      outcome->failure = failure.what();
    }
    outcome->ready.store(true, std::memory_order_release);
  });
  merge_ = std::move(merge);
  return true;
}

bool Merges::take() {
  if (!merge_.has_value() || !merge_->outcome->ready.load(std::memory_order_acquire)) return false;
  const Merge merge = std::move(*merge_);
  merge_.reset();
  if (merge.obsolete) return true;
  if (!merge.outcome->failure.empty()) throw Error{ErrorKind::resource, merge.outcome->failure};
  std::shared_ptr<const Run> run = merge.outcome->run;
  if (run->info().entries == 0) run = nullptr;
  std::vector<StackedRun> before = cold_.stack().runs();
  cold_.stack().replace(merge.numbers, std::move(run), groups_);
  close_elsewhere(std::move(before));
  return true;
}

void Merges::drop_runs() {
  if (merge_.has_value()) merge_->obsolete = true;
  close_elsewhere(cold_.stack().clear());
}

// To close a large file takes a while: not on the slot.
void Merges::close_elsewhere(std::vector<StackedRun> runs) {
  helpers_.run_quietly(
      [runs = std::make_shared<std::vector<StackedRun>>(std::move(runs))] { runs->clear(); });
}

}  // namespace flink::state
