// SPDX-License-Identifier: Apache-2.0
// Compiles a pattern: looks whether it can be as a whole, has its states built, numbers its tests.
#include "cep/nfa.h"

#include <flink/base/check.h>
#include <flink/cep/engine.h>
#include <flink/error.h>
#include <flink/types/key_hash.h>

#include <algorithm>
#include <map>

#include "cep/nfa_builder.h"

namespace flink::cep {

namespace {

template <class... Parts>
[[noreturn]] void refuse(const Parts&... parts) {
  throw Error{ErrorKind::user, detail::concat(parts...)};
}

void collect_names(const std::vector<Step>& steps, std::vector<std::string>& names) {
  for (const Step& step : steps) {
    if (step.is_group()) {
      collect_names(*step.group, names);
    } else if (std::find(names.begin(), names.end(), step.name) != names.end()) {
      refuse("pattern: two steps are named \"", step.name, "\": give each a name that is its own");
    } else {
      names.push_back(step.name);
    }
  }
}

bool takes_nothing(const Step& step);
bool take_nothing(const std::vector<Step>& steps) {
  return std::all_of(steps.begin(), steps.end(), takes_nothing);
}
// Whether it can be gone through without an event.
bool takes_nothing(const Step& step) {
  return step.optional || step.is_not() || (step.is_group() && take_nothing(*step.group));
}

void check_loops(const std::vector<Step>& steps) {
  for (const Step& step : steps) {
    if (!step.is_group()) continue;
    check_loops(*step.group);
    if (step.quantifier == Step::Quantifier::looping && take_nothing(*step.group)) {
      refuse("pattern: every step of the group that begins with \"", step.name,
             "\" is optional, so that a round of it can match nothing, for ever: leave one step "
             "without optional(), and write optional() on the group");
    }
  }
}

std::int64_t smallest_window(const std::vector<Step>& steps) {
  std::int64_t smallest = 0;
  for (const Step& step : steps) {
    if (!step.within_match) continue;
    const std::int64_t millis = step.within_match->count();
    smallest = smallest == 0 ? millis : std::min(smallest, millis);
  }
  return smallest;
}

void check_windows(const std::vector<Step>& steps, std::int64_t within) {
  const Step& last = steps.back();
  if (last.contiguity == Contiguity::not_followed && within == 0 && !last.within_previous) {
    refuse("pattern step \"", last.name,
           "\": not_followed_by at the end matches nothing without a time, since such an event "
           "could always still come: add within()");
  }
  for (const Step& step : steps) {
    const bool single = step.quantifier == Step::Quantifier::single;
    const auto window = single ? step.within_previous : step.loop_window;
    if (within == 0 || !window || window->count() <= within) continue;
    refuse("pattern step \"", step.name, "\": its window of ", window->count(),
           " ms between two events is longer than the ", within,
           " ms that the whole match may take: shorten it, or lengthen within()");
  }
}

std::uint32_t find_skip_step(const Definition& definition, const std::vector<std::string>& names) {
  const std::string& name = definition.skip().step();
  if (name.empty()) return 0;
  for (const Step& step : definition.steps()) {
    if (!step.is_group() && step.name == name) {
      return static_cast<std::uint32_t>(step_of(names, name));
    }
  }
  refuse("the skip strategy names step \"", name,
         "\", which the pattern does not have (or has in a group only): name one of its steps");
}

class Tests {
 public:
  explicit Tests(Nfa& nfa) : nfa_(nfa) { nfa_.tests.emplace_back(); }
  std::uint32_t number(const ExpressionRef& expression) {
    if (expression->kind == Expression::Kind::always) return 0;
    if (const auto found = known_.find(expression); found != known_.end()) return found->second;
    Test test{expression->kind, 0, 0};
    if (expression->kind == Expression::Kind::condition) {
      test.a = condition(expression->condition);
    } else {
      test.a = number(expression->a);
      if (expression->b) test.b = number(expression->b);
    }
    nfa_.tests.push_back(test);
    return known_[expression] = static_cast<std::uint32_t>(nfa_.tests.size() - 1);
  }

 private:
  std::uint32_t condition(const std::shared_ptr<const Condition>& condition) {
    auto& all = nfa_.conditions;
    const auto found = std::find(all.begin(), all.end(), condition);
    const auto at = static_cast<std::uint32_t>(found - all.begin());
    if (found == all.end()) all.push_back(condition);
    return at;
  }
  Nfa& nfa_;
  std::map<ExpressionRef, std::uint32_t> known_;
};

// Of what state on disk refers to by number.
std::uint64_t fingerprint_of(const Nfa& nfa) {
  std::string text;
  for (const std::string& name : nfa.names) text += name + '\n';
  for (const NfaEdges& state : nfa.states) {
    text += detail::concat(state.step, ' ', static_cast<int>(state.kind), ':');
    for (const Edge& edge : state.edges) {
      text += detail::concat(static_cast<int>(edge.action), '>', edge.target, ' ');
    }
  }
  return detail::hash_bytes(text.data(), text.size());
}

}  // namespace

std::vector<std::string> warnings_of(const Definition& definition) {
  if (!take_nothing(definition.steps())) return {};
  return {
      "every step of the pattern is optional, so that it could match no event at all; only matches "
      "of one event or more are found: leave one step without optional()"};
}

std::shared_ptr<const Nfa> compile(const Definition& definition) {
  auto nfa = std::make_shared<Nfa>();
  const std::vector<Step>& steps = definition.steps();
  collect_names(steps, nfa->names);
  check_loops(steps);
  nfa->within = smallest_window(steps);
  check_windows(steps, nfa->within);
  nfa->skip = definition.skip();
  nfa->skip_step = find_skip_step(definition, nfa->names);

  NfaBuilder builder{nfa->names, nfa->within != 0};
  nfa->start = builder.build(steps);
  Tests tests{*nfa};
  for (const NfaBuilder::BuiltState& built : builder.states()) {
    NfaEdges state{built.step, built.kind, built.window, {}};
    for (const NfaBuilder::BuiltEdge& edge : built.edges) {
      state.edges.push_back({edge.action, edge.target, tests.number(edge.condition)});
    }
    nfa->states.push_back(std::move(state));
  }
  nfa->fingerprint = fingerprint_of(*nfa);
  return nfa;
}

}  // namespace flink::cep
