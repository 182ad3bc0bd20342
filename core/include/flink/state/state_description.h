// SPDX-License-Identifier: Apache-2.0
// One state of an operator as `describe` shows it, and as a checkpoint is held against it.
#pragma once

#include <string>

namespace flink {

struct StateDescription {
  std::string name, kind, key_schema, value_schema;
  bool ttl = false;  // has a time-to-live
};

}  // namespace flink
