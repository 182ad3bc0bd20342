// SPDX-License-Identifier: Apache-2.0
// How operators run in BATCH. One with keyed state gets its keyed inputs when all of them have
// ended: sorted by key, within a key by time, records of equal times as they came. So one key's
// state lives at a time. At a key's end the watermark is the greatest one and all timers fire; then
// the state goes, and for the next key the watermark is the least one again. Broadcast inputs come
// before, as they arrive, then inputs without keys.
// Semantics: Flink, "Execution Mode (Batch/Streaming)". The task's fiber only.
#pragma once

#include <flink/graph/transformation.h>

#include <cstdint>
#include <memory>

#include "spill/spill_directories.h"
#include "spill/spill_file.h"

namespace flink::operators {

struct SortSetup {
  spill::SpillDirectories* directories = nullptr;  // outlives the operator
  spill::Codec codec = spill::Codec::lz4;
  std::size_t memory_bytes = 0;  // of all inputs together
};

// Whether the transformation's operator runs otherwise in BATCH than in STREAMING.
bool sorts_inputs(const Transformation& transformation);
// Its operator within what feeds it. Keyed state, if the context has any, must be one key's at a
// time (KeyedStateSetup). The transformation outlives it.
std::unique_ptr<Operator> make_sorted_operator(const Transformation& transformation,
                                               const SortSetup& setup);

}  // namespace flink::operators
