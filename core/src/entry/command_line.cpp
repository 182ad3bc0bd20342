// SPDX-License-Identifier: Apache-2.0
#include "entry/command_line.h"

#include <flink/base/check.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <cstdio>
#include <cstring>
#include <string_view>

#include "base/text.h"
#include "config/usage_text.h"
#include "entry/version.h"

namespace flink::entry {
namespace {

using detail::concat;

constexpr const char* roles[] = {"jobmanager", "taskmanager", "describe", "simulate"};

constexpr const char* examples = R"(Examples:
  PROGRAM -- --input words.txt               run the job here, one TaskManager process
  PROGRAM --taskmanagers 2 --slots 2 -p 4    two TaskManager processes, four subtasks
  PROGRAM -Drestart-strategy.type=fixed-delay -Drest.port=8090
  PROGRAM --from-savepoint DIR               go on from a savepoint or checkpoint
  PROGRAM --recover                          go on after a crash; for a supervisor
  PROGRAM --local                            all in one process, for a debugger
  PROGRAM describe --json -- --input x       the job's graph, without running it
  PROGRAM simulate --seeds 100 -- --input x  the cluster under virtual time and injected faults
  PROGRAM jobmanager                         TaskManagers connect by themselves
  PROGRAM taskmanager --jobmanager HOST:6123

What follows -- are the job's own arguments.
)";

constexpr const char* footer = R"(
Exit codes: 0 the job finished (or was cancelled by request), 1 it cannot be built or started,
2 wrong usage, 6 it failed, 130 ended by Ctrl-C, 143 by SIGTERM,
129 by its terminal, which was closed (not with nohup).
Ctrl-C once cancels the job, twice ends everything at once. Data goes to stdout, messages to stderr,
logs to log/ (env.log.dir).
)";

std::string nearest(std::string_view word, const std::vector<std::string>& known) {
  std::string best;
  std::size_t best_distance = word.size() / 2 + 1;
  for (const auto& candidate : known) {
    const auto distance = base::edit_distance(word, candidate);
    if (distance < best_distance) {
      best_distance = distance;
      best = candidate;
    }
  }
  return best;
}

CommandLine usage_error(const std::string& program, const std::string& message) {
  std::fprintf(stderr, "%s: %s\nsee %s --help\n", program.c_str(), message.c_str(),
               program.c_str());
  CommandLine out;
  out.role = Role::finished;
  out.exit_code = 2;
  return out;
}

// An option that is a configuration value: remembered with how it was written.
void config_flag(CLI::App& app, CommandLine& out, const std::string& names, const char* key,
                 const char* what) {
  app.add_option_function<std::string>(
         names,
         [&out, key, names](const std::string& value) {
           const std::string shown = names.substr(0, names.find(','));
           out.flags.push_back({key, value, shown + " " + value});
         },
         what)
      ->take_last();
}

void common_options(CLI::App& app, CommandLine& out) {
  app.add_option_function<std::vector<std::string>>(
         "-D", [&out](const std::vector<std::string>& all) { out.properties = all; },
         "a configuration value, key=value, with Flink's keys; repeatable")
      ->type_name("KEY=VALUE")
      ->expected(1)
      ->take_all();
}

void mode_options(CLI::App& app, CommandLine& out) {
  app.add_flag_callback(
      "--batch",
      [&out] {
        out.flags.push_back({"execution.runtime-mode", "BATCH", "--batch"});
      },
      "one stage after another, for sources that end (execution.runtime-mode=BATCH)");
}

void cluster_options(CLI::App& app, CommandLine& out) {
  mode_options(app, out);
  config_flag(app, out, "-p,--parallelism", "parallelism.default",
              "subtasks of operators that do not set their own (1)");
  config_flag(app, out, "--slots", "taskmanager.numberOfTaskSlots",
              "slots of each TaskManager, one thread each (as many as the job needs)");
}

// Where the job starts from. Flink's spellings are accepted, too.
void restore_options(CLI::App& app, CommandLine& out) {
  config_flag(app, out, "-s,--from-savepoint,--fromSavepoint", "execution.state-recovery.path",
              "start from this savepoint or checkpoint: its directory or its _metadata");
  app.add_flag_callback(
      "-n,--allow-non-restored-state,--allowNonRestoredState",
      [&out] {
        out.flags.push_back({"execution.state-recovery.ignore-unclaimed-state", "true",
                             "--allow-non-restored-state"});
      },
      "leave state behind that belongs to no operator of the job");
  config_flag(app, out, "--claim-mode,--claimMode", "execution.state-recovery.claim-mode",
              "no_claim (default): copy from the savepoint; claim: own it");
  app.add_option("--job-id", out.job_id, "the job's id, 32 hexadecimal digits (random)");
  app.add_flag("--recover", out.recover,
               "go on where this job stopped when its JobManager died; the first time: start it");
}

void add_options(CLI::App& app, CommandLine& out) {
  common_options(app, out);
  switch (out.role) {
    case Role::cluster:
      cluster_options(app, out);
      config_flag(app, out, "--taskmanagers", "flinkc.taskmanagers",
                  "TaskManager processes to start (1)");
      restore_options(app, out);
      app.add_flag("--local", out.local, "everything in this one process");
      app.add_flag("--show-config", out.show_config,
                   "print the configuration with where each value came from, and end");
      app.add_flag("--json", out.json, "with --show-config: as JSON");
      app.add_flag("-q,--quiet", out.quiet, "only errors on stderr");
      break;
    case Role::jobmanager:
      cluster_options(app, out);
      restore_options(app, out);
      app.add_flag("--show-config", out.show_config, "print the configuration and end");
      app.add_flag("--json", out.json, "with --show-config: as JSON");
      app.add_flag("-q,--quiet", out.quiet, "only errors on stderr");
      break;
    case Role::taskmanager:
      app.add_option("--jobmanager", out.jobmanager, "where the JobManager listens")
          ->type_name("HOST:PORT");
      config_flag(app, out, "--slots", "taskmanager.numberOfTaskSlots",
                  "slots of this TaskManager (1)");
      app.add_option("--token", out.token)->group("");
      app.add_option("--log-file", out.log_file)->group("");
      app.add_option("--parent", out.parent)->group("");
      break;
    case Role::describe:
      mode_options(app, out);
      config_flag(app, out, "-p,--parallelism", "parallelism.default",
                  "subtasks of operators that do not set their own (1)");
      app.add_flag("--json", out.json, "as JSON");
      break;
    case Role::simulate:
      cluster_options(app, out);
      config_flag(app, out, "--taskmanagers", "flinkc.taskmanagers", "simulated TaskManagers (2)");
      app.add_option("--seed", out.seed, "the first run's seed (1)");
      app.add_option("--seeds", out.seeds, "how many runs, seed, seed + 1, ... (1)");
      app.add_option("--hours", out.hours,
                     "more runs until so many hours of virtual time have been simulated (0)");
      app.add_flag("!--no-faults", out.faults, "disturb nothing");
      app.add_flag("--list-steps", out.list_steps,
                   "at the end, the steps at which a process may crash, and how often one did");
      app.add_flag("-v,--verbose", out.verbose, "every process's messages on stderr");
      break;
    case Role::finished:
      break;
  }
}

std::string synopsis(Role role) {
  switch (role) {
    case Role::cluster:
      return "PROGRAM [options] [-- job arguments]";
    case Role::jobmanager:
      return "PROGRAM jobmanager [options] [-- job arguments]";
    case Role::taskmanager:
      return "PROGRAM taskmanager --jobmanager HOST:PORT [options]";
    case Role::describe:
      return "PROGRAM describe [options] [-- job arguments]";
    case Role::simulate:
      return "PROGRAM simulate [options] [-- job arguments]";
    case Role::finished:
      break;
  }
  return {};
}

std::string with_program(std::string text, const std::string& program) {
  for (auto at = text.find("PROGRAM"); at != std::string::npos; at = text.find("PROGRAM", at)) {
    text.replace(at, std::strlen("PROGRAM"), program);
    at += program.size();
  }
  return text;
}

void print_help(const CLI::App& app, Role role, const std::string& program) {
  std::string text;
  if (role == Role::cluster) text += with_program(examples, program) + "\n";
  text += "Usage: " + with_program(synopsis(role), program) + "\n\nOptions:\n";
  for (const auto* option : app.get_options()) {
    if (option->get_group().empty()) continue;
    auto name = "  " + option->get_name(false, true);
    if (option->get_type_size() > 0) name += " " + option->get_type_name();
    if (name.size() < 30) name.resize(30, ' ');
    else name += "\n" + std::string(30, ' ');
    text += name + option->get_description() + "\n";
  }
  if (role == Role::cluster) text += footer;
  std::fputs(text.c_str(), stdout);
}

std::vector<std::string> option_names(const CLI::App& app) {
  std::vector<std::string> out;
  for (const auto* option : app.get_options()) {
    if (option->get_group().empty()) continue;
    for (const auto& name : option->get_lnames()) out.push_back("--" + name);
    for (const auto& name : option->get_snames()) out.push_back("-" + name);
  }
  return out;
}

// Splits off the role and what follows `--`.
std::optional<std::string> split(int argc, char** argv, CommandLine& out,
                                 std::vector<std::string>& own) {
  int i = 1;
  if (argc > 1 && argv[1][0] != '-') {
    const auto found = std::find_if(std::begin(roles), std::end(roles),
                                    [&](const char* r) { return std::strcmp(r, argv[1]) == 0; });
    if (found == std::end(roles)) {
      const auto close = nearest(argv[1], {std::begin(roles), std::end(roles)});
      return concat("no such role: '", argv[1], "'",
                    close.empty() ? std::string{"; job arguments follow --"}
                                  : concat("; did you mean ", close, "?"));
    }
    constexpr Role of[] = {Role::jobmanager, Role::taskmanager, Role::describe, Role::simulate};
    out.role = of[found - std::begin(roles)];
    ++i;
  }
  for (; i < argc && std::strcmp(argv[i], "--") != 0; ++i) own.emplace_back(argv[i]);
  for (++i; i < argc; ++i) out.job_arguments.emplace_back(argv[i]);
  return std::nullopt;
}

// CLI11 would take true, false and numbers.
std::optional<std::string> flag_with_value(const CLI::App& app,
                                           const std::vector<std::string>& words) {
  for (const auto& word : words) {
    const std::string name = word.substr(0, word.find('='));
    if (name == word || !name.starts_with("--")) continue;
    const auto* option = app.get_option_no_throw(name);
    if (option != nullptr && option->get_expected_max() == 0) {
      return concat(name, " takes no value: write ", name, " in place of '", word, "'");
    }
  }
  return std::nullopt;
}

}  // namespace

CommandLine parse_command_line(int argc, char** argv) {
  const std::string program = argc > 0 ? argv[0] : "job";
  CommandLine out;
  std::vector<std::string> own;
  if (const auto wrong = split(argc, argv, out, own)) return usage_error(program, *wrong);

  CLI::App app;
  app.set_help_flag();
  bool help = false;
  bool version = false;
  add_options(app, out);
  app.add_flag("-h,--help", help, "this text");
  app.add_flag("--version", version, "the version, and end");
  if (const auto wrong = flag_with_value(app, own)) return usage_error(program, *wrong);
  app.allow_extras();
  std::reverse(own.begin(), own.end());  // as CLI11 wants it
  try {
    app.parse(own);
  } catch (const CLI::ParseError& error) {
    return usage_error(program, config::usage_text(error.get_name(), error.what()));
  }
  if (help) {
    print_help(app, out.role, program);
    out.role = Role::finished;
    return out;
  }
  if (version) {
    std::printf("flinkc %s, build %s\n", version_text, build_id().c_str());
    out.role = Role::finished;
    return out;
  }
  if (const auto extras = app.remaining(); !extras.empty()) {
    const auto& word = extras.front();
    const auto close = nearest(word.substr(0, word.find('=')), option_names(app));
    return usage_error(program,
                       concat("unknown option '", word, "'",
                              close.empty() ? std::string{} : concat("; did you mean ", close, "?"),
                              " (job arguments follow --)"));
  }
  if (out.role == Role::taskmanager && out.jobmanager.empty()) {
    return usage_error(program, "taskmanager needs --jobmanager HOST:PORT");
  }
  return out;
}

}  // namespace flink::entry
