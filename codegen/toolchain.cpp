// SPDX-License-Identifier: Apache-2.0
#include "codegen/toolchain.h"

#include <cstdlib>

#include "codegen/files.h"
#include "codegen/process.h"
#include "flink/base/check.h"
#include "flink/error.h"

namespace flink::codegen {
namespace {

void append(std::vector<std::string>& out, const std::vector<std::string>& more) {
  out.insert(out.end(), more.begin(), more.end());
}

std::vector<std::string> mode_flags(Mode mode) {
  switch (mode) {
    case Mode::release:
      return {"-O2"};
    case Mode::debug:
      return {"-O0", "-g"};
    case Mode::asan:
      return {"-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=undefined"};
    case Mode::tsan:
      return {"-O1", "-g", "-fsanitize=thread"};
    case Mode::check:
      return {"-O0"};
  }
  return {};
}

}  // namespace

Toolchain find_toolchain() {
  const char* chosen = std::getenv("CXX");
  const std::string name = chosen != nullptr && *chosen != '\0' ? chosen : "g++";
  const auto compiler = find_program(name);
  if (!compiler) {
    throw Error{ErrorKind::user,
                detail::concat("no C++ compiler: ", name,
                               " is not in PATH; install it (Debian: apt-get install g++)")};
  }
  return {*compiler, find_program("mold").has_value()};
}

std::vector<std::string> language_flags(Mode mode, const UserFlags& user) {
  std::vector<std::string> out{"-std=c++20", "-pthread", "-fno-omit-frame-pointer",
                               "-fstack-clash-protection",  // fibers: a frame must not jump the
                                                            // guard page
                               "-ffunction-sections", "-fdata-sections",
                               "-Wall"};  // not -Wextra: hooks often leave a parameter unused
  append(out, mode_flags(mode));
  for (const auto& define : user.defines) out.push_back("-D" + define);
  return out;
}

std::vector<std::string> message_flags() {
  return {"-fdiagnostics-color=never",
          "-fno-diagnostics-show-caret",
          "-fdiagnostics-column-unit=byte",
          "-fmessage-length=0",
          "-ftemplate-backtrace-limit=0",
          "-fconcepts-diagnostics-depth=1",
          "-fno-diagnostics-show-option",
          "-Winvalid-pch",
          "-Werror=invalid-pch"};
}

std::vector<std::string> include_flags(const Installation& installation, const UserFlags& user) {
  std::vector<std::string> out;
  for (const auto& directory : user.include_dirs) out.push_back("-I" + directory);
  out.push_back("-isystem");
  out.push_back(installation.include_dir.string());
  return out;
}

std::vector<std::string> link_command(const Toolchain& toolchain, Mode mode,
                                      const LinkInputs& inputs, const UserFlags& user,
                                      const fs::path& output) {
  std::vector<std::string> out{toolchain.compiler.string(), "-o", output.string(), "-pthread"};
  append(out, mode_flags(mode));
  if (toolchain.has_mold) out.push_back("-fuse-ld=mold");
  // At a fixed address: each of a job's processes would have to adjust 18,000 others at its start,
  // and the executable to list them. Heap, stacks and libraries still lie anywhere.
  if (mode == Mode::release) out.push_back("-no-pie");
  append(out, {"-static-libstdc++", "-static-libgcc", "-Wl,--gc-sections"});
  for (const auto& object : inputs.objects) out.push_back(object.string());
  out.push_back(
      (inputs.test_main ? inputs.runtime.test_main_object : inputs.runtime.main_object).string());
  for (const auto& directory : user.library_dirs) out.push_back("-L" + directory);
  for (const auto& library : user.libraries) out.push_back("-l" + library);
  out.push_back(inputs.runtime.archive.string());
  out.push_back(inputs.runtime.dependencies.string());
  return out;
}

}  // namespace flink::codegen
