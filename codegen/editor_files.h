// SPDX-License-Identifier: Apache-2.0
// What a build leaves for people and editors: compile_commands.json beside the first source, the
// kept intermediate files of --keep-generated, the CMakeLists.txt of --emit-cmake.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "codegen/compile.h"

namespace flink::codegen {

// Entries of other sources stay; a file that flinkc did not write, or a directory without write
// permission, is left alone.
void write_compile_commands(const CompileContext& context,
                            const std::vector<std::filesystem::path>& sources);

std::filesystem::path kept_directory(const std::filesystem::path& output);  // OUTPUT.flinkc
// Into it: the objects, main.cpp and build.sh with the exact commands.
void keep_generated(const std::filesystem::path& output,
                    const std::vector<CompiledSource>& compiled,
                    const std::vector<std::string>& link_command);

// Throws Error when the directory has a CMakeLists.txt that flinkc did not write.
std::filesystem::path emit_cmake(const std::filesystem::path& directory, const std::string& name,
                                 const std::vector<std::filesystem::path>& sources,
                                 const UserFlags& flags);

}  // namespace flink::codegen
