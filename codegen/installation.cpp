// SPDX-License-Identifier: Apache-2.0
#include "codegen/installation.h"

#include <vector>

#include "codegen/files.h"
#include "flink/base/check.h"
#include "flink/error.h"

namespace flink::codegen {
namespace {

Mode parse_mode(std::string_view text) {
  if (text == "asan") return Mode::asan;
  if (text == "tsan") return Mode::tsan;
  return Mode::release;
}

// "" or "-asan", "-tsan": the runtime's suffix.
std::string suffix_of(Mode mode) {
  if (mode == Mode::asan || mode == Mode::tsan) return detail::concat("-", to_string(mode));
  return "";
}

Runtime runtime_in(const fs::path& directory, const std::string& suffix) {
  return {directory / ("libflink" + suffix + ".a"), directory / "libflink_deps.a",
          directory / ("flink_main" + suffix + ".o"),
          directory / ("flink_test_main" + suffix + ".o")};
}

}  // namespace

std::string_view to_string(Mode mode) {
  switch (mode) {
    case Mode::release:
      return "release";
    case Mode::debug:
      return "debug";
    case Mode::asan:
      return "asan";
    case Mode::tsan:
      return "tsan";
    case Mode::check:
      return "check";
  }
  return "release";
}

Installation read_installation(const fs::path& layout_file) {
  const auto base = layout_file.parent_path();
  const auto place = [&base](std::string_view value) {
    return (base / fs::path(value)).lexically_normal();
  };
  Installation out;
  out.lib_dir = base;
  const std::string text = read_file(layout_file);
  for (std::string_view rest = text; !rest.empty();) {
    const auto end = rest.find('\n');
    const auto line = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
    const auto equals = line.find('=');
    if (equals == std::string_view::npos) continue;
    const auto key = line.substr(0, equals);
    const auto value = line.substr(equals + 1);
    if (key == "version") out.version = value;
    if (key == "include") out.include_dir = place(value);
    if (key == "templates") out.templates_dir = place(value);
    if (key == "source") out.source_dir = place(value);
    if (key == "cache") out.system_cache = place(value);
    if (key == "mode") out.native_mode = parse_mode(value);
  }
  return out;
}

Installation find_installation() {
  const auto program = fs::read_symlink("/proc/self/exe");
  const auto layout = program.parent_path().parent_path() / "lib" / "flink" / "flink.layout";
  if (!fs::exists(layout)) {
    throw Error{ErrorKind::user, detail::concat("this flinkc (", program.string(),
                                                ") has no runtime beside it: ", layout.string(),
                                                " is missing; run `make install PREFIX=DIR` and ",
                                                "use DIR/bin/flinkc")};
  }
  return read_installation(layout);
}

Runtime find_runtime(const Installation& installation, Mode mode) {
  const auto suffix = suffix_of(mode);
  std::vector<fs::path> directories{installation.lib_dir};
  if (!installation.source_dir.empty() && !suffix.empty()) {
    directories.push_back(installation.source_dir / ("build" + suffix) / "lib" / "flink");
  }
  for (const auto& directory : directories) {
    auto runtime = runtime_in(directory, suffix);
    if (fs::exists(runtime.archive) && fs::exists(runtime.main_object)) return runtime;
  }
  const auto missing = runtime_in(installation.lib_dir, suffix).archive.string();
  if (suffix.empty()) {
    throw Error{ErrorKind::user, detail::concat("the runtime ", missing, " is missing; build it ",
                                                "with `make` in flinkc's source tree")};
  }
  const std::string where = installation.source_dir.empty()
                                ? "flinkc's source tree, then `make install` again"
                                : installation.source_dir.string();
  throw Error{ErrorKind::user,
              detail::concat("the runtime for --", to_string(mode), " is not built (", missing,
                             "); run `make ", to_string(mode), "` in ", where)};
}

}  // namespace flink::codegen
