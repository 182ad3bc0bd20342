// SPDX-License-Identifier: Apache-2.0
// The untyped half of the window operator and of what is given to it.
#include <flink/error.h>
#include <flink/graph/operator.h>
#include <flink/windows/all_windows.h>
#include <flink/windows/sliced_window_operator.h>
#include <flink/windows/window_context.h>
#include <flink/windows/window_operator.h>

#include <algorithm>
#include <numeric>
#include <string>
#include <utility>

namespace flink::detail {

namespace {

[[noreturn]] void refuse(const std::string& message) { throw Error{ErrorKind::user, message}; }
std::string ms(std::int64_t millis) { return std::to_string(millis) + " ms"; }

}  // namespace

Slicing::Slicing(std::int64_t size, std::int64_t slide, std::int64_t offset)
    : size_(size), slide_(slide), offset_(offset), width_(std::gcd(size, slide)) {}

// ---- warnings and refusals

std::vector<std::string> window_warnings(const WindowOddities& odd) {
  std::vector<std::string> warnings;
  if (!odd.assigner.empty()) warnings.push_back(odd.assigner);
  if (odd.lateness_without_effect) {
    warnings.push_back(
        "allowed_lateness has no effect: nothing is late in windows of processing time");
  }
  if (odd.never_fires) {
    warnings.push_back(
        "global windows never fire of themselves, and no trigger was given, so nothing will ever "
        "come out: add .trigger(CountTrigger::of(n)) or another");
  } else if (odd.grows_for_ever) {
    warnings.push_back(
        "a global window keeps all elements of a key, and its trigger never drops any, so its "
        "state grows without bound: use PurgingTrigger::of(trigger), an evictor, or reduce or "
        "aggregate in place of process");
  }
  return warnings;
}

void check_trigger_count(std::int64_t count) {
  if (count > 0) return;
  refuse("CountTrigger::of(" + std::to_string(count) +
         "): a window fires after at least one element");
}
void check_trigger_interval(const char* trigger, std::chrono::milliseconds interval) {
  if (interval.count() > 0) return;
  refuse(std::string{trigger} + "::of: the interval is " + ms(interval.count()) +
         "; it is at least 1 ms");
}
void check_trigger_timeout(std::chrono::milliseconds timeout) {
  if (timeout.count() > 0) return;
  refuse("ProcessingTimeoutTrigger::of: the timeout is " + ms(timeout.count()) +
         "; it is at least 1 ms");
}
std::int64_t checked_lateness(std::chrono::milliseconds lateness) {
  if (lateness.count() >= 0) return lateness.count();
  refuse("allowed_lateness: it is " + ms(lateness.count()) + "; it is not negative");
}
void refuse_trigger_of_merging_windows() {
  refuse(
      "these windows merge (sessions do), and the trigger says by can_merge() that it does not: "
      "use another trigger, or make can_merge() true and write on_merge(window, ctx)");
}

void fail_without_timestamp(OperatorContext& context) {
  refuse("\"" + std::string{context.runtime().task_name()} +
         "\" puts records into windows of event time, but a record has no timestamp (or the least, "
         "-9223372036854775808, which stands for none): give from_source, or "
         "assign_timestamps_and_watermarks before key_by, a WatermarkStrategy with "
         ".with_timestamp_assigner(&Record::field), or use windows of processing time");
}
void fail_merge_of_late_windows(bool event_time, Timestamp now, Timestamp window_end) {
  const std::string time = event_time ? "watermark" : "processing time";
  refuse("windows were merged into one that ends at " +
         std::to_string(window_end.time_since_epoch().count()) + ", but the " + time + " is " +
         std::to_string(now.time_since_epoch().count()) +
         " already: by merging, a window may become longer, but not end earlier; mend the "
         "assigner's merge_windows");
}

void refuse_other_slices(std::int64_t width, std::int64_t phase, const Slicing& slicing) {
  const auto slices = [](std::int64_t length, std::int64_t from) {
    return "slices of " + ms(length) + (from == 0 ? "" : " from " + ms(from) + " on");
  };
  refuse("state \"window-slices\": what was restored are " + slices(width, phase) +
         ", and size, slide and offset of these sliding windows now ask for " +
         slices(slicing.width(), slicing.phase()) +
         ": windows cannot be put together from them; give the old size, slide and offset, or give "
         "the windows another uid and begin anew");
}

// ---- states of window functions

void WindowStates::open(std::vector<const StateHandle*> handles, state::Cursor& global,
                        bool merging) {
  global_ = &global;
  merging_ = merging;
  known_.clear();
  for (const StateHandle* const handle : handles) {
    rows_ = handle->bound().rows;
    known_.push_back({handle, Scope::unknown});
    handle->stand_at(global);
  }
}

WindowStates::Known& WindowStates::find(const StateHandle& handle) {
  for (Known& known : known_) {
    if (known.handle == &handle) return known;
  }
  refuse("state \"" + handle.name() +
         "\" is given to window_state or global_state, but is no member of the window function: "
         "make it one");
}

void WindowStates::stand_in_window(const StateHandle& handle) {
  if (merging_) {
    refuse("window_state(\"" + handle.name() +
           "\") in windows that merge (sessions do): there is no state of one such window; use "
           "global_state");
  }
  Known& known = find(handle);
  if (known.scope == Scope::key) {
    refuse("state \"" + handle.name() +
           "\" is used by global_state and by window_state: give each its own handle");
  }
  if (known.scope == Scope::window) return;
  known.scope = Scope::window;
  handle.stand_at(*rows_);
}

void WindowStates::stand_in_key(const StateHandle& handle) {
  Known& known = find(handle);
  if (known.scope == Scope::window) {
    refuse("state \"" + handle.name() +
           "\" is used by window_state and by global_state: give each its own handle");
  }
  known.scope = Scope::key;
}

void WindowStates::enter_known_key() {
  if (rows_->name_space.is_void()) {
    // Two cursors must not make one row: see who stands there.
    for (const Known& known : known_) known.handle->stand_at(*rows_);
  } else if (global_->key == nullptr) {
    rows_->enter(*global_, state::Namespace{});
  }
}

// Also of states that were not used since a restore, so that it is not known whose they are: the
// key's have nothing there, but where both are one row.
void WindowStates::clear_known() {
  if (merging_) return;
  for (const Known& known : known_) {
    if (known.scope == Scope::key) continue;
    if (known.scope == Scope::unknown && rows_->name_space.is_void()) continue;
    state::BoundState& state = known.handle->bound();
    state::Cursor* const before = std::exchange(state.at, rows_);
    if (state::is_collection(state.kind)) {
      state.note_change();
      state.clear_all();
    } else {
      state.clear();
    }
    state.at = before;
  }
}

}  // namespace flink::detail
