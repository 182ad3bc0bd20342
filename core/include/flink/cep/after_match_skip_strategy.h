// SPDX-License-Identifier: Apache-2.0
// What a match makes impossible: which other matches that began at the same time, or within it, are
// dropped (Flink, "After Match Skip Strategy"). A value.
#pragma once

#include <string>

namespace flink {

class AfterMatchSkipStrategy {
 public:
  enum class Kind : unsigned char {
    no_skip,
    skip_to_next,
    skip_past_last_event,
    skip_to_first,
    skip_to_last,
  };

  // Every match is emitted.
  static AfterMatchSkipStrategy no_skip() { return AfterMatchSkipStrategy{Kind::no_skip, {}}; }
  // Drops those that begin with the same event.
  static AfterMatchSkipStrategy skip_to_next() {
    return AfterMatchSkipStrategy{Kind::skip_to_next, {}};
  }
  // Drops those that began before the match ended.
  static AfterMatchSkipStrategy skip_past_last_event() {
    return AfterMatchSkipStrategy{Kind::skip_past_last_event, {}};
  }
  // Drops those that began before the match's first event of that step.
  static AfterMatchSkipStrategy skip_to_first(std::string step) {
    return AfterMatchSkipStrategy{Kind::skip_to_first, std::move(step)};
  }
  // Likewise, before its last event of that step.
  static AfterMatchSkipStrategy skip_to_last(std::string step) {
    return AfterMatchSkipStrategy{Kind::skip_to_last, std::move(step)};
  }
  // The job fails at a match without that step, or which begins with the event to skip to; without
  // this nothing is dropped then. For the two above; throws Error{user} for others.
  AfterMatchSkipStrategy throw_exception_on_miss() const;

  Kind kind() const noexcept { return kind_; }
  const std::string& step() const noexcept { return step_; }
  bool throws_on_miss() const noexcept { return throws_on_miss_; }

 private:
  AfterMatchSkipStrategy(Kind kind, std::string step) : kind_(kind), step_(std::move(step)) {}

  Kind kind_;
  std::string step_;
  bool throws_on_miss_ = false;
};

}  // namespace flink
