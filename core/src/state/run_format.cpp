// SPDX-License-Identifier: Apache-2.0
#include "state/run_format.h"

#include <flink/types/serializer.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace flink::state {
namespace {

template <class T>
T decode(std::string_view bytes) {
  T value{};
  ByteReader in(bytes);
  Serializer<T>::read(in, value);
  return value;
}

}  // namespace

RunInfo decode_info(std::string_view bytes) { return decode<RunInfo>(bytes); }
std::vector<StateDescriptor> decode_states(std::string_view bytes) {
  return decode<std::vector<StateDescriptor>>(bytes);
}
std::uint32_t decode_version(std::string_view bytes) { return decode<std::uint32_t>(bytes); }

std::uint64_t checksum(std::string_view block) { return XXH3_64bits(block.data(), block.size()); }

}  // namespace flink::state
