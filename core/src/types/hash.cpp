// SPDX-License-Identifier: Apache-2.0
// The hash of strings over 16 bytes. Never change it: key groups of stored state depend on it.
#include <flink/types/key_hash.h>
#include <flink/types/schema.h>

namespace flink::detail {

std::uint64_t hash_long_bytes(const char* at, std::size_t size) {
  std::uint64_t low = hash_k0, high = hash_k1;
  const char* const last = at + size - 16;
  while (at < last) {
    low = multiply_fold(load_word<std::uint64_t>(at) ^ hash_k1,
                        load_word<std::uint64_t>(at + 8) ^ low);
    at += 16;
    if (at >= last) break;
    high = multiply_fold(load_word<std::uint64_t>(at) ^ hash_k2,
                         load_word<std::uint64_t>(at + 8) ^ high);
    at += 16;
  }
  // The last 16 bytes, some of which may have been seen.
  const std::uint64_t tail = multiply_fold(load_word<std::uint64_t>(last) ^ hash_k0,
                                           load_word<std::uint64_t>(last + 8) ^ low ^ high);
  return multiply_fold(tail ^ size, hash_k2);
}

std::uint64_t hash_schema(std::string_view schema) {
  return hash_bytes(schema.data(), schema.size());
}

}  // namespace flink::detail
