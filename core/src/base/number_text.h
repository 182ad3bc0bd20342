// SPDX-License-Identifier: Apache-2.0
// Floating numbers as Java, and so Flink, spells them: the shortest digits that read back, at least
// one behind the point; 1.0E7 from 10^7 on and 1.0E-4 below 10^-3; NaN, Infinity.
#pragma once

#include <string>

namespace flink::base {

inline constexpr int number_text_max = 32;

// Writes at most number_text_max bytes; gives the end.
char* write_number(char* at, double value);
char* write_number(char* at, float value);

inline std::string number_text(double value) {
  char text[number_text_max];
  return {text, write_number(text, value)};
}

}  // namespace flink::base
