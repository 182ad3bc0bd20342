// SPDX-License-Identifier: Apache-2.0
#include "codegen/editor_files.h"

#include <unistd.h>

#include <map>

#include "codegen/process.h"
#include "flink/base/check.h"
#include "flink/error.h"
#include "json/json_writer.h"

namespace flink::codegen {
namespace {

std::string json_string(std::string_view text) {
  std::string out;
  json::append_json_string(out, text);
  return out;
}

// One entry a line, this key first: that is how entries of other sources are found again.
constexpr std::string_view entry_start = R"({"output": "flinkc", "file": )";
constexpr std::string_view cmake_mark = "# Written by flinkc --emit-cmake";

// The file's entries, or nothing when another tool wrote it.
bool read_entries(const fs::path& path, std::map<std::string, std::string>& entries) {
  const auto text = try_read_file(path);
  if (!text) return !fs::exists(fs::symlink_status(path));
  std::string_view rest = *text;
  while (!rest.empty()) {
    const auto end = rest.find('\n');
    auto line = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
    if (line == "[" || line == "]" || line.empty()) continue;
    if (line.ends_with(',')) line.remove_suffix(1);
    if (!line.starts_with(entry_start)) return false;
    const auto file = line.substr(0, line.find(", \"directory\""));
    entries[std::string{file}] = std::string{line};
  }
  return true;
}

}  // namespace

void write_compile_commands(const CompileContext& context, const std::vector<fs::path>& sources) {
  if (sources.empty()) return;
  const auto directory = sources.front().parent_path();
  const auto path = directory / "compile_commands.json";
  std::map<std::string, std::string> entries;
  if (access(directory.c_str(), W_OK) != 0 || !read_entries(path, entries)) return;
  for (const auto& source : sources) {
    const auto start = std::string{entry_start} + json_string(source.string());
    std::string line = start + ", \"directory\": " + json_string(fs::current_path().string()) +
                       ", \"arguments\": [";
    const auto command = editor_command(context, source);
    for (std::size_t i = 0; i < command.size(); ++i) {
      line += (i == 0 ? "" : ", ") + json_string(command[i]);
    }
    entries[start] = line + "]}";
  }
  std::string text = "[\n";
  std::size_t left = entries.size();
  for (const auto& [file, line] : entries) text += line + (--left == 0 ? "\n" : ",\n");
  text += "]\n";
  if (try_read_file(path) != text) write_file(path, text);
}

fs::path kept_directory(const fs::path& output) {
  auto out = output;
  out += ".flinkc";
  return out;
}

void keep_generated(const fs::path& output, const std::vector<CompiledSource>& compiled,
                    const std::vector<std::string>& link_command) {
  const auto directory = kept_directory(output);
  fs::create_directories(directory);
  std::string script = "#!/bin/sh\n# What flinkc ran, in order.\nset -e\ncd " +
                       shell_line({fs::current_path().string()}) + "\n";
  for (const auto& one : compiled) {
    replace_file(one.object, directory / one.object.filename());
    script += shell_line(one.command) + "\n";
  }
  script += shell_line(link_command) + "\n";
  write_file(directory / "build.sh", script);
  write_file(
      directory / "main.cpp",
      "// The source of the prebuilt main object that is linked with the job.\n"
      "#include <flink/job_main.h>\n\n"
      "void define_job(flink::StreamExecutionEnvironment& env);\n\n"
      "int main(int argc, char** argv) { return flink::run_job(argc, argv, define_job); }\n");
}

fs::path emit_cmake(const fs::path& directory, const std::string& name,
                    const std::vector<fs::path>& sources, const UserFlags& flags) {
  const auto path = directory / "CMakeLists.txt";
  if (const auto text = try_read_file(path); text && !text->starts_with(cmake_mark)) {
    throw Error{ErrorKind::user, detail::concat(path.string(), " exists and is not flinkc's; move ",
                                                "it away first")};
  }
  std::string text =
      detail::concat(cmake_mark, ": cmake -B build -DCMAKE_PREFIX_PATH=PREFIX\n",
                     "cmake_minimum_required(VERSION 3.20)\nproject(", name,
                     " LANGUAGES CXX)\n\nfind_package(flink REQUIRED)\n\n", "flink_add_job(", name);
  for (const auto& source : sources) {
    text += " " + fs::relative(source, directory).string();
  }
  text += ")\n";
  const auto add = [&](std::string_view command, const std::vector<std::string>& values) {
    if (values.empty()) return;
    text += detail::concat(command, "(", name, " PRIVATE");
    for (const auto& value : values) text += " " + value;
    text += ")\n";
  };
  add("target_include_directories", flags.include_dirs);
  add("target_compile_definitions", flags.defines);
  add("target_link_directories", flags.library_dirs);
  add("target_link_libraries", flags.libraries);
  write_file(path, text);
  return path;
}

}  // namespace flink::codegen
