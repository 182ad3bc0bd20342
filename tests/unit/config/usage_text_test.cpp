// SPDX-License-Identifier: Apache-2.0
#include "config/usage_text.h"

#include <doctest/doctest.h>

#include <string>

namespace flink::config {

TEST_CASE("what a parser says of a command line, in our words") {
  struct Row {
    std::string kind, what, text;
  };
  const Row rows[] = {
      {"ArgumentMismatch", "--slots: 1 required TEXT missing",
       "--slots has no value: write --slots VALUE"},
      {"ArgumentMismatch", "-D: 1 required KEY=VALUE missing",
       "-D has no value: write -D KEY=VALUE"},
      {"ArgumentMismatch", "--seed: 1 required UINT missing",
       "--seed has no value: write --seed NUMBER"},
      {"ArgumentMismatch", "--local was given a disallowed flag override",
       "--local takes no value: write it alone"},
      {"ConversionError", "Could not convert: --seed = x",
       "--seed is \"x\": it takes a number in range, or nothing if it is a switch"},
      {"ConversionError", "--local: too many inputs for a flag",
       "--local takes no value: write it alone"},
      {"ExtrasError", "The following argument was not expected: more",
       "nothing takes the argument more"},
      {"ArgumentMismatch", "--wait: 1 required SECONDS:FLOAT in [0 - 9] missing",
       "--wait has no value: write --wait SECONDS"},
      {"ValidationError", "--wait: Value -1 not in range 0.000000 to 900.000000",
       "--wait is -1, which is not from 0 to 900"},
      {"ValidationError", "--jobmanager: x is not of the form HOST:PORT",
       "--jobmanager: x is not of the form HOST:PORT"},
      {"", "", ""},
  };
  for (const Row& row : rows) {
    CAPTURE(row.what);
    CHECK(usage_text(row.kind, row.what) == row.text);
  }
}

}  // namespace flink::config
