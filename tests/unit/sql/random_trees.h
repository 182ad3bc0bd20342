// SPDX-License-Identifier: Apache-2.0
// Random expressions, built as trees: what a parser gives, and nothing else.
#pragma once

#include "base/random.h"
#include "sql/call.h"

namespace flink::sql::test {

class RandomTrees {
 public:
  RandomTrees(std::uint64_t seed, Arena& arena) : random_(seed), arena_(arena) {}

  Node expression(int depth);
  const DataType* type(int depth);

 private:
  int below(int bound) { return static_cast<int>(random_.below(static_cast<unsigned>(bound))); }
  bool chance() { return below(2) == 0; }
  template <class T>
  Node made(T node) {
    return arena_.make(node);
  }
  Name name();
  Path path(int parts_max);
  std::string_view text();
  std::vector<Node> some(int least, int most, int depth);
  IntervalQualifier qualifier();
  std::vector<OrderItem> order(int depth);

  Node leaf();
  Node literal();
  Node operator_(int depth);
  Node predicate(int depth);
  Node call(int depth);
  Node special(int depth);
  Node other(int depth);

  base::SeededRandom random_;
  Arena& arena_;
};

}  // namespace flink::sql::test
