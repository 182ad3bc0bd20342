// SPDX-License-Identifier: Apache-2.0
#include <flink/base/check.h>
#include <flink/cep/engine.h>
#include <flink/error.h>

#include <algorithm>
#include <utility>

#include "cep/nfa.h"
#include "cep/shared_buffer.h"
#include "cep/skipping.h"

namespace flink::cep {

namespace {

bool is_over(std::int64_t since, std::int64_t millis, std::int64_t time) {
  return millis > since && static_cast<std::uint64_t>(millis) - static_cast<std::uint64_t>(since) >=
                               static_cast<std::uint64_t>(time);
}
std::int64_t add_time(std::int64_t millis, std::int64_t time) {
  return millis > INT64_MAX - time ? INT64_MAX : millis + time;
}

}  // namespace

struct Engine::Implementation final : MatchSoFar {
  Implementation(std::shared_ptr<const Nfa> compiled, bool wants_timed_out)
      : nfa(std::move(compiled)), with_timed_out(wants_timed_out), known(nfa->conditions.size()) {
    for (const auto& condition : nfa->conditions) conditions.push_back(condition->clone());
  }

  // ---- conditions

  std::vector<const void*> events(std::string_view name) override {
    const std::size_t step = step_of(nfa->names, name);
    std::vector<const void*> found;
    for (std::uint32_t node = match->node; node != 0;
         node = SharedBuffer::at(*state, node).previous) {
      const BufferNode& taken = SharedBuffer::at(*state, node);
      if (taken.step != step) continue;
      found.push_back(buffered->event(SharedBuffer::event(*state, taken.event).id));
    }
    std::reverse(found.begin(), found.end());
    return found;
  }
  std::int64_t millis() const override { return offered->millis; }
  std::int64_t now_millis() const override { return offered->now_millis; }

  // A condition is asked once an event, or, if it looks back, once a partial match.
  bool condition_holds(std::uint32_t number) {
    signed char& answer = known[number];
    if (answer < 0) answer = conditions[number]->holds(offered->event, *this) ? 1 : 0;
    return answer != 0;
  }
  bool holds(std::uint32_t number) {
    const Test& test = nfa->tests[number];
    switch (test.kind) {
      case Expression::Kind::always:
        return true;
      case Expression::Kind::condition:
        return condition_holds(test.a);
      case Expression::Kind::both:
        return holds(test.a) && holds(test.b);
      case Expression::Kind::either:
        return holds(test.a) || holds(test.b);
      case Expression::Kind::negated:
        return !holds(test.a);
    }
    return false;
  }
  void forget_answers(bool all) {
    for (std::size_t i = 0; i < known.size(); ++i) {
      if (all || conditions[i]->looks_back()) known[i] = -1;
    }
  }

  // ---- an event is offered to a partial match

  struct Followed {
    Edge edge;
    std::uint32_t step;  // of the state that it leaves
  };
  // The edges that it takes and ignores by, also behind those that proceed. False: it is stopped.
  bool follow(std::uint32_t number) {
    for (const Edge& edge : nfa->states[number].edges) {
      if (!holds(edge.test)) continue;
      if (edge.action != Action::proceed) {
        followed.push_back({edge, nfa->states[number].step});
      } else if (nfa->states[edge.target].kind == StateKind::stop || !follow(edge.target)) {
        return false;
      }
    }
    return true;
  }
  bool proceeds_to_final(std::uint32_t number) {
    return std::any_of(nfa->states[number].edges.begin(), nfa->states[number].edges.end(),
                       [this](const Edge& edge) {
                         return edge.action == Action::proceed && holds(edge.test) &&
                                (nfa->states[edge.target].kind == StateKind::final ||
                                 proceeds_to_final(edge.target));
                       });
  }
  void reach(std::uint32_t number, PartialMatch reached) {
    reached.state = number;
    (nfa->states[number].kind == StateKind::final ? matches : state->partial).push_back(reached);
  }
  // `before`: nothing taken yet when its node is 0.
  void offer(SharedBuffer& buffer, const PartialMatch& before, std::uint64_t order) {
    match = &before;
    forget_answers(false);
    followed.clear();
    if (follow(before.state)) {
      for (const Followed& way : followed) {
        PartialMatch after = before;
        if (way.edge.action == Action::ignore) {
          if (before.node == 0) continue;
          buffer.retain(after.node);
          reach(way.edge.target, after);
          continue;
        }
        after.node = buffer.add(way.step, order, offered->id, before.node);
        after.previous_millis = offered->millis;
        if (before.node == 0) {
          after.start = order;
          after.start_millis = offered->millis;
        }
        reach(way.edge.target, after);
        if (proceeds_to_final(way.edge.target)) {
          buffer.retain(after.node);
          matches.push_back(after);
        }
      }
    }
    buffer.release(before.node);
  }

  // Those that are complete, or held back by the skip strategy until nothing earlier can be.
  void hand_out(SharedBuffer& buffer, std::int64_t at, std::vector<Found>& found) {
    if (nfa->skips()) {
      for (const PartialMatch& complete : matches) add_completed(*state, complete);
      matches.clear();
      take_completed(*nfa, *state, buffer, matches);
    }
    for (const PartialMatch& complete : matches) found.push_back({complete.node, at, false});
    matches.clear();
  }

  std::shared_ptr<const Nfa> nfa;
  bool with_timed_out;
  std::vector<std::unique_ptr<Condition>> conditions;
  std::vector<std::uint64_t> unused;

  // While an event is offered.
  std::vector<signed char> known;  // what conditions said; -1: not asked
  NfaState* state = nullptr;
  const OfferedEvent* offered = nullptr;
  BufferedEvents* buffered = nullptr;
  const PartialMatch* match = nullptr;
  std::vector<Followed> followed;
  std::vector<PartialMatch> before, matches;
};

Engine::Engine(std::shared_ptr<const Nfa> nfa, bool with_timed_out)
    : implementation_(std::make_unique<Implementation>(std::move(nfa), with_timed_out)) {}
Engine::Engine(const Engine& other)
    : Engine(other.implementation_->nfa, other.implementation_->with_timed_out) {}
Engine::~Engine() = default;

const std::vector<std::string>& Engine::step_names() const { return implementation_->nfa->names; }

void Engine::open(NfaState& state) const {
  const std::uint64_t pattern = implementation_->nfa->fingerprint;
  if (state.pattern == 0 && state.next_id == 0) state.pattern = pattern;
  if (state.pattern != pattern) {
    throw Error{ErrorKind::user,
                "the job's pattern has other steps than the one whose partial matches were "
                "restored: they mean nothing to it. Give the operator another uid and restore "
                "with --allow-non-restored-state, or go back to the old pattern"};
  }
}

void Engine::compact(NfaState& state) const {
  SharedBuffer{state, implementation_->unused}.compact();
}

void Engine::advance_time(NfaState& state, std::int64_t millis, std::vector<Found>& found) {
  Implementation& self = *implementation_;
  self.state = &state;
  SharedBuffer buffer{state, self.unused};
  std::erase_if(state.partial, [&](const PartialMatch& match) {
    const NfaEdges& at = self.nfa->states[match.state];
    const bool previous_over = at.window != 0 && is_over(match.previous_millis, millis, at.window);
    const bool over =
        self.nfa->within != 0 && is_over(match.start_millis, millis, self.nfa->within);
    if (!previous_over && !over) return false;
    if (at.kind == StateKind::pending) {
      self.matches.push_back(match);
    } else if (self.with_timed_out) {
      const std::int64_t end = previous_over ? add_time(match.previous_millis, at.window)
                                             : add_time(match.start_millis, self.nfa->within);
      found.push_back({match.node, end, true});
    } else {
      buffer.release(match.node);
    }
    return true;
  });
  self.hand_out(buffer, millis, found);
}

void Engine::process(NfaState& state, const OfferedEvent& event, BufferedEvents& events,
                     std::vector<Found>& found) {
  Implementation& self = *implementation_;
  self.state = &state;
  self.offered = &event;
  self.buffered = &events;
  self.forget_answers(true);
  const std::uint64_t order = state.next_order++;
  SharedBuffer buffer{state, self.unused};
  self.before.clear();
  self.before.swap(state.partial);
  for (const PartialMatch& match : self.before) self.offer(buffer, match, order);
  PartialMatch fresh;
  fresh.state = self.nfa->start;
  self.offer(buffer, fresh, order);
  const bool taken = !state.events.empty() && state.events.back().order == order;
  if (!taken) self.unused.push_back(event.id);
  self.hand_out(buffer, event.millis, found);
}

void Engine::read(const NfaState& state, const Found& found, std::vector<TakenEvent>& taken) const {
  taken.clear();
  for (std::uint32_t node = found.node; node != 0; node = SharedBuffer::at(state, node).previous) {
    const BufferNode& at = SharedBuffer::at(state, node);
    taken.push_back({at.step, SharedBuffer::event(state, at.event).id});
  }
  std::reverse(taken.begin(), taken.end());
}

void Engine::release(NfaState& state, const Found& found) {
  SharedBuffer{state, implementation_->unused}.release(found.node);
}

std::vector<std::uint64_t> Engine::take_unused() {
  return std::exchange(implementation_->unused, {});
}

std::int64_t Engine::deadline(const NfaState& state) const {
  const Nfa& nfa = *implementation_->nfa;
  std::int64_t first = INT64_MAX;
  for (const PartialMatch& match : state.partial) {
    if (nfa.within != 0) first = std::min(first, add_time(match.start_millis, nfa.within));
    const std::int64_t window = nfa.states[match.state].window;
    if (window != 0) first = std::min(first, add_time(match.previous_millis, window));
  }
  return first;
}

}  // namespace flink::cep
