// SPDX-License-Identifier: Apache-2.0
// Where flinkc's own files are: headers, runtime archives, templates. Found relative to the running
// program (PREFIX/bin -> PREFIX/lib/flink/flink.layout), so a tree can be moved; a build directory
// has the same shape with absolute paths into the source tree.
#pragma once

#include <filesystem>
#include <string>

namespace flink::codegen {

// How a job is compiled and which runtime archive it is linked with. `check` is -O0 without debug
// information against the release runtime: the fastest to compile.
enum class Mode : unsigned char { release, debug, asan, tsan, check };

std::string_view to_string(Mode mode);

struct Installation {
  std::filesystem::path lib_dir;  // libflink.a, flink_main.o, ...
  std::filesystem::path include_dir;
  std::filesystem::path templates_dir;
  std::filesystem::path source_dir;  // empty outside a build directory
  // Precompiled headers for all users of the machine, made by `flinkc precompile --system` when a
  // package is installed; empty when the tree has none.
  std::filesystem::path system_cache;
  std::string version;
  Mode native_mode = Mode::release;  // asan or tsan in a build directory with that sanitizer
};

// Throws Error when the running program is in neither an installed tree nor a build directory.
Installation find_installation();
Installation read_installation(const std::filesystem::path& layout_file);

// The files a job of this mode is linked with.
struct Runtime {
  std::filesystem::path archive;       // libflink.a
  std::filesystem::path dependencies;  // libflink_deps.a: the external libraries
  std::filesystem::path main_object;
  std::filesystem::path test_main_object;
};

// Throws Error that says how to get it when the mode's runtime is not there.
Runtime find_runtime(const Installation& installation, Mode mode);

}  // namespace flink::codegen
