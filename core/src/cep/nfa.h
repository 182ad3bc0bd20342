// SPDX-License-Identifier: Apache-2.0
// A compiled pattern: states and the edges between them, what decides over each edge being numbered
// tests. Constant once built; any thread.
#pragma once

#include <flink/cep/definition.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace flink::cep {

// take: the event, going on; ignore: it, keeping the match; proceed: to a state that is offered the
// same event.
enum class Action : std::uint8_t { take, ignore, proceed };

struct Edge {
  Action action = Action::take;
  std::uint32_t target = 0;
  std::uint32_t test = 0;
};

enum class StateKind : std::uint8_t {
  normal,
  final,
  stop,     // who comes here is discarded, with all that the event would make of it
  pending,  // becomes a match when its time is over
};

struct NfaEdges {
  std::uint32_t step = 0;  // of what take takes
  StateKind kind = StateKind::normal;
  std::int64_t window = 0;  // between the last event taken and the next; 0: any time
  std::vector<Edge> edges;
};

// 0: always.
struct Test {
  Expression::Kind kind = Expression::Kind::always;
  std::uint32_t a = 0, b = 0;  // tests; a condition's: its number
};

class Nfa {
 public:
  std::vector<NfaEdges> states;
  std::uint32_t start = 0;
  std::vector<Test> tests;
  std::vector<std::shared_ptr<const Condition>> conditions;
  std::vector<std::string> names;  // of steps, in the pattern's order
  std::int64_t within = 0;         // between first and last event; 0: any time
  AfterMatchSkipStrategy skip = AfterMatchSkipStrategy::no_skip();
  std::uint32_t skip_step = 0;
  std::uint64_t fingerprint = 0;

  bool skips() const { return skip.kind() != AfterMatchSkipStrategy::Kind::no_skip; }
};

}  // namespace flink::cep
