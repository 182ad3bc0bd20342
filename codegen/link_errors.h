// SPDX-License-Identifier: Apache-2.0
// The linker's messages as messages about the job: what is not defined, who uses it, what to add.
#pragma once

#include <filesystem>
#include <string_view>
#include <vector>

#include "codegen/installation.h"
#include "codegen/lint.h"
#include "codegen/message.h"

namespace flink::codegen {

struct LinkedObject {
  std::filesystem::path object;
  std::filesystem::path source;
};

// What two of the objects define. mold says nothing of it when it drops unused sections, and one of
// the definitions would win silently.
std::vector<Message> find_duplicates(const std::vector<LinkedObject>& objects,
                                     const std::vector<SourceText>& sources);

std::vector<Message> map_link_errors(std::string_view linker_text,
                                     const std::vector<LinkedObject>& objects,
                                     const std::vector<SourceText>& sources);

}  // namespace flink::codegen
