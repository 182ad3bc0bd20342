// SPDX-License-Identifier: Apache-2.0
// flinkctl: the command line over running jobs. Only parsing is here; core/src/client does the
// work.
#include <CLI/CLI.hpp>
#include <cstdio>

#include "commands.h"
#include "flink/error.h"
#include "fs/descriptor.h"
#include "tools/suggestions.h"

namespace flink::flinkctl {
namespace {

constexpr const char* examples = R"(Examples:
  flinkctl list                          running and scheduled jobs of this user on this machine
  flinkctl list -a --json                all, as JSON
  flinkctl info "Word Count"             a job by its name, its id, or the start of its id
  flinkctl cancel 1890513c               cancel and wait until it has ended
  flinkctl savepoint 1890513c /data/sp   take a savepoint; the job goes on
  flinkctl stop 1890513c -p /data/sp     stop it with a savepoint, to be started from there again
  flinkctl rescale 1890513c -p 4         stop it with a savepoint and start it again so
  flinkctl list --jobmanager host:8081   ask a JobManager elsewhere
  flinkctl state list SAVEPOINT          what state a checkpoint or savepoint holds
)";

constexpr const char* epilogue = R"(
Jobs of this user on this machine are found by themselves. Data goes to stdout, messages to stderr.
Exit codes:
  0  done
  1  failed: no such job, more than one meant, refused, not ended in time; state diff: different
  2  wrong command line; state diff: not comparable
  5  no JobManager can be reached)";

class Formatter final : public CLI::Formatter {
 public:
  // Examples first.
  std::string make_help(const CLI::App* app, std::string name,
                        CLI::AppFormatMode mode) const override {
    std::string help = CLI::Formatter::make_help(app, name, mode);
    return mode == CLI::AppFormatMode::Normal && app->get_parent() == nullptr
               ? examples + ("\n" + help)
               : help;
  }
};

constexpr const char* which_job = "Id, start of an id, or name, as flinkctl list -a shows them";

std::string is_endpoint(const std::string& text) {
  if (client::parse_endpoint(text)) return "";
  return text + " is not of the form HOST:PORT, such as localhost:8081";
}

}  // namespace

void add_common(CLI::App& command, Invocation& invocation) {
  command
      .add_option("-m,--jobmanager", invocation.jobmanager,
                  "REST address of the JobManager to ask; default: the local ones")
      ->check(is_endpoint)
      ->type_name("HOST:PORT");
  command.add_flag("--json", invocation.json, "Print JSON");
  command.add_option("--timeout", invocation.timeout_seconds, "Seconds to wait for an answer")
      ->check(CLI::Range(0.001, 86400.0))
      ->type_name("SECONDS");
}

void add_wait(CLI::App& command, Invocation& invocation) {
  command.add_option("job", invocation.job, which_job);
  command.add_option("--wait", invocation.wait_seconds, "Most seconds to wait for the end")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 1e9))
      ->type_name("SECONDS");
}

namespace {

// Flink's spellings are accepted, too.
void add_checkpoint_commands(CLI::App& app, Invocation& invocation, Command& command) {
  auto* savepoint_command = app.add_subcommand(
      "savepoint", "Take a savepoint of a job, which goes on; or dispose of one");
  add_common(*savepoint_command, invocation);
  add_wait(*savepoint_command, invocation);
  savepoint_command->add_option("directory", invocation.directory,
                                "Where to; default: execution.checkpointing.savepoint-dir");
  savepoint_command->add_option("-d,--dispose", invocation.dispose, "Remove this savepoint")
      ->type_name("SAVEPOINT");
  savepoint_command->callback([&] { command = savepoint; });

  auto* stop_command =
      app.add_subcommand("stop", "Stop a job with a savepoint, and wait until it has ended");
  add_common(*stop_command, invocation);
  add_wait(*stop_command, invocation);
  stop_command
      ->add_option("-p,--savepoint-path,--savepointPath", invocation.directory,
                   "Where to; default: execution.checkpointing.savepoint-dir")
      ->type_name("DIRECTORY");
  stop_command->add_flag("-d,--drain", invocation.drain,
                         "Send the last watermark first: windows and timers fire; the savepoint "
                         "is no good to go on from then");
  stop_command->callback([&] { command = stop; });

  auto* checkpoint_command = app.add_subcommand("checkpoint", "Take a checkpoint of a job now");
  add_common(*checkpoint_command, invocation);
  add_wait(*checkpoint_command, invocation);
  checkpoint_command->add_flag("--full", invocation.full, "Build on no earlier checkpoint");
  checkpoint_command->callback([&] { command = checkpoint; });
}

int run(int argc, char** argv) {
  Invocation invocation;
  Command command = nullptr;
  CLI::App app{
      "Lists, shows, saves, stops, rescales and cancels running flinkc jobs, and looks into their "
      "state.",
      "flinkctl"};
  app.formatter(std::make_shared<Formatter>());
  app.footer(epilogue);
  app.require_subcommand(1);
  app.set_version_flag("--version", "flinkctl " FLINKCTL_VERSION);

  auto* list_command = app.add_subcommand("list", "List jobs");
  add_common(*list_command, invocation);
  list_command->add_flag("-r,--running", invocation.running, "Only running and restarting jobs");
  list_command->add_flag("-s,--scheduled", invocation.scheduled, "Only scheduled jobs");
  list_command->add_flag("-a,--all", invocation.all, "Ended jobs too");
  list_command->callback([&] { command = list; });

  auto* info_command = app.add_subcommand("info", "Show a job: state, tasks, failures, event time");
  add_common(*info_command, invocation);
  info_command->add_option("job", invocation.job, which_job)->required();
  info_command->callback([&] { command = info; });

  auto* cancel_command = app.add_subcommand("cancel", "Cancel a job and wait until it has ended");
  add_common(*cancel_command, invocation);
  cancel_command->add_option("job", invocation.job, which_job)->required();
  cancel_command->add_flag("-d,--detached", invocation.detached, "Do not wait");
  cancel_command->add_option("--wait", invocation.wait_seconds, "Most seconds to wait for the end")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 1e9))
      ->type_name("SECONDS");
  cancel_command->callback([&] { command = cancel; });

  add_state_command(app, invocation, command);
  add_checkpoint_commands(app, invocation, command);
  add_rescale_command(app, invocation, command);

  auto* completion_command = app.add_subcommand("completion", "Print a completion script");
  completion_command->add_option("shell", invocation.shell, "bash, zsh or fish")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  completion_command->callback([&] { command = completion; });

  const std::vector<std::string> words{argv + 1, argv + argc};
  if (const auto problem = tools::unknown_command(app, words)) {
    std::fprintf(stderr, "flinkctl: %s; see flinkctl --help\n", problem->c_str());
    return exit_usage;
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);  // --help, --version
    const auto problem = tools::parse_problem(app, words, error);
    std::fprintf(stderr, "flinkctl: error: %s; see flinkctl%s --help\n", problem.c_str(),
                 words.empty() || words[0].starts_with('-') ? "" : (" " + words[0]).c_str());
    return exit_usage;
  }
  return command(invocation);
}

}  // namespace
}  // namespace flink::flinkctl

int main(int argc, char** argv) {
  flink::fs::fill_standard_descriptors();
  try {
    return flink::flinkctl::run(argc, argv);
  } catch (const flink::Error& error) {
    std::fprintf(stderr, "flinkctl: %s\n", error.message().c_str());
    return error.kind() == flink::ErrorKind::transient ? flink::flinkctl::exit_unreachable
                                                       : flink::flinkctl::exit_failure;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "flinkctl: %s\n", error.what());
    return flink::flinkctl::exit_failure;
  }
}
