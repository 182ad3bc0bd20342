// SPDX-License-Identifier: Apache-2.0
// Conditions of a pattern's steps: bool(const T&), or bool(const T&, ConditionContext<T>&) for
// those that look at what the same partial match has taken before (Flink's IterativeCondition).
// What does not look at it is asked once an event, however many partial matches there are.
#pragma once

#include <flink/base/memory.h>
#include <flink/cep/match.h>
#include <flink/timestamp.h>

#include <cstdint>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace flink {

namespace cep {

// A partial match, as conditions see it.
class MatchSoFar {
 public:
  // In the order in which they were taken.
  virtual std::vector<const void*> events(std::string_view step) = 0;
  virtual std::int64_t millis() const = 0;      // of the event that is offered
  virtual std::int64_t now_millis() const = 0;  // processing time

 protected:
  ~MatchSoFar() = default;
};

// One function of the user's, untyped. Each subtask has a copy of its own.
class Condition {
 public:
  explicit Condition(bool looks_back) : looks_back_(looks_back) {}
  virtual ~Condition() = default;
  virtual bool holds(const void* event, MatchSoFar& match) const = 0;
  virtual std::unique_ptr<Condition> clone() const = 0;
  bool looks_back() const noexcept { return looks_back_; }

 private:
  bool looks_back_;
};

// What decides over an edge: a condition, or several, combined.
struct Expression;
using ExpressionRef = std::shared_ptr<const Expression>;
struct Expression {
  enum class Kind : std::uint8_t { condition, both, either, negated, always };
  Kind kind = Kind::always;
  std::shared_ptr<const Condition> condition;
  ExpressionRef a, b;
};
ExpressionRef condition(std::shared_ptr<const Condition> condition);
ExpressionRef always();
ExpressionRef both(ExpressionRef a, ExpressionRef b);
ExpressionRef either(ExpressionRef a, ExpressionRef b);
ExpressionRef negated(ExpressionRef a);

}  // namespace cep

// What an iterative condition gets beside the event.
template <class T>
class ConditionContext {
 public:
  explicit ConditionContext(cep::MatchSoFar& match) : match_(&match) {}
  // Those that the partial match has taken for that step; the event in question is not among them.
  // Throws Error{user} when the pattern has no such step.
  PatternEvents<T> events_for_pattern(std::string_view step) const {
    PatternEvents<T> events;
    for (const void* event : match_->events(step)) events.add(static_cast<const T*>(event));
    return events;
  }
  // Of the event; in processing time: when it came.
  Timestamp timestamp() const { return timestamp_of_millis(match_->millis()); }
  Timestamp current_processing_time() const { return timestamp_of_millis(match_->now_millis()); }

 private:
  cep::MatchSoFar* match_;
};

namespace cep {

// S: T, or the alternative of the variant T that the step is about.
template <class F, class T, class S>
constexpr bool is_simple_condition = std::is_invocable_r_v<bool, const F&, const S&>;
template <class F, class T, class S>
constexpr bool is_iterative_condition =
    std::is_invocable_r_v<bool, const F&, const S&, ConditionContext<T>&>;

template <class T, class S, class F>
class ConditionOf final : public Condition {
 public:
  explicit ConditionOf(F function)
      : Condition(!is_simple_condition<F, T, S>), function_(std::move(function)) {}
  bool holds(const void* event, MatchSoFar& match) const override {
    const T& record = *static_cast<const T*>(event);
    if constexpr (std::is_same_v<T, S>) {
      return test(record, match);
    } else {
      const S* const held = std::get_if<S>(&record);
      return held != nullptr && test(*held, match);
    }
  }
  std::unique_ptr<Condition> clone() const override {
    return std::make_unique<ConditionOf>(function_);
  }

 private:
  bool test(const S& event, MatchSoFar& match) const {
    if constexpr (is_simple_condition<F, T, S>) {
      return function_(event);
    } else {
      ConditionContext<T> context{match};
      return function_(event, context);
    }
  }
  F function_;
};

}  // namespace cep
}  // namespace flink
