// SPDX-License-Identifier: Apache-2.0
// Pattern<T>: a sequence of steps that events of one key go through (Flink, "The Pattern API").
//   Pattern<Event>::begin("start").where(is_tiny)
//       .next("large").where(is_large).times(2)
//       .within(10s)
// A value: each call gives a new pattern, with a step more or with its last step changed. What
// cannot be throws Error{user}.
#pragma once

#include <flink/cep/definition.h>
#include <flink/operators/function_traits.h>

#include <concepts>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>

namespace flink {

namespace cep {
template <class V, class S>
constexpr bool is_alternative = false;
template <class... A, class S>
constexpr bool is_alternative<std::variant<A...>, S> = (std::is_same_v<A, S> || ...);
}  // namespace cep

template <class T, class S>
class Pattern;
namespace cep {
template <class T, class P>
constexpr bool is_pattern_of = false;
template <class T, class S>
constexpr bool is_pattern_of<T, Pattern<T, S>> = true;
}  // namespace cep

// S: what conditions of the last step get, an alternative of T after subtype().
template <class T, class S = T>
class [[nodiscard]] Pattern {
 public:
  using value_type = T;

  // The first step, or a group of steps as the first.
  static Pattern begin(std::string name,
                       AfterMatchSkipStrategy skip = AfterMatchSkipStrategy::no_skip()) {
    cep::Definition made{std::move(skip)};
    made.add(std::move(name), cep::Contiguity::strict);
    return Pattern{std::move(made)};
  }
  template <class G>
  static Pattern begin(const Pattern<T, G>& group,
                       AfterMatchSkipStrategy skip = AfterMatchSkipStrategy::no_skip()) {
    cep::Definition made{std::move(skip)};
    made.add_group(group.definition(), cep::Contiguity::strict);
    return Pattern{std::move(made)};
  }

  // ---- a step more: of a name that is its own, or a group
  // The very next event.
  template <class Next>
  Pattern<T> next(Next next) const {
    return followed(std::move(next), cep::Contiguity::strict);
  }
  // The first event that fits, whatever comes between.
  template <class Next>
  Pattern<T> followed_by(Next next) const {
    return followed(std::move(next), cep::Contiguity::relaxed);
  }
  // Any event that fits: each makes a match.
  template <class Next>
  Pattern<T> followed_by_any(Next next) const {
    return followed(std::move(next), cep::Contiguity::any);
  }
  // The next event must not be such.
  Pattern<T> not_next(std::string name) const {
    return followed(std::move(name), cep::Contiguity::not_next);
  }
  // None such before the next step; as the last step, none until within() is over.
  Pattern<T> not_followed_by(std::string name) const {
    return followed(std::move(name), cep::Contiguity::not_followed);
  }

  // ---- which events
  // bool(const S&), or bool(const S&, ConditionContext<T>&). Several: all must hold.
  template <class F>
  Pattern where(F function) const {
    return with([&](cep::Definition& d) { d.where(made(std::move(function))); });
  }
  // Or that instead of everything so far.
  template <class F>
  Pattern or_where(F function) const {
    return with([&](cep::Definition& d) { d.or_where(made(std::move(function))); });
  }
  // Only events that are a U, one of the alternatives of T.
  template <class U>
  Pattern<T, U> subtype() const {
    static_assert(cep::is_alternative<T, U>,
                  "flinkc: subtype<U>() is for events that are a std::variant, U being one of its "
                  "alternatives");
    Pattern<T, U> changed{definition_};
    return changed.where([](const U&) { return true; });
  }
  // Ends a loop: no more events once one of these came.
  template <class F>
  Pattern until(F function) const {
    return with([&](cep::Definition& d) { d.until(made(std::move(function))); });
  }

  // ---- how many. `window`: at most so much between one event of the step and the one before.
  Pattern optional() const {
    return with([](cep::Definition& d) { d.optional(); });
  }
  Pattern times(int count) const { return times(count, count); }
  Pattern times(int count, cep::Millis window) const {
    return with([&](cep::Definition& d) { d.times(count, count, window); });
  }
  Pattern times(int from, int to) const {
    return with([&](cep::Definition& d) { d.times(from, to, {}); });
  }
  Pattern times(int from, int to, cep::Millis window) const {
    return with([&](cep::Definition& d) { d.times(from, to, window); });
  }
  Pattern one_or_more() const { return times_or_more(1); }
  Pattern one_or_more(cep::Millis window) const { return times_or_more(1, window); }
  Pattern times_or_more(int from) const {
    return with([&](cep::Definition& d) { d.times_or_more(from, {}); });
  }
  Pattern times_or_more(int from, cep::Millis window) const {
    return with([&](cep::Definition& d) { d.times_or_more(from, window); });
  }
  // As many as there are: what follows gets no event that the loop could have.
  Pattern greedy() const {
    return with([](cep::Definition& d) { d.greedy(); });
  }
  // Within the loop: any events that fit, or only such that follow each other at once.
  Pattern allow_combinations() const {
    return with([](cep::Definition& d) { d.allow_combinations(); });
  }
  Pattern consecutive() const {
    return with([](cep::Definition& d) { d.consecutive(); });
  }

  // The match, or the step, must not take that long or longer. Of several for the match the
  // shortest counts.
  Pattern within(cep::Millis time, WithinType type = WithinType::first_and_last) const {
    return with([&](cep::Definition& d) { d.within(time, type); });
  }

  // For operators.
  explicit Pattern(cep::Definition definition) : definition_(std::move(definition)) {}
  const cep::Definition& definition() const noexcept { return definition_; }

 private:
  template <class Change>
  Pattern with(Change&& change) const {
    Pattern changed = *this;
    change(changed.definition_);
    return changed;
  }
  template <class Next>
  Pattern<T> followed(Next next, cep::Contiguity contiguity) const {
    cep::Definition longer = definition_;
    if constexpr (std::convertible_to<Next, std::string>) {
      longer.add(std::move(next), contiguity);
    } else {
      constexpr bool fits = cep::is_pattern_of<T, Next>;
      static_assert(fits, "flinkc: a step is a name, or a Pattern of the same events as a group");
      if constexpr (fits) longer.add_group(next.definition(), contiguity);
    }
    return Pattern<T>{std::move(longer)};
  }
  template <class F>
  static cep::ExpressionRef made(F function) {
    constexpr bool fits = cep::is_simple_condition<F, T, S> || cep::is_iterative_condition<F, T, S>;
    static_assert(fits || detail::is_mutable_function<F>,
                  "flinkc: a pattern's condition is bool(const Event&) or bool(const Event&, "
                  "ConditionContext<Event>&), with the pattern's event type");
    static_assert(!detail::is_mutable_function<F>,
                  "flinkc: this condition changes itself from event to event (a mutable lambda or "
                  "a non-const operator()); a failure would lose that: look at what the match has "
                  "taken by ConditionContext<Event>&");
    if constexpr (fits) {
      return cep::condition(std::make_shared<cep::ConditionOf<T, S, F>>(std::move(function)));
    } else {
      return {};
    }
  }

  cep::Definition definition_;
};

}  // namespace flink
