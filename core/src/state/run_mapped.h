// SPDX-License-Identifier: Apache-2.0
// What an open Run holds of LMDB. For the sources of runs only.
#pragma once

#include <string>

#include "state/lmdb.h"
#include "state/run_reader.h"

namespace flink::state {

struct Run::Mapped {
  std::string name;  // for messages
  LmdbEnvironment env;
};

}  // namespace flink::state
