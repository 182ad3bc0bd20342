// SPDX-License-Identifier: Apache-2.0
// Small text helpers that many rooms need: hexadecimal digits, and how far two words are apart.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

namespace flink::base {

// Two lower-case digits a byte.
void append_hex(std::string& out, std::string_view bytes);
std::string hex64(std::uint64_t value);  // 16 lower-case digits

// The edits (insert, remove, replace, swap neighbours) that turn a into b; more than `limit` of
// them are limit + 1. For "did you mean".
std::size_t edit_distance(std::string_view a, std::string_view b,
                          std::size_t limit = std::numeric_limits<std::size_t>::max() - 1);

}  // namespace flink::base
