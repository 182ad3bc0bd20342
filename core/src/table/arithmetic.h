// SPDX-License-Identifier: Apache-2.0
// Which loop an operator runs for operands of given types, and what its result's type is.
#pragma once

#include <optional>

#include "table/kernel.h"

namespace flink::table {

enum class Arithmetic : std::uint8_t { plus, minus, times, divide, remainder };

// The operands' types after implicit casts, the result's, and the loop. Nothing: there is no such
// operation.
struct Operation {
  LogicalType left, right, result;
  Implementation implementation;
};

std::optional<Operation> arithmetic_of(Arithmetic op, const LogicalType& left,
                                       const LogicalType& right);
// -x; of anything but numbers and intervals nothing.
std::optional<Implementation> negation_of(const LogicalType& type);
std::optional<Implementation> absolute_of(const LogicalType& type);

}  // namespace flink::table
