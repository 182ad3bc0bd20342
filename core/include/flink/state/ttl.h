// SPDX-License-Identifier: Apache-2.0
// How long state lives: StateTtlConfig (Flink, "State Time-To-Live").
//   count_.enable_time_to_live(StateTtlConfig::new_builder(5min)
//       .set_update_type(UpdateType::on_read_and_write).build());
// Processing time. Each value of a ValueState, each entry of a map, each element of a list ages by
// itself.
#pragma once

#include <flink/base/chrono.h>

#include <cstdint>

namespace flink {

// What makes a value young again.
enum class UpdateType : std::uint8_t { disabled, on_create_and_write, on_read_and_write };
// Whether a value that is too old, but not yet removed, is still given out.
enum class StateVisibility : std::uint8_t {
  never_return_expired,
  return_expired_if_not_cleaned_up
};

class StateTtlConfig {
 public:
  class Builder;
  static Builder new_builder(std::chrono::milliseconds ttl);

  StateTtlConfig() = default;  // no time-to-live
  bool is_enabled() const { return update_type_ != UpdateType::disabled && ttl_.count() > 0; }
  std::chrono::milliseconds time_to_live() const { return ttl_; }
  UpdateType update_type() const { return update_type_; }
  StateVisibility state_visibility() const { return visibility_; }
  bool cleans_full_snapshot() const { return full_snapshot_; }
  bool cleans_in_background() const { return background_; }
  int incremental_entries() const { return incremental_entries_; }
  bool cleans_every_record() const { return every_record_; }

 private:
  std::chrono::milliseconds ttl_{0};
  UpdateType update_type_ = UpdateType::on_create_and_write;
  StateVisibility visibility_ = StateVisibility::never_return_expired;
  bool full_snapshot_ = false;
  bool background_ = true;
  int incremental_entries_ = 5;
  bool every_record_ = false;
};

class StateTtlConfig::Builder {
 public:
  // Throws Error{user} unless it is positive; milliseconds::max(): for ever.
  explicit Builder(std::chrono::milliseconds ttl);
  Builder& set_update_type(UpdateType type) { return config_.update_type_ = type, *this; }
  Builder& update_ttl_on_create_and_write() {
    return set_update_type(UpdateType::on_create_and_write);
  }
  Builder& update_ttl_on_read_and_write() { return set_update_type(UpdateType::on_read_and_write); }
  Builder& set_state_visibility(StateVisibility visibility) {
    return config_.visibility_ = visibility, *this;
  }
  Builder& never_return_expired() {
    return set_state_visibility(StateVisibility::never_return_expired);
  }
  Builder& return_expired_if_not_cleaned_up() {
    return set_state_visibility(StateVisibility::return_expired_if_not_cleaned_up);
  }
  // Savepoints and full checkpoints leave out what is too old.
  Builder& cleanup_full_snapshot() { return config_.full_snapshot_ = true, *this; }
  // Each access to state also looks at `entries` others; each record too when `every_record`.
  Builder& cleanup_incrementally(int entries, bool every_record) {
    config_.incremental_entries_ = entries;
    config_.every_record_ = every_record;
    return *this;
  }
  // Merges of runs leave out what is too old.
  Builder& cleanup_in_background() { return config_.background_ = true, *this; }
  Builder& disable_cleanup_in_background() { return config_.background_ = false, *this; }
  StateTtlConfig build() const { return config_; }

 private:
  StateTtlConfig config_;
};
inline StateTtlConfig::Builder StateTtlConfig::new_builder(std::chrono::milliseconds ttl) {
  return Builder{ttl};
}

}  // namespace flink
