// SPDX-License-Identifier: Apache-2.0
// Aging: state with a time-to-live that is too old, and that nobody looks at, is found by going
// round. The slot's thread only.
#pragma once

#include <vector>

#include "base/clock.h"
#include "state/tables.h"

namespace flink::state {

class Aging {
 public:
  Aging(StateTables& tables, Gauges& gauges, const base::Clock& clock)
      : tables_(tables), gauges_(gauges), clock_(clock) {}

  void find();  // states that age; once
  bool any() const { return !states_.empty(); }
  // It was looked at or changed: others of it are due for a look.
  void note(const BoundState& state);
  // Some are due even when nobody looks at any.
  void turn();
  // Between callbacks: looks at what is due.
  void clean_up();

 private:
  struct State {
    BoundState* state = nullptr;
    RowTable::Position at;
    int due = 0;  // rows to look at
  };
  void clean_some(State& aging, int rows);

  StateTables& tables_;
  Gauges& gauges_;
  const base::Clock& clock_;
  std::vector<State> states_;
  bool every_record_ = false;
};

}  // namespace flink::state
