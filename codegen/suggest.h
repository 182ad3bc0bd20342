// SPDX-License-Identifier: Apache-2.0
// "Did you mean": how far two words are apart.
#pragma once

#include <cstddef>
#include <string_view>

namespace flink::codegen {

// Insertions, deletions and replacements that turn one word into the other.
std::size_t edit_distance(std::string_view a, std::string_view b);

}  // namespace flink::codegen
