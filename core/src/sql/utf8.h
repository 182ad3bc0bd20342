// SPDX-License-Identifier: Apache-2.0
// UTF-8 as the lexer needs it.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace flink::sql {

// The offset of the first byte that belongs to no character.
std::optional<std::size_t> invalid_utf8(std::string_view text);

// `character` is a Unicode scalar value: up to 0x10FFFF, no surrogate.
void append_utf8(std::string& out, char32_t character);

}  // namespace flink::sql
