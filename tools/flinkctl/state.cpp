// SPDX-License-Identifier: Apache-2.0
// flinkctl state list|get|dump|diff: looks into checkpoints and savepoints on disk.
#include <CLI/CLI.hpp>
#include <cstdio>

#include "client/state_commands.h"
#include "commands.h"
#include "flink/base/check.h"
#include "flink/error.h"
#include "fs/local_file_system.h"

namespace flink::flinkctl {
namespace {

constexpr const char* examples = R"(Examples:
  flinkctl state list savepoints/savepoint-1890513c-…    operators, states, types, sizes
  flinkctl state get SAVEPOINT --uid counts --state count --key '"word"'
  flinkctl state dump SAVEPOINT --uid counts             every entry as a line of JSON
  flinkctl state diff BEFORE AFTER                       what differs, whatever the parallelism
)";

void print_line(const std::string& line) {
  if (std::fwrite(line.data(), 1, line.size(), stdout) != line.size() ||
      std::fputc('\n', stdout) == EOF) {
    throw Error(ErrorKind::resource, "cannot write to stdout");
  }
}

void flush() {
  if (std::fflush(stdout) != 0) throw Error(ErrorKind::resource, "cannot write to stdout");
}

client::StateFilter filter_of(const Invocation& invocation) {
  return {invocation.uid, invocation.state};
}

int state_list(const Invocation& invocation) {
  fs::LocalFileSystem files;
  const std::string text = client::list_states(files, invocation.savepoint, invocation.json);
  print_line(text.substr(0, text.size() - 1));
  flush();
  return exit_ok;
}

int state_get(const Invocation& invocation) {
  fs::LocalFileSystem files;
  const std::string value = client::get_state(files, invocation.savepoint, filter_of(invocation),
                                              invocation.key, invocation.name_space);
  if (value.empty()) {
    std::fprintf(stderr, "flinkctl: state '%s' has nothing for the key %s\n",
                 invocation.state.c_str(), invocation.key.c_str());
    return exit_failure;
  }
  print_line(value);
  flush();
  return exit_ok;
}

int state_dump(const Invocation& invocation) {
  fs::LocalFileSystem files;
  client::dump_states(files, invocation.savepoint, filter_of(invocation), print_line);
  flush();
  return exit_ok;
}

// As diff(1): 0 equal, 1 different, 2 trouble.
int state_diff(const Invocation& invocation) {
  try {
    fs::LocalFileSystem files;
    const client::DiffOptions options{.filter = filter_of(invocation),
                                      .json = invocation.json,
                                      .ttl = invocation.ttl,
                                      .internal = invocation.internal,
                                      .lines_max = invocation.lines_max};
    const std::uint64_t count = client::diff_states(
        files, invocation.savepoint, invocation.other_savepoint, options, print_line);
    flush();
    if (count == 0) return exit_ok;
    std::fprintf(stderr, "flinkctl: %llu %s\n", static_cast<unsigned long long>(count),
                 count == 1 ? "difference" : "differences");
    return exit_failure;
  } catch (const Error& error) {
    std::fprintf(stderr, "flinkctl: %s\n", error.message().c_str());
    return exit_usage;
  }
}

void add_filter(CLI::App& command, Invocation& invocation) {
  command.add_option("--uid", invocation.uid, "Operator: its uid, name, id or the start of its id");
  command.add_option("--state", invocation.state, "Name of one state");
}

CLI::App* add_command(CLI::App& state, const char* name, const char* what, Invocation& invocation) {
  auto* command = state.add_subcommand(name, what);
  command
      ->add_option(std::string(name) == "diff" ? "a" : "savepoint", invocation.savepoint,
                   "Directory of a checkpoint or savepoint, or the _metadata in it")
      ->required();
  return command;
}

}  // namespace

void add_state_command(CLI::App& app, Invocation& invocation, Command& chosen) {
  auto* state = app.add_subcommand("state", "Show the state in a checkpoint or savepoint");
  state->require_subcommand(1);
  state->footer(examples);
  auto* list = add_command(*state, "list", "List operators and their states", invocation);
  list->add_flag("--json", invocation.json, "Print JSON");
  list->callback([&chosen] { chosen = state_list; });

  auto* get = add_command(*state, "get", "Print what a state holds for a key, as JSON", invocation);
  get->add_option("--uid", invocation.uid, "Operator: its uid, name, id or the start of its id")
      ->required();
  get->add_option("--state", invocation.state, "Name of the state")->required();
  get->add_option("--key", invocation.key, "The key as JSON; a string needs no quotes")->required();
  get->add_option("--namespace", invocation.name_space, "The window or namespace, as JSON");
  get->callback([&chosen] { chosen = state_get; });

  auto* dump = add_command(*state, "dump", "Print every entry as a line of JSON", invocation);
  add_filter(*dump, invocation);
  dump->callback([&chosen] { chosen = state_dump; });

  auto* diff = add_command(*state, "diff", "Compare two, entry by entry (exit code 1: different)",
                           invocation);
  diff->add_option("b", invocation.other_savepoint, "The other one")->required();
  add_filter(*diff, invocation);
  diff->add_flag("--json", invocation.json, "Print JSON lines");
  diff->add_flag("--ttl", invocation.ttl, "Compare the time stamps of TTL too");
  diff->add_flag("--internal", invocation.internal,
                 "Compare what sources and sinks keep for themselves too");
  diff->add_option("--limit", invocation.lines_max, "Differences to print at most")
      ->capture_default_str();
  diff->callback([&chosen] { chosen = state_diff; });
}

}  // namespace flink::flinkctl
