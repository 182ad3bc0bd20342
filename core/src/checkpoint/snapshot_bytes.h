// SPDX-License-Identifier: Apache-2.0
// A task's snapshot as the bytes that travel in acknowledgements and deployments.
#pragma once

#include <string>
#include <string_view>

#include "state/handles.h"

namespace flink::checkpoint {

std::string encode_snapshot(const state::TaskSnapshot& snapshot);
// Throws Error{internal} for anything else; empty bytes are an empty snapshot.
state::TaskSnapshot decode_snapshot(std::string_view bytes);

}  // namespace flink::checkpoint
