// SPDX-License-Identifier: Apache-2.0
#include "state/run_format.h"

#include <flink/types/serializer.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "state/entry_key.h"

namespace flink::state {
namespace {

template <class T>
std::string encode(const T& value) {
  std::string out;
  {
    ByteWriter writer(out);
    Serializer<T>::write(writer, value);
  }
  return out;
}

template <class T>
T decode(std::string_view bytes) {
  T value{};
  ByteReader in(bytes);
  Serializer<T>::read(in, value);
  return value;
}

}  // namespace

std::string meta_key(std::string_view name) { return group_prefix(meta_group).append(name); }

std::string encode_info(const RunInfo& info) { return encode(info); }
std::string encode_states(const std::vector<StateDescriptor>& states) { return encode(states); }
std::string encode_version() { return encode(run_version); }

RunInfo decode_info(std::string_view bytes) { return decode<RunInfo>(bytes); }
std::vector<StateDescriptor> decode_states(std::string_view bytes) {
  return decode<std::vector<StateDescriptor>>(bytes);
}
std::uint32_t decode_version(std::string_view bytes) { return decode<std::uint32_t>(bytes); }

std::uint64_t checksum(std::string_view block) { return XXH3_64bits(block.data(), block.size()); }

}  // namespace flink::state
