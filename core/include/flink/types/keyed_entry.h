// SPDX-License-Identifier: Apache-2.0
// Records on their way into a sort by key (BATCH). An entry is
//   u32 bytes of the key, highest bit: the record has a timestamp
//   u32 bytes of the record
//   the key: equal keys have equal bytes; none where equal hashes mean equal keys
//   the record as RecordType::write_records() writes it
#pragma once

#include <cstdint>

namespace flink {

struct KeyedEntry {
  std::uint64_t hash;    // key_hash()
  std::uint64_t offset;  // where it begins
};

namespace detail {
inline constexpr std::uint32_t stamped_entry = std::uint32_t{1} << 31;
inline constexpr std::size_t entry_head_bytes = 8;
}  // namespace detail

}  // namespace flink
