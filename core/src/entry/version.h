// SPDX-License-Identifier: Apache-2.0
// What this executable is. Processes of one job must be of one build: closures do not travel.
#pragma once

#include <string>

namespace flink::entry {

inline constexpr const char* version_text = "0.1.0";

// The linker's build id, else a hash of the executable's bytes: hexadecimal.
std::string build_id();

}  // namespace flink::entry
