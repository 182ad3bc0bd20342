// SPDX-License-Identifier: Apache-2.0
// flinkctl: the command line over running jobs. Only parsing is here; core/src/client does the
// work.
#include <CLI/CLI.hpp>
#include <cstdio>

#include "commands.h"
#include "flink/error.h"

namespace flink::flinkctl {
namespace {

constexpr const char* examples = R"(Examples:
  flinkctl list                          running and scheduled jobs of this user on this machine
  flinkctl list -a --json                all, as JSON
  flinkctl info "Word Count"             a job by its name, its id, or the start of its id
  flinkctl cancel 1890513c               cancel and wait until it has ended
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

std::string is_endpoint(const std::string& text) {
  if (client::parse_endpoint(text)) return "";
  return text + " is not of the form HOST:PORT, such as localhost:8081";
}

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

int run(int argc, char** argv) {
  Invocation invocation;
  Command command = nullptr;
  CLI::App app{"Lists, shows and cancels running flinkc jobs, and looks into their state.",
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

  auto* info_command = app.add_subcommand("info", "Show a job: state, tasks, failures");
  add_common(*info_command, invocation);
  info_command->add_option("job", invocation.job, "Id, start of an id, or name")->required();
  info_command->callback([&] { command = info; });

  auto* cancel_command = app.add_subcommand("cancel", "Cancel a job and wait until it has ended");
  add_common(*cancel_command, invocation);
  cancel_command->add_option("job", invocation.job, "Id, start of an id, or name")->required();
  cancel_command->add_flag("-d,--detached", invocation.detached, "Do not wait");
  cancel_command->add_option("--wait", invocation.wait_seconds, "Most seconds to wait for the end")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 1e9))
      ->type_name("SECONDS");
  cancel_command->callback([&] { command = cancel; });

  add_state_command(app, invocation, command);

  auto* completion_command = app.add_subcommand("completion", "Print a completion script");
  completion_command->add_option("shell", invocation.shell, "bash, zsh or fish")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  completion_command->callback([&] { command = completion; });

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? exit_ok : exit_usage;
  }
  return command(invocation);
}

}  // namespace
}  // namespace flink::flinkctl

int main(int argc, char** argv) {
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
