// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/snapshot_bytes.h"

#include <flink/types/serializer.h>

namespace flink::checkpoint {

std::string encode_snapshot(const state::TaskSnapshot& snapshot) {
  ByteWriter out;
  Serializer<state::TaskSnapshot>::write(out, snapshot);
  return std::string{out.view()};
}

state::TaskSnapshot decode_snapshot(std::string_view bytes) {
  state::TaskSnapshot snapshot;
  if (bytes.empty()) return snapshot;
  ByteReader in{bytes};
  Serializer<state::TaskSnapshot>::read(in, snapshot);
  if (in.remaining() != 0) in.fail("the end of a task's snapshot");
  return snapshot;
}

}  // namespace flink::checkpoint
