// SPDX-License-Identifier: Apache-2.0
#include "codegen/build.h"

#include <cstdio>

#include "base/temporary_directory.h"
#include "codegen/cache.h"
#include "codegen/compile.h"
#include "codegen/diagnostics.h"
#include "codegen/editor_files.h"
#include "codegen/link_errors.h"
#include "codegen/lint.h"
#include "codegen/source_index.h"
#include "flink/base/check.h"
#include "flink/error.h"

namespace flink::codegen {
namespace {

// What a message of the job is about, as it may stand in the source as a string literal: what was
// thrown, an argument's name, or the first quoted name.
std::string named_in(const std::string& what) {
  constexpr std::string_view threw_prefix = "define_job threw: ";
  if (what.starts_with(threw_prefix)) {
    const auto type_end = what.find(": ", threw_prefix.size());
    return type_end == std::string::npos ? "" : what.substr(type_end + 2);
  }
  if (const auto dashes = what.find(" --"); dashes != std::string::npos) {
    return what.substr(dashes + 3, what.find_first_of(" =", dashes + 3) - dashes - 3);
  }
  const auto open = what.find_first_of("'\"");
  if (open == std::string::npos) return "";
  const auto close = what.find(what[open], open + 1);
  return close == std::string::npos ? "" : what.substr(open + 1, close - open - 1);
}

// One build from its request to its executable in the cache. Lives for one call of build().
class Build {
 public:
  Build(const BuildRequest& request, const Installation& installation, Phases& phases)
      : request_(request),
        installation_(installation),
        phases_(phases),
        toolchain_(find_toolchain()),
        runtime_(find_runtime(installation, request.mode)),
        context_{installation_, toolchain_, cache_, request_.flags, request.mode},
        program_(cache_.program(request_key())) {}

  BuildResult run() {
    const FileLock lock(cache_.lock(program_.filename().string()));
    BuildResult result;
    result.unchanged = is_current(program_) &&
                       (!request_.keep_generated || fs::exists(kept_directory(kept_name())));
    if (result.unchanged) {
      result.messages = try_read_file(messages_of(program_)).value_or("");
    } else {
      result = build_anew();
    }
    if (request_.write_compile_commands) {
      write_compile_commands(context_, request_.sources);
    }
    if (result.outcome != BuildOutcome::built) return result;
    result.executable = program_;
    if (!request_.output.empty()) {
      if (!same_file(program_, request_.output)) replace_file(program_, request_.output);
      result.executable = request_.output;
    }
    return result;
  }

 private:
  // Everything that asks for another executable.
  std::string request_key() const {
    std::string text =
        detail::concat(installation_.version, "\n", to_string(request_.mode), "\n",
                       installation_.lib_dir.string(), "\n", fs::current_path().string(), "\n",
                       request_.test ? "test" : "job", "\n", request_.describe ? "described" : "");
    const auto add = [&text](char kind, const std::string& value) {
      text += '\0';
      text += kind;
      text += value;
    };
    for (const auto& source : request_.sources) add('s', source.string());
    for (const auto& value : request_.flags.include_dirs) add('I', value);
    for (const auto& value : request_.flags.defines) add('D', value);
    for (const auto& value : request_.flags.library_dirs) add('L', value);
    for (const auto& value : request_.flags.libraries) add('l', value);
    // The job was described with these arguments; others may build another graph.
    for (const auto& value : request_.job_arguments) add('a', value);
    return hash_text(text);
  }

  const fs::path& kept_name() const { return request_.output.empty() ? program_ : request_.output; }

  // The copy made last time is recognized by size and time, so 12 MB are not written again.
  static bool same_file(const fs::path& cached, const fs::path& output) {
    std::error_code failed;
    const auto size = fs::file_size(output, failed);
    if (failed || size != fs::file_size(cached)) return false;
    const auto copied = fs::last_write_time(output, failed);
    return !failed && copied == fs::last_write_time(cached);
  }

  BuildResult build_anew() {
    std::error_code ignored;
    fs::remove(stamps_of(program_), ignored);
    std::vector<SourceText> sources;
    for (const auto& path : request_.sources) sources.push_back({path, read_file(path)});

    std::vector<Message> messages;
    for (const auto& source : sources) {
      for (auto& message : lint_captures(source)) messages.push_back(std::move(message));
    }
    if (!request_.test) {
      for (auto& message : lint_define_job(sources)) messages.push_back(std::move(message));
    }
    // The compiler's errors are worth seeing in the same run: only a job that could not be linked
    // anyway stops here.
    const bool refused = has_errors(messages);
    const auto compiled = compile_sources(context_, request_.sources, phases_);
    const bool failed = map_compiled(compiled, messages);
    if (refused || failed) return finished(BuildOutcome::compile_error, messages);

    if (!link(compiled, sources, messages)) return finished(BuildOutcome::compile_error, messages);
    if (request_.keep_generated) {
      keep_generated(kept_name(), compiled, link_command_);
    }
    if (request_.describe && !describe(sources, messages)) {
      return finished(BuildOutcome::describe_error, messages);
    }
    write_program_stamps(compiled);
    cache_.prune();
    auto result = finished(BuildOutcome::built, messages);
    write_file(messages_of(program_), result.messages);
    return result;
  }

  // Warnings beside errors would only hide them.
  BuildResult finished(BuildOutcome outcome, std::vector<Message> messages) const {
    if (has_errors(messages)) {
      std::erase_if(messages,
                    [](const Message& message) { return message.severity == Severity::warning; });
    }
    BuildResult result;
    result.outcome = outcome;
    RenderOptions options;
    options.color = request_.color;
    result.messages = render(messages, options);
    return result;
  }

  // Adds what g++ said of each source; true when one did not compile.
  bool map_compiled(const std::vector<CompiledSource>& compiled, std::vector<Message>& messages) {
    bool failed = false;
    for (const auto& one : compiled) {
      if (request_.verbose) {
        std::fprintf(stderr, "%s\n%s", shell_line(one.command).c_str(), one.messages.c_str());
      }
      const DiagnosticOptions options{installation_.include_dir.string()};
      const auto mapped = map_diagnostics(one.messages, options);
      messages.insert(messages.end(), mapped.begin(), mapped.end());
      failed = failed || one.exit_code != 0;
      if (one.exit_code != 0 && !has_errors(mapped)) {
        messages.push_back({Severity::error,
                            {one.source.string(), 0, 0},
                            detail::concat("the compiler failed with exit code ", one.exit_code),
                            "run with --verbose for its words"});
      }
    }
    return failed;
  }

  bool link(const std::vector<CompiledSource>& compiled, const std::vector<SourceText>& sources,
            std::vector<Message>& messages) {
    LinkInputs inputs;
    inputs.runtime = runtime_;
    inputs.test_main = request_.test;
    std::vector<LinkedObject> objects;
    for (const auto& one : compiled) {
      inputs.objects.push_back(one.object);
      objects.push_back({one.object, one.source});
    }
    if (auto twice = find_duplicates(objects, sources); !twice.empty()) {
      messages.insert(messages.end(), twice.begin(), twice.end());
      return false;
    }
    auto part = program_;
    part += ".part";
    link_command_ = link_command(toolchain_, request_.mode, inputs, request_.flags, part);
    const base::TemporaryDirectory scratch;
    ProcessOptions options;
    options.stderr_to = scratch.path() / "err";
    options.c_locale = true;
    Process process(link_command_, options);
    const int code = phases_.wait(process, "link");
    const auto text = read_file(options.stderr_to);
    if (request_.verbose) {
      std::fprintf(stderr, "%s\n%s", shell_line(link_command_).c_str(), text.c_str());
    }
    if (code != 0) {
      const auto mapped = map_link_errors(text, objects, sources);
      messages.insert(messages.end(), mapped.begin(), mapped.end());
      return false;
    }
    fs::rename(part, program_);
    return true;
  }

  // The job builds its graph and says what is wrong with it; names it quotes are looked up in the
  // sources, so the message has a line.
  bool describe(const std::vector<SourceText>& sources, std::vector<Message>& messages) {
    const base::TemporaryDirectory scratch;
    ProcessOptions options;
    options.stdout_to = scratch.path() / "out";
    options.stderr_to = scratch.path() / "err";
    Process process(describe_command(program_, true, request_.job_arguments), options);
    const int code = phases_.wait(process, "describe");
    if (code == 0) return true;
    const auto said = own_messages(read_file(options.stderr_to), program_);
    auto message = describe_message(said, code, sources);
    // Perhaps for want of arguments, which only a run has.
    const bool may_run =
        request_.job_arguments.empty() && message.what.starts_with("define_job threw");
    if (may_run) {
      message.hint = detail::concat(message.hint, message.hint.empty() ? "" : "; ",
                                    "with the arguments of a run: add `-- --name VALUE ...`");
    }
    const bool built = may_run && !request_.output.empty();
    if (built) {
      message.severity = Severity::warning;
      message.what += " (the job is built, but its graph could not be checked)";
    }
    messages.push_back(std::move(message));
    return built;
  }

  static Message describe_message(std::string text, int code,
                                  const std::vector<SourceText>& sources) {
    constexpr std::string_view our_prefix = "flinkc: ";
    while (text.starts_with("flinkc: warning: ")) text.erase(0, text.find('\n') + 1);
    while (!text.empty() && text.back() == '\n') text.pop_back();
    if (text.starts_with(our_prefix)) text.erase(0, our_prefix.size());
    if (text.empty()) {
      text = code > 128 ? detail::concat("define_job ended by signal ", code - 128)
                        : detail::concat("describe failed with exit code ", code);
    }
    Message out{Severity::error, {}, text, ""};
    if (const auto hint = out.what.find("; "); hint != std::string::npos) {
      out.hint = out.what.substr(hint + 2);
      out.what.resize(hint);
    }
    out.location.file = sources.front().path.string();
    const auto name = named_in(out.what);
    for (const auto& source : sources) {
      const auto places = name.empty() ? std::vector<Place>{} : find_literals(source.text, name);
      if (places.empty()) continue;
      out.location = {source.path.string(), places.back().line, places.back().column};
    }
    return out;
  }

  void write_program_stamps(const std::vector<CompiledSource>& compiled) const {
    std::vector<FileStamp> stamps;
    for (const auto& one : compiled) {
      const auto of_object = parse_stamps(read_file(stamps_of(one.object)));
      stamps.insert(stamps.end(), of_object.begin(), of_object.end());
    }
    stamps.push_back(stamp_file(runtime_.archive));
    stamps.push_back(stamp_file(runtime_.dependencies));
    stamps.push_back(stamp_file(request_.test ? runtime_.test_main_object : runtime_.main_object));
    write_file(stamps_of(program_), format_stamps(stamps));
  }

  const BuildRequest& request_;
  const Installation& installation_;
  Phases& phases_;
  Cache cache_;
  Toolchain toolchain_;
  Runtime runtime_;
  CompileContext context_;
  fs::path program_;
  std::vector<std::string> link_command_;
};

}  // namespace

BuildResult build(const BuildRequest& request, const Installation& installation, Phases& phases) {
  for (const auto& source : request.sources) {
    if (!fs::exists(source)) {
      throw Error{ErrorKind::user, detail::concat("no file ", source.string())};
    }
    if (source == request.output) {
      throw Error{ErrorKind::user, detail::concat("the executable would overwrite its source ",
                                                  source.string(), ": choose another -o")};
    }
  }
  return Build(request, installation, phases).run();
}

std::vector<std::string> describe_command(const fs::path& program, bool json,
                                          const std::vector<std::string>& job_arguments) {
  std::vector<std::string> out{program.string(), "describe"};
  if (json) out.push_back("--json");
  if (!job_arguments.empty()) out.push_back("--");
  out.insert(out.end(), job_arguments.begin(), job_arguments.end());
  return out;
}

std::string own_messages(const std::string& text, const fs::path& program) {
  const auto prefix = program.string() + ": ";
  std::string out = text;
  for (auto at = out.find(prefix); at != std::string::npos; at = out.find(prefix, at)) {
    out.replace(at, prefix.size(), "flinkc: ");
  }
  return out;
}

}  // namespace flink::codegen
