// SPDX-License-Identifier: Apache-2.0
// WindowStagger: whether the windows of all subtasks begin at the same time, so that all of them
// fire at once, or are spread.
#pragma once

#include <cstdint>

namespace flink {

enum class WindowStagger : unsigned char {
  ALIGNED,  // all at once
  RANDOM,   // each subtask at a time of its own, the same after a restart
  NATURAL,  // when the subtask's first record came
};

namespace detail {

// What a subtask adds to its windows' offset. Milliseconds.
std::int64_t stagger_offset(WindowStagger stagger, int subtask, std::int64_t now,
                            std::int64_t size);

}  // namespace detail
}  // namespace flink
