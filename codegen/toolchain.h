// SPDX-License-Identifier: Apache-2.0
// The compiler and its command lines, the same for every way a job is built.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "codegen/installation.h"

namespace flink::codegen {

// What the user adds to the compiler's and linker's command lines (-I -D -L -l).
struct UserFlags {
  std::vector<std::string> include_dirs;
  std::vector<std::string> defines;
  std::vector<std::string> library_dirs;
  std::vector<std::string> libraries;
};

struct Toolchain {
  std::filesystem::path compiler;
  bool has_mold = false;
};

// $CXX if set, else g++. Throws Error when there is none.
Toolchain find_toolchain();

// Everything that decides what a header or a source compiles to, but -I: the precompiled header's
// key and its command line.
std::vector<std::string> language_flags(Mode mode, const UserFlags& user);

// Flags that make g++'s messages parseable (diagnostics.h).
std::vector<std::string> message_flags();

std::vector<std::string> include_flags(const Installation& installation, const UserFlags& user);

struct LinkInputs {
  std::vector<std::filesystem::path> objects;
  Runtime runtime;
  bool test_main = false;
};

std::vector<std::string> link_command(const Toolchain& toolchain, Mode mode,
                                      const LinkInputs& inputs, const UserFlags& user,
                                      const std::filesystem::path& output);

}  // namespace flink::codegen
