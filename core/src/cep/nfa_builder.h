// SPDX-License-Identifier: Apache-2.0
// From steps to states, from the last step to the first: each is built knowing the state it leads
// to. (Flink, "Contiguity"; docs/cep.md says what the edges are.)
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "cep/nfa.h"

namespace flink::cep {

class NfaBuilder {
 public:
  NfaBuilder(const std::vector<std::string>& names, bool with_window);

  struct BuiltEdge {
    Action action;
    std::uint32_t target;
    ExpressionRef condition;
  };
  struct BuiltState {
    std::uint32_t step = 0;
    StateKind kind = StateKind::normal;
    std::int64_t window = 0;
    std::vector<BuiltEdge> edges;
  };

  // The number of the first state.
  std::uint32_t build(const std::vector<Step>& steps);
  const std::vector<BuiltState>& states() const { return states_; }

 private:
  using State = std::uint32_t;
  // A step, where it stands.
  struct Place {
    const std::vector<Step>& steps;
    std::size_t index;
    const Step* group;   // whose steps these are; null: the pattern's
    bool first_round;    // of the group
    const Step* behind;  // what follows these steps
    const Step& step() const { return steps[index]; }
    const Step* following() const { return index + 1 < steps.size() ? &steps[index + 1] : behind; }
    bool heads_group() const { return group != nullptr && index == 0; }
  };
  struct Round {
    ExpressionRef take;
    ExpressionRef ignore;  // null: never
    bool optional;
    bool first;
  };

  State sequence(const Place& place, State sink);
  State pending(const Place& place, State sink);
  State not_next(const Place& place, State sink);
  State convert(const Place& place, State sink);
  State rounds(const Place& place, State sink, State proceed);
  State one(const Place& place, State sink, State proceed, const Round& round);
  void add_proceed(const Place& place, State from, State proceed);
  State group_round(const Place& place, State sink, State proceed, const Round& round);
  State looping(const Place& place, State sink);
  State looping_group(const Place& place, State sink);

  State add(const Step& step, StateKind kind = StateKind::normal);
  void set_window(const Place& place, State state);
  void edge(State from, Action action, State to, ExpressionRef condition);
  // A state like that one; what goes on in itself goes on in the copy.
  State copy(State state);
  // What follows a greedy loop takes nothing that the loop could take.
  void restrict_greedy(const Step& loop, State state, const ExpressionRef& loop_condition);
  // The negations that hold in front of a step.
  std::vector<const Step*> negations(const Place& place) const;
  State without_negations(const Place& place, State sink);
  State without(const std::vector<const Step*>& negations, State state,
                std::map<State, State>& copies);
  State stop(const Step& negation);
  void add_stops(const Place& place, State state);
  void add_stop_behind(const Place& place, State state);

  static Contiguity entry_contiguity(const Place& place);
  ExpressionRef take_of(const Place& place, const Step& step) const;
  ExpressionRef ignore_of(const Place& place, Contiguity contiguity) const;
  ExpressionRef truth(const Place& place) const;

  const std::vector<std::string>& names_;
  bool with_window_;
  std::vector<BuiltState> states_;
  std::map<std::string, State> stops_;
  std::map<State, State> ungreedy_;  // copies of states from before they were restricted
};

}  // namespace flink::cep
