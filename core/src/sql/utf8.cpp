// SPDX-License-Identifier: Apache-2.0
#include "sql/utf8.h"

#include <array>

namespace flink::sql {
namespace {

struct Form {
  unsigned char lead_mask, lead;
  std::size_t size;
  char32_t least;  // a smaller one has a shorter form
};
constexpr std::array<Form, 4> forms = {
    {{0x80, 0x00, 1, 0}, {0xE0, 0xC0, 2, 0x80}, {0xF0, 0xE0, 3, 0x800}, {0xF8, 0xF0, 4, 0x10000}}};

// Bytes of the character at the beginning; 0: none.
std::size_t character_size(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text.front());
  for (const auto& form : forms) {
    if ((lead & form.lead_mask) != form.lead) continue;
    if (text.size() < form.size) return 0;
    char32_t value = lead & static_cast<unsigned char>(~form.lead_mask);
    for (std::size_t i = 1; i < form.size; ++i) {
      const auto byte = static_cast<unsigned char>(text[i]);
      if ((byte & 0xC0) != 0x80) return 0;
      value = value << 6 | (byte & 0x3F);
    }
    const bool right =
        value >= form.least && value <= 0x10FFFF && (value < 0xD800 || value > 0xDFFF);
    return right ? form.size : 0;
  }
  return 0;
}

}  // namespace

std::optional<std::size_t> invalid_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto size =
        (static_cast<unsigned char>(text[i]) & 0x80) == 0 ? 1 : character_size(text.substr(i));
    if (size == 0) return i;
    i += size;
  }
  return std::nullopt;
}

void append_utf8(std::string& out, char32_t character) {
  std::size_t size = 1;
  while (size < 4 && character >= forms[size].least) ++size;
  const auto rest = 6 * (size - 1);
  out += static_cast<char>(forms[size - 1].lead | (character >> rest));
  for (std::size_t i = 1; i < size; ++i) {
    out += static_cast<char>(0x80 | ((character >> (rest - 6 * i)) & 0x3F));
  }
}

}  // namespace flink::sql
