// SPDX-License-Identifier: Apache-2.0
#include "state/keyed_backend.h"

#include <flink/base/check.h>
#include <flink/error.h>

#include <utility>

namespace flink::state {

namespace {
// A timer takes about 100 bytes, and those that are near about an eighth of the budget.
constexpr std::size_t budget_a_timer = 800;
}  // namespace

namespace {
// More than that leaves memory. What comes meanwhile, and what is on its way to a run, goes into
// the rest: all of it is to fit `memory_bytes`.
std::size_t rows_budget(const KeyedStateSetup& setup) {
  if (setup.type == "hashmap" || setup.one_key_at_a_time) return 0;
  return setup.memory_bytes - setup.memory_bytes / 4;
}
}  // namespace

std::unique_ptr<KeyedState> make_keyed_state_backend(KeyedStateSetup setup) {
  FLINK_CHECK(setup.clock != nullptr && !setup.groups.empty());
  return std::make_unique<Backend>(std::move(setup));
}

Backend::Backend(KeyedStateSetup setup)
    : setup_(std::move(setup)),
      budget_(rows_budget(setup_)),
      helpers_(setup_),
      tables_(*this, gauges_, setup_.groups, setup_.max_parallelism),
      cold_(tables_, gauges_, setup_),
      flushes_(tables_, cold_, gauges_, helpers_, setup_, budget_ != 0,
               [this] { eviction_.more_is_clean(); }),
      eviction_(tables_, flushes_, gauges_, *setup_.clock, budget_),
      aging_(tables_, gauges_, *setup_.clock) {
  gauges_.one_key = setup_.one_key_at_a_time;
}

KeyRows& Backend::key_rows(const TypeOps& key, std::string namespace_schema) {
  FLINK_CHECK(!started_);
  return tables_.key_rows(key, std::move(namespace_schema));
}
BoundState& Backend::register_state(KeyRows& rows, StateSpec spec) {
  FLINK_CHECK(!started_);
  return tables_.register_state(rows, std::move(spec));
}
TimerQueue& Backend::register_timers(KeyRows& rows, bool event_time) {
  FLINK_CHECK(!started_);
  return tables_.register_timers(rows, event_time);
}

void Backend::start() {
  FLINK_CHECK(!started_);
  started_ = true;
  tables_.lay_out();
  aging_.find();
  cold_.attach(
      setup_, [this] { return helpers_.scratch_file(); }, budget_ != 0);
  setup_.restored.clear();
  eviction_.keep_all() = true;
  if (!cold_.stack().empty() && !tables_.key_rows().empty()) {
    gauges_.complete = false;
    gauges_.complete = cold_.load(budget_);
  }
  const std::size_t near_max = budget_ == 0 ? SIZE_MAX : budget_ / budget_a_timer;
  for (const auto& timers : tables_.timers()) timers->attach(cold_.stack(), near_max);
  cold_.load_old_timers();
  eviction_.keep_all() = false;
}

Row* Backend::create_row(KeyRows& rows, Cursor& at) {
  require_key(at);
  Row* const row = tables_.make_row(rows, rows.key_hash_of(at), at.key, at.name_space);
  at.row = row;
  at.key = rows.key_of(row);
  // Others may stand in the same namespace.
  const auto tell = [row, &at](Cursor& other) {
    if (other.key != nullptr && other.hash == row->hash && other.name_space == at.name_space) {
      other.row = row;
    }
  };
  if (rows.namespaced) {
    tell(rows);
    for (const auto& other : rows.cursors) tell(*other);
  }
  tables_.note_growth();
  return row;
}

void Backend::require_key(const Cursor& at) const {
  if (at.key != nullptr) return;
  throw Error{ErrorKind::user,
              flink::detail::concat("keyed state of ", setup_.operator_name,
                                    " is used where no key is current: use it while an element "
                                    "of a keyed input is processed, or in on_timer(), not in "
                                    "open() or close() or for broadcast elements")};
}

Row* Backend::find_cold(BoundState& state) {
  require_key(*state.at);
  return cold_.find_row(state);
}

void Backend::touch_slow(Row* row) {
  const std::size_t group = tables_.group_index(row);
  if (tables_.is_clean(row)) flushes_.save_clean_image(row, group);
  else if (row->captured != row->epoch) flushes_.save_image(row, group);
  tables_.make_dirty(row, group);
}

void Backend::end_key() {
  tables_.drop_all();
  gauges_.unsettled = false;
}

void Backend::settle_slow() {
  gauges_.unsettled = false;
  tables_.leave_key();
  tables_.collect_garbage();
  aging_.clean_up();
  eviction_.make_room();
}

// ---- KeyedStateSnapshots

void Backend::begin(const SnapshotTarget& target, std::function<void(KeyedSnapshotResult)> done) {
  if (!started_) start();  // nobody uses it: what was restored is carried on
  flushes_.begin(target, std::move(done));
}

bool Backend::work(std::chrono::nanoseconds budget) {
  const base::TimePoint start = setup_.clock->now();
  tables_.leave_key();
  const bool more = flushes_.work_on_snapshots(start, start + budget);
  aging_.turn();
  if (gauges_.unsettled || aging_.any()) settle_slow();
  return more;
}

}  // namespace flink::state
