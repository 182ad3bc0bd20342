// SPDX-License-Identifier: Apache-2.0
#include "codegen/compile.h"

#include <unistd.h>

#include <memory>
#include <optional>

#include "codegen/lexer.h"
#include "codegen/process.h"
#include "flink/base/check.h"
#include "flink/error.h"

namespace flink::codegen {
namespace {

constexpr std::size_t parallel_compiles = 2;

void append(std::vector<std::string>& out, const std::vector<std::string>& more) {
  out.insert(out.end(), more.begin(), more.end());
}

std::vector<std::string> base_command(const CompileContext& context) {
  std::vector<std::string> out{context.toolchain.compiler.string()};
  append(out, language_flags(context.mode, context.user));
  append(out, message_flags());
  // The precompiled header alone fills the heap at which g++ begins to collect garbage: with every
  // pass of it the whole header is marked again, a tenth of the time. Without: 40 MB more.
  out.push_back("--param=ggc-min-heapsize=1000000");
  return out;
}

std::string key_of(const std::vector<std::string>& command, std::string_view what) {
  std::string text{what};
  for (const auto& word : command) text += '\0' + word;
  return hash_text(text);
}

// The files of a make rule as -MD writes it: blanks, '#' and '$' are escaped, lines continued.
std::vector<fs::path> parse_dependencies(std::string_view rule) {
  std::vector<fs::path> out;
  const auto colon = rule.find(": ");
  if (colon == std::string_view::npos) return out;
  std::string word;
  const auto flush = [&out, &word] {
    if (!word.empty()) out.emplace_back(std::move(word));
    word.clear();
  };
  for (auto at = colon + 1; at < rule.size(); ++at) {
    const char c = rule[at];
    const char next = at + 1 < rule.size() ? rule[at + 1] : '\0';
    if (c == '\\' && next == '\n') {
      flush();
      ++at;
    } else if ((c == '\\' && (next == ' ' || next == '#')) || (c == '$' && next == '$')) {
      word += next;
      ++at;
    } else if (c == ' ' || c == '\n') {
      flush();
    } else {
      word += c;
    }
  }
  flush();
  return out;
}

// Stamps of all that the compiler read. A file written after the compiler started gets a stamp
// that never matches: which of its contents was compiled is not known.
void write_stamps(const fs::path& cached, const fs::path& rule_file,
                  const std::vector<FileStamp>& before, fs::file_time_type started) {
  std::vector<FileStamp> stamps = before;
  for (const auto& file : parse_dependencies(read_file(rule_file))) {
    bool known = file.extension() == ".gch";  // its own stamps cover what is in it
    for (const auto& stamp : before) known = known || stamp.path == file;
    if (known) continue;
    std::error_code failed;
    auto stamp = stamp_file(file);
    if (fs::last_write_time(file, failed) >= started || failed) {
      stamp.mtime_ns = 0;
      stamp.hash = "changed while it was compiled";
    }
    stamps.push_back(std::move(stamp));
  }
  write_file(stamps_of(cached), format_stamps(stamps));
}

fs::path temporary(const fs::path& path) {
  auto out = path;
  out += detail::concat(".", getpid());
  return out;
}

struct Job {
  CompiledSource result;
  fs::path messages_file;
  fs::path rule_file;
  fs::path object_file;
  std::vector<FileStamp> before;
  fs::file_time_type started;
  std::unique_ptr<Process> process;
};

Job prepare(const CompileContext& context, const fs::path& source,
            const std::optional<fs::path>& pch) {
  Job job;
  job.result.source = source;
  auto command = base_command(context);
  if (pch) append(command, {"-include", pch->string()});
  append(command, include_flags(context.installation, context.user));
  append(command, {"-c", source.string()});
  const auto object = context.cache.object(key_of(command, fs::current_path().string()));
  job.result.object = object;
  job.object_file = temporary(object);
  job.rule_file = temporary(object) += ".d";
  job.messages_file = temporary(object) += ".txt";
  append(command,
         {"-fpch-deps", "-MD", "-MF", job.rule_file.string(), "-o", job.object_file.string()});
  job.result.command = std::move(command);
  job.result.from_cache = is_current(object);
  if (job.result.from_cache) {
    job.result.messages = try_read_file(messages_of(object)).value_or("");
  }
  return job;
}

void start(const CompileContext& context, Job& job) {
  job.before = {stamp_file(job.result.source), stamp_file(context.toolchain.compiler)};
  job.started = fs::file_time_type::clock::now();
  ProcessOptions options;
  options.stderr_to = job.messages_file;
  options.c_locale = true;
  job.process = std::make_unique<Process>(job.result.command, options);
}

void finish(Job& job) {
  job.result.exit_code = job.process->wait();
  job.result.messages = read_file(job.messages_file);
  if (job.result.exit_code == 0) {
    fs::rename(job.object_file, job.result.object);
    // Warnings are shown again as long as they are not mended, also from the cache.
    write_file(messages_of(job.result.object), job.result.messages);
    write_stamps(job.result.object, job.rule_file, job.before, job.started);
  }
  std::error_code ignored;
  for (const auto& file : {job.messages_file, job.rule_file, job.object_file}) {
    fs::remove(file, ignored);
  }
}

}  // namespace

fs::path ensure_precompiled_header(const CompileContext& context, Phases& phases) {
  auto command = base_command(context);
  append(command, include_flags(context.installation, {}));
  const auto key = key_of(command, "pch");
  if (!context.installation.system_cache.empty()) {
    // Outdated when the compiler or a header was upgraded since: the user's own cache then.
    const auto shared = context.installation.system_cache / "pch" / key;
    if (is_current(shared)) return shared / "flink_pch.h";
  }
  const auto directory = context.cache.pch_dir(key);
  const auto header = directory / "flink_pch.h";
  if (is_current(directory)) return header;
  const FileLock lock(context.cache.lock(key));
  if (is_current(directory)) return header;  // another flinkc has just built it

  fs::create_directories(directory);
  // With what flink.h leaves out to be quick where it is not precompiled.
  write_file(header,
             "#include <flink/flink.h>\n#include <flink/types/more_rungs.h>\n"
             "#include <algorithm>\n#include <functional>\n#include <memory>\n");
  const auto compiled = directory / "flink_pch.h.gch";
  const auto part = temporary(compiled);
  const auto rule_file = directory / "rule.d";
  const auto messages_file = directory / "messages.txt";
  append(command, {"-x", "c++-header", header.string(), "-MD", "-MF", rule_file.string(), "-o",
                   part.string()});
  const std::vector<FileStamp> before{stamp_file(context.toolchain.compiler)};
  const auto started = fs::file_time_type::clock::now();
  ProcessOptions options;
  options.stderr_to = messages_file;
  options.c_locale = true;
  Process process(command, options);
  if (phases.wait(process, "precompile headers (once)") != 0) {
    throw Error{ErrorKind::internal,
                detail::concat("flinkc's own headers do not compile with these flags:\n",
                               read_file(messages_file))};
  }
  fs::rename(part, compiled);
  write_stamps(directory, rule_file, before, started);
  return header;
}

std::vector<CompiledSource> compile_sources(const CompileContext& context,
                                            const std::vector<fs::path>& sources, Phases& phases) {
  std::vector<Job> jobs;
  std::optional<fs::path> pch;
  for (const auto& source : sources) {
    const bool uses_flink = includes_flink(read_file(source));
    if (uses_flink && !pch) pch = ensure_precompiled_header(context, phases);
    jobs.push_back(prepare(context, source, uses_flink ? pch : std::nullopt));
  }
  std::vector<Job*> waiting;
  for (auto& job : jobs) {
    if (!job.result.from_cache) waiting.push_back(&job);
  }
  std::size_t next = 0;
  for (std::size_t done = 0; done < waiting.size(); ++done) {
    for (; next < waiting.size() && next < done + parallel_compiles; ++next) {
      start(context, *waiting[next]);
    }
    phases.wait(*waiting[done]->process,
                "compile " + waiting[done]->result.source.filename().string());
    finish(*waiting[done]);
  }
  std::vector<CompiledSource> out;
  for (auto& job : jobs) out.push_back(std::move(job.result));
  return out;
}

std::vector<std::string> editor_command(const CompileContext& context, const fs::path& source) {
  std::vector<std::string> out{context.toolchain.compiler.string()};
  append(out, language_flags(Mode::release, context.user));  // the same for every way of building
  append(out, include_flags(context.installation, context.user));
  append(out, {"-c", source.string()});
  return out;
}

}  // namespace flink::codegen
