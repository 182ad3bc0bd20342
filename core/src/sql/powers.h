// SPDX-License-Identifier: Apache-2.0
// How closely operators bind, as in Flink: the higher the closer. Parser and printer agree on it.
#pragma once

#include "sql/expression.h"

namespace flink::sql {

inline constexpr int power_multiset = 14;
inline constexpr int power_multiset_intersect = 18;
inline constexpr int power_or = 22;
inline constexpr int power_and = 24;
inline constexpr int power_not = 26;
inline constexpr int power_is = 28;
inline constexpr int power_compare = 30;
inline constexpr int power_in = 32;  // IN, BETWEEN, LIKE
inline constexpr int power_add = 40;
inline constexpr int power_multiply = 60;  // || too
inline constexpr int power_sign = 80;
inline constexpr int power_value = 100;  // what is no operator

int power_of(BinaryOperator op);
int power_of(ChainOperator op);
int power_of(const Expression& expression);

}  // namespace flink::sql
