// SPDX-License-Identifier: Apache-2.0
// Values as a map keeps them: each with the numbers of its arrivals, or with a count.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "table/aggregate.h"

namespace flink::table {

class Bag {
 public:
  explicit Bag(AggregateMap& map) : map_(map) {}

  void add(std::string_view value, std::int64_t order);
  // Its number, or nothing when the value is not there.
  std::optional<std::int64_t> take_oldest(std::string_view value);
  void each(const std::function<void(std::string_view value, std::int64_t order)>& visit) const;
  // By their numbers.
  std::vector<std::string> in_order() const;

 private:
  AggregateMap& map_;
};

}  // namespace flink::table
