// SPDX-License-Identifier: Apache-2.0
// A pattern as it was written down: its steps, untyped. Pattern<T> is its typed face. What cannot
// be is refused where it is written, with Error{user}, or by compile() when it takes the whole to
// see.
#pragma once

#include <flink/base/chrono.h>
#include <flink/base/memory.h>
#include <flink/cep/after_match_skip_strategy.h>
#include <flink/cep/condition.h>

#include <optional>
#include <string>
#include <vector>

namespace flink {

// What a time given to within() is measured between.
enum class WithinType : unsigned char {
  first_and_last,        // the match's first and last event
  previous_and_current,  // the step's event and the one before
};

namespace cep {

enum class Contiguity : std::uint8_t { strict, relaxed, any, not_next, not_followed };

using Millis = std::chrono::milliseconds;

struct Step {
  std::string name;  // a group's: of its first step
  Contiguity contiguity = Contiguity::strict;
  std::shared_ptr<const std::vector<Step>> group;  // null: a single step

  enum class Quantifier : std::uint8_t { single, times, looping };
  Quantifier quantifier = Quantifier::single;
  int from = 1, to = 1;  // how often; looping: at least `from`
  Contiguity inner = Contiguity::relaxed;
  bool optional = false;
  bool greedy = false;
  std::optional<Millis> loop_window;  // between two events of the step

  ExpressionRef condition;  // null: every event
  ExpressionRef until;
  std::optional<Millis> within_match, within_previous;

  bool is_group() const { return group != nullptr; }
  bool is_not() const {
    return contiguity == Contiguity::not_next || contiguity == Contiguity::not_followed;
  }
};

// Each function but the first two is about the last step.
class Definition {
 public:
  explicit Definition(AfterMatchSkipStrategy skip) : skip_(std::move(skip)) {}
  void add(std::string name, Contiguity contiguity);
  void add_group(const Definition& group, Contiguity contiguity);

  void where(ExpressionRef condition);
  void or_where(ExpressionRef condition);
  void until(ExpressionRef condition);
  void optional();
  void greedy();
  void times(int from, int to, std::optional<Millis> window);
  void times_or_more(int from, std::optional<Millis> window);
  void allow_combinations();
  void consecutive();
  void within(Millis time, WithinType type);

  const std::vector<Step>& steps() const noexcept { return steps_; }
  const AfterMatchSkipStrategy& skip() const noexcept { return skip_; }

 private:
  Step& last() { return steps_.back(); }
  void quantify(Step::Quantifier quantifier, std::optional<Millis> window);

  std::vector<Step> steps_;
  AfterMatchSkipStrategy skip_;
};

}  // namespace cep
}  // namespace flink
