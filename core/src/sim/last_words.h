// SPDX-License-Identifier: Apache-2.0
// When the program dies in the middle of a run (a FLINK_CHECK, a bad access, a user's abort), says
// which seed it was and how to replay it, then lets it die. While an object lives, for the whole
// process: a signal handler can be told nothing in another way.
#pragma once

#include <string_view>

namespace flink::sim {

class LastWords {
 public:
  LastWords();
  ~LastWords();
  LastWords(const LastWords&) = delete;
  LastWords& operator=(const LastWords&) = delete;

  // To stderr; cut when it is too long.
  void set(std::string_view text);
};

}  // namespace flink::sim
