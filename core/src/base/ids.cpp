// SPDX-License-Identifier: Apache-2.0
#include "base/ids.h"

#include "base/text.h"

namespace flink::base {

std::string hex128(std::uint64_t high, std::uint64_t low) { return hex64(high) + hex64(low); }

bool parse_hex128(std::string_view text, std::uint64_t& high, std::uint64_t& low) {
  if (text.size() != 32) return false;
  std::array<std::uint64_t, 2> parts{};
  for (int i = 0; i < 32; ++i) {
    const char c = text[i];
    unsigned digit = 0;
    if (c >= '0' && c <= '9') digit = c - '0';
    else if (c >= 'a' && c <= 'f') digit = c - 'a' + 10;
    else if (c >= 'A' && c <= 'F') digit = c - 'A' + 10;
    else return false;
    parts[i / 16] = (parts[i / 16] << 4) | digit;
  }
  high = parts[0];
  low = parts[1];
  return true;
}

}  // namespace flink::base
