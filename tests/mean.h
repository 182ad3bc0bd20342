// SPDX-License-Identifier: Apache-2.0
// An aggregate function for tests of AggregatingState: the mean of numbers.
#pragma once

#include <cstdint>

struct Mean {
  struct Accumulator {
    std::int64_t sum = 0, count = 0;
  };
  Accumulator create_accumulator() const { return {}; }
  void add(const std::int64_t& value, Accumulator& into) const {
    into.sum += value;
    ++into.count;
  }
  double get_result(const Accumulator& of) const {
    return static_cast<double>(of.sum) / static_cast<double>(of.count);
  }
  void merge(const Accumulator& from, Accumulator& into) const {
    into.sum += from.sum;
    into.count += from.count;
  }
};
