// SPDX-License-Identifier: Apache-2.0
#include "table/fn/utf8.h"

namespace flink::table::fn {

namespace {

// Bytes of the sequence at `at`; negative: so many of an ill-formed one.
int sequence(std::string_view text, std::size_t at) noexcept {
  const auto byte = [&](std::size_t i) {
    return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0u;
  };
  const unsigned lead = byte(0);
  if (lead < 0x80) return 1;
  if (lead < 0xc2 || lead > 0xf4) return -1;
  const int size = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  const unsigned least = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
  const unsigned most = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
  if (byte(1) < least || byte(1) > most) return -1;
  for (int i = 2; i < size; ++i) {
    if ((byte(static_cast<std::size_t>(i)) & 0xc0) != 0x80) return -i;
  }
  return size;
}

}  // namespace

std::string well_formed(std::string_view bytes) {
  std::string out;
  for (std::size_t at = 0; at < bytes.size();) {
    const int size = sequence(bytes, at);
    if (size < 0) {
      out += "\xef\xbf\xbd";
      at += static_cast<std::size_t>(-size);
    } else {
      out.append(bytes, at, static_cast<std::size_t>(size));
      at += static_cast<std::size_t>(size);
    }
  }
  return out;
}

bool is_well_formed(std::string_view bytes) noexcept {
  for (std::size_t at = 0; at < bytes.size();) {
    const int size = sequence(bytes, at);
    if (size < 0) return false;
    at += static_cast<std::size_t>(size);
  }
  return true;
}

}  // namespace flink::table::fn
