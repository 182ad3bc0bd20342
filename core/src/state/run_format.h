// SPDX-License-Identifier: Apache-2.0
// What a run says of itself, and how its bytes in a file are protected: XXH3-64 of every 64 KiB,
// kept outside (RunFile). Where it lies: flat_format.h, and lmdb_file.h for format 1.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "state/handles.h"

namespace flink::state {

// The layout of files; a newer one is refused.
inline constexpr std::uint32_t run_version = 2;
inline constexpr std::uint32_t lmdb_run_version = 1;
inline constexpr std::size_t checksum_block_bytes = 64 * 1024;
inline constexpr std::size_t copy_step_bytes = 1024 * 1024;

// Of one state in a run.
struct StateCount {
  std::uint32_t state = 0;
  std::uint64_t entries = 0;  // tombstones included
  std::uint64_t tombstones = 0;
  std::uint64_t bytes = 0;  // of keys and values
};

struct RunInfo {
  std::uint64_t entries = 0;
  std::uint64_t tombstones = 0;
  std::uint64_t prefix_tombstones = 0;
  std::vector<StateCount> states;  // by id
};

// Of format 1. These throw what ByteReader throws.
RunInfo decode_info(std::string_view bytes);
std::vector<StateDescriptor> decode_states(std::string_view bytes);
std::uint32_t decode_version(std::string_view bytes);

std::uint64_t checksum(std::string_view block);

}  // namespace flink::state
