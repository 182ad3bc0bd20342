// SPDX-License-Identifier: Apache-2.0
// std::min, std::max, std::fill_n and others of their kind, and the few more that headers use,
// without <algorithm>: its ranges and parallel halves take every compilation of a job's headers
// 0.05 s. A job that wants them includes <algorithm>.
#pragma once

#if defined(_GLIBCXX_RELEASE) && _GLIBCXX_RELEASE >= 12
#include <bits/stl_algobase.h>
#else
#include <algorithm>
#endif

namespace flink::detail {

template <class T>
constexpr T clamp(T value, T least, T greatest) {
  return value < least ? least : greatest < value ? greatest : value;
}

// Where the first element is for which `is` says true; `end`: nowhere.
template <class Iterator, class Predicate>
constexpr Iterator first_that(Iterator at, Iterator end, Predicate is) {
  while (at != end && !is(*at)) ++at;
  return at;
}

// Of what is in order: std::lower_bound(begin, end, value, less), which <algorithm> alone declares.
template <class Iterator, class Value, class Less>
constexpr Iterator first_from(Iterator begin, Iterator end, const Value& value, Less less) {
  for (auto left = end - begin; left > 0;) {
    const auto half = left / 2;
    if (less(begin[half], value)) {
      begin += half + 1;
      left -= half + 1;
    } else {
      left = half;
    }
  }
  return begin;
}

template <class Range, class Value>
constexpr bool contains(const Range& range, const Value& value) {
  for (const auto& element : range) {
    if (element == value) return true;
  }
  return false;
}

}  // namespace flink::detail
