// SPDX-License-Identifier: Apache-2.0
// How blocks are compressed (taskmanager.network.compression.codec).
#pragma once

#include <cstdint>
#include <string_view>

namespace flink::spill {

// The numbers are those in files.
enum class Codec : std::uint8_t { none = 0, lz4 = 1, zstd = 2 };

// Of the option's value. Throws Error{user} for another one.
Codec codec_named(std::string_view name);

}  // namespace flink::spill
