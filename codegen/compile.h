// SPDX-License-Identifier: Apache-2.0
// One precompiled header and the objects compiled with it, both from the cache when unchanged.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "codegen/cache.h"
#include "codegen/phases.h"
#include "codegen/toolchain.h"

namespace flink::codegen {

// What stays the same for all sources of a build.
struct CompileContext {
  const Installation& installation;
  const Toolchain& toolchain;
  const Cache& cache;
  const UserFlags& user;
  Mode mode = Mode::release;
};

struct CompiledSource {
  std::filesystem::path source;
  std::filesystem::path object;
  std::vector<std::string> command;
  std::string messages;  // g++'s text, unparsed; warnings too
  int exit_code = 0;
  bool from_cache = false;
};

// The header every precompiled include stands for; built under a lock when missing or outdated.
// Throws Error with g++'s words when flinkc's own headers do not compile.
std::filesystem::path ensure_precompiled_header(const CompileContext& context, Phases& phases);

// Compiles what is not cached, two at a time. Results are in the order of `sources`.
std::vector<CompiledSource> compile_sources(const CompileContext& context,
                                            const std::vector<std::filesystem::path>& sources,
                                            Phases& phases);

// The command for editors: no precompiled header, no cache paths.
std::vector<std::string> editor_command(const CompileContext& context,
                                        const std::filesystem::path& source);

}  // namespace flink::codegen
