// SPDX-License-Identifier: Apache-2.0
#include "cep/nfa_builder.h"

#include <flink/cep/match.h>

namespace flink::cep {

namespace {
constexpr std::uint32_t nowhere = UINT32_MAX;

// In a loop that `until` ends.
ExpressionRef unless(const ExpressionRef& until, ExpressionRef condition) {
  if (!until || !condition) return condition;
  return both(negated(until), std::move(condition));
}
}  // namespace

NfaBuilder::NfaBuilder(const std::vector<std::string>& names, bool with_window)
    : names_(names), with_window_(with_window) {}

std::uint32_t NfaBuilder::build(const std::vector<Step>& steps) {
  const State final = add(steps.back(), StateKind::final);
  return sequence({steps, 0, nullptr, true, nullptr}, final);
}

NfaBuilder::State NfaBuilder::sequence(const Place& place, State sink) {
  for (std::size_t i = place.steps.size(); i-- > 0;) {
    const Place here{place.steps, i, place.group, place.first_round, place.behind};
    switch (here.step().contiguity) {
      case Contiguity::not_followed:
        sink = pending(here, sink);
        break;
      case Contiguity::not_next:
        sink = not_next(here, sink);
        break;
      default:
        sink = convert(here, sink);
    }
  }
  return sink;
}

// Between two steps a not_followed_by is no state: the step behind it has an edge to its stop.
NfaBuilder::State NfaBuilder::pending(const Place& place, State sink) {
  const Step& step = place.step();
  if (states_[sink].kind != StateKind::final) return sink;
  if (!with_window_ && !step.within_previous) return sink;
  const State waits = add(step, StateKind::pending);
  set_window(place, waits);
  const ExpressionRef condition = take_of(place, step);
  edge(waits, Action::proceed, stop(step), condition);
  edge(waits, Action::ignore, waits, negated(condition));
  add_stops(place, waits);
  return waits;
}

NfaBuilder::State NfaBuilder::not_next(const Place& place, State sink) {
  const Step& step = place.step();
  const State state = add(step);
  set_window(place, state);
  const ExpressionRef condition = take_of(place, step);
  // As the last step it needs an event to see that it was not followed.
  const bool last = states_[sink].kind == StateKind::final;
  edge(state, last ? Action::ignore : Action::proceed, sink, negated(condition));
  edge(state, Action::proceed, stop(step), condition);
  return state;
}

NfaBuilder::State NfaBuilder::convert(const Place& place, State sink) {
  const Step& step = place.step();
  State first = nowhere;
  switch (step.quantifier) {
    case Step::Quantifier::looping:
      first = rounds(place, looping(place, without_negations(place, sink)), sink);
      break;
    case Step::Quantifier::times:
      first = rounds(place, sink, sink);
      break;
    case Step::Quantifier::single:
      first = one(
          place, sink, sink,
          {take_of(place, step), ignore_of(place, entry_contiguity(place)), step.optional, true});
      if (!step.is_group()) set_window(place, first);
  }
  add_stops(place, first);
  return first;
}

// The counted ones, of which the first takes the contiguity of the step and the others that within.
NfaBuilder::State NfaBuilder::rounds(const Place& place, State sink, State proceed) {
  const Step& step = place.step();
  const ExpressionRef take = unless(step.until, take_of(place, step));
  const ExpressionRef inner = unless(step.until, ignore_of(place, step.inner));
  if (step.greedy && step.from != step.to) restrict_greedy(step, sink, take);

  State last = sink;
  for (int i = step.from; i < step.to; ++i) {
    last = one(place, last, proceed, {take, inner, true, false});
    add_stop_behind(place, last);
  }
  for (int i = 1; i < step.from; ++i) {
    last = one(place, last, nowhere, {take, inner, false, false});
    add_stop_behind(place, last);
  }
  const State second = last;
  const State first = one(place, last, proceed,
                          {take, ignore_of(place, entry_contiguity(place)), step.optional, true});
  if (step.loop_window) {
    states_[first].window = step.loop_window->count();
    if (second != sink) states_[second].window = step.loop_window->count();
  }
  return first;
}

NfaBuilder::State NfaBuilder::one(const Place& place, State sink, State proceed,
                                  const Round& round) {
  if (place.step().is_group()) return group_round(place, sink, proceed, round);
  const State state = add(place.step());
  // Once an event is taken, negations in front of an optional step are over.
  const State taken = without_negations(place, sink);
  edge(state, Action::take, taken, round.take);
  if (round.optional) add_proceed(place, state, proceed);
  if (!round.ignore) return state;
  const bool group_may_be_skipped =
      round.first && place.heads_group() && place.first_round && place.group->optional;
  if (!round.optional && !group_may_be_skipped) {
    edge(state, Action::ignore, state, round.ignore);
    return state;
  }
  // Whoever has ignored an event waits for one to take: skipping the step is up to another branch.
  const State waiting = add(place.step());
  edge(waiting, Action::take, taken, round.take);
  edge(waiting, Action::ignore, waiting, round.ignore);
  if (round.first) {
    add_stops(place, waiting);
  } else {
    add_stop_behind(place, waiting);
  }
  edge(state, Action::ignore, waiting, round.ignore);
  return state;
}

void NfaBuilder::add_proceed(const Place& place, State from, State proceed) {
  const Step& step = place.step();
  if (step.greedy && step.until && ungreedy_.contains(proceed)) {
    edge(from, Action::proceed, ungreedy_.at(proceed), both(truth(place), step.until));
    edge(from, Action::proceed, proceed, both(truth(place), negated(step.until)));
  } else {
    edge(from, Action::proceed, proceed, truth(place));
  }
}

NfaBuilder::State NfaBuilder::group_round(const Place& place, State sink, State proceed,
                                          const Round& round) {
  const Step& step = place.step();
  const State head = sequence({*step.group, 0, &step, round.first, place.following()}, sink);
  if (round.optional) edge(head, Action::proceed, proceed, truth(place));
  return head;
}

NfaBuilder::State NfaBuilder::looping(const Place& place, State sink) {
  const Step& step = place.step();
  if (step.is_group()) return looping_group(place, sink);
  const ExpressionRef take = unless(step.until, take_of(place, step));
  const ExpressionRef ignore = unless(step.until, ignore_of(place, step.inner));
  const State loop = add(step);
  if (step.greedy) restrict_greedy(step, sink, take_of(place, step));
  add_proceed(place, loop, sink);
  edge(loop, Action::take, loop, take);
  add_stop_behind(place, loop);
  if (ignore) {
    const State waiting = add(step);
    edge(waiting, Action::take, loop, take);
    edge(waiting, Action::ignore, waiting, ignore);
    edge(loop, Action::ignore, waiting, ignore);
    add_stop_behind(place, waiting);
  }
  return loop;
}

// The end of a round leads to its beginning, which may also go on behind the loop.
NfaBuilder::State NfaBuilder::looping_group(const Place& place, State sink) {
  const Step& step = place.step();
  const State end_of_round = add(step);
  const State head = sequence({*step.group, 0, &step, false, place.following()}, end_of_round);
  edge(head, Action::proceed, sink, truth(place));
  edge(end_of_round, Action::proceed, head, truth(place));
  return head;
}

// ---- states

NfaBuilder::State NfaBuilder::add(const Step& step, StateKind kind) {
  BuiltState state;
  state.step = static_cast<std::uint32_t>(step_of(names_, step.name));
  state.kind = kind;
  states_.push_back(std::move(state));
  return static_cast<State>(states_.size() - 1);
}

// Times that are written within a group mean nothing, as in Flink.
void NfaBuilder::set_window(const Place& place, State state) {
  const auto window = place.step().within_previous;
  if (window && place.group == nullptr) states_[state].window = window->count();
}

void NfaBuilder::edge(State from, Action action, State to, ExpressionRef condition) {
  states_[from].edges.push_back({action, to, std::move(condition)});
}

NfaBuilder::State NfaBuilder::copy(State state) {
  if (states_[state].kind != StateKind::normal) return state;
  BuiltState copied = states_[state];
  const auto made = static_cast<State>(states_.size());
  for (BuiltEdge& edge : copied.edges) {
    if (edge.target == state) edge.target = made;
  }
  states_.push_back(std::move(copied));
  return made;
}

void NfaBuilder::restrict_greedy(const Step& loop, State state,
                                 const ExpressionRef& loop_condition) {
  if (loop.until) ungreedy_[state] = copy(state);
  for (BuiltEdge& edge : states_[state].edges) {
    edge.condition = both(edge.condition, negated(loop_condition));
  }
}

// ---- negations

std::vector<const Step*> NfaBuilder::negations(const Place& place) const {
  std::vector<const Step*> found;
  for (std::size_t i = place.index; i-- > 0;) {
    const Step& before = place.steps[i];
    if (before.contiguity == Contiguity::not_followed) {
      found.push_back(&before);
    } else if (!before.optional) {
      break;
    }
  }
  return found;
}

NfaBuilder::State NfaBuilder::without_negations(const Place& place, State sink) {
  const auto found = negations(place);
  if (found.empty() || !place.step().optional) return sink;
  std::map<State, State> copies;
  return without(found, sink, copies);
}

NfaBuilder::State NfaBuilder::without(const std::vector<const Step*>& negations, State state,
                                      std::map<State, State>& copies) {
  if (states_[state].kind == StateKind::final || states_[state].kind == StateKind::stop) {
    return state;
  }
  if (const auto found = copies.find(state); found != copies.end()) return found->second;
  const auto made = static_cast<State>(states_.size());
  copies[state] = made;
  states_.push_back(states_[state]);
  std::vector<BuiltEdge> kept;
  for (BuiltEdge edge : std::vector<BuiltEdge>{states_[state].edges}) {
    if (edge.action != Action::proceed) {
      if (edge.target == state) edge.target = made;
    } else {
      bool over = false;
      for (const Step* negation : negations) {
        const auto stop = stops_.find(negation->name);
        over = over || (stop != stops_.end() && stop->second == edge.target);
      }
      if (over) continue;
      edge.target = without(negations, edge.target, copies);
    }
    kept.push_back(std::move(edge));
  }
  states_[made].edges = std::move(kept);
  return made;
}

NfaBuilder::State NfaBuilder::stop(const Step& negation) {
  const auto found = stops_.find(negation.name);
  if (found != stops_.end()) return found->second;
  return stops_[negation.name] = add(negation, StateKind::stop);
}

void NfaBuilder::add_stops(const Place& place, State state) {
  for (const Step* negation : negations(place)) {
    edge(state, Action::proceed, stop(*negation), take_of(place, *negation));
  }
}

void NfaBuilder::add_stop_behind(const Place& place, State state) {
  const Step* const next = place.following();
  if (next == nullptr || next->contiguity != Contiguity::not_followed) return;
  edge(state, Action::proceed, stop(*next), take_of(place, *next));
}

// ---- conditions

// A group's first step is entered as the group is.
Contiguity NfaBuilder::entry_contiguity(const Place& place) {
  if (!place.heads_group()) return place.step().contiguity;
  return place.first_round ? place.group->contiguity : place.group->inner;
}

ExpressionRef NfaBuilder::take_of(const Place& place, const Step& step) const {
  const ExpressionRef condition = step.condition ? step.condition : always();
  return place.group == nullptr ? condition : unless(place.group->until, condition);
}

ExpressionRef NfaBuilder::ignore_of(const Place& place, Contiguity contiguity) const {
  const Step& step = place.step();
  ExpressionRef condition;
  if (contiguity == Contiguity::relaxed) {
    condition = negated(step.condition ? step.condition : always());
  } else if (contiguity == Contiguity::any) {
    condition = always();
  }
  return place.group == nullptr ? condition : unless(place.group->until, condition);
}

ExpressionRef NfaBuilder::truth(const Place& place) const {
  return place.group == nullptr ? always() : unless(place.group->until, always());
}

}  // namespace flink::cep
