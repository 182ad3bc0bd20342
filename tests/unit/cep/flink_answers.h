// SPDX-License-Identifier: Apache-2.0
// Patterns over data/events.csv, by the names of the blocks of data/matches.txt, which is what
// Flink 2.3 found.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "unit/cep/events.h"

namespace flink::test {

struct Asked {
  std::string name;
  Pattern<Event> pattern;
  bool with_time = false;
  bool with_timed_out = false;
  bool by_value = false;  // equal timestamps: the greater value first, then the smaller seq
};

std::vector<Asked> patterns_that_flink_answered();

// Building or running it must fail.
struct Refused {
  std::string name, why;
  std::function<Pattern<Event>()> build;
  bool fails_when_run = false;
};
std::vector<Refused> patterns_that_flink_refused();

}  // namespace flink::test
