// SPDX-License-Identifier: Apache-2.0
// What is wrong with a command line, and what was probably meant by a word that it does not know.
// For both tools.
#pragma once

#include <CLI/CLI.hpp>
#include <cctype>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.h"
#include "config/usage_text.h"

namespace flink::tools {

// Empty: none is near.
inline std::string nearest(std::string_view word, const std::vector<std::string>& names) {
  constexpr std::size_t edits_max = 3;
  std::string found;
  std::size_t distance = edits_max + 1;
  for (const auto& name : names) {
    // A word of three letters with as many edits would be any other.
    if (const auto edits = base::edit_distance(word, name, edits_max);
        edits < distance && 2 * edits <= name.size()) {
      distance = edits;
      found = name;
    }
  }
  return found;
}

inline std::vector<const CLI::App*> commands_of(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App*) { return true; });
}

// The command that `words` lead to; `words` is left with what follows its name.
inline const CLI::App& reached(const CLI::App& app, std::vector<std::string>& words) {
  const CLI::App* at = &app;
  for (bool deeper = true; deeper && !words.empty();) {
    deeper = false;
    for (const auto* command : commands_of(*at)) {
      if (command->get_name() != words.front()) continue;
      at = command;
      deeper = true;
      words.erase(words.begin());
      break;
    }
  }
  return *at;
}

// "no command 'lst'; did you mean 'list'?"; nothing: the command is there.
inline std::optional<std::string> unknown_command(const CLI::App& app,
                                                  std::vector<std::string> words) {
  const auto commands = commands_of(reached(app, words));
  if (commands.empty() || words.empty() || words.front().starts_with('-')) return std::nullopt;
  std::vector<std::string> names;
  for (const auto* command : commands) names.push_back(command->get_name());
  const auto near = nearest(words.front(), names);
  return "no command '" + words.front() + "'" +
         (near.empty() ? "" : "; did you mean '" + near + "'?");
}

// "; did you mean --release?" for the first flag that the command does not have; else empty.
inline std::string nearest_flag(const CLI::App& app, std::vector<std::string> words) {
  const auto& command = reached(app, words);
  for (const auto& word : words) {
    const auto flag = word.substr(0, word.find('='));
    if (flag == "--") break;
    if (!flag.starts_with("--") || command.get_option_no_throw(flag) != nullptr) continue;
    std::vector<std::string> names;
    for (const auto* option : command.get_options()) {
      for (const auto& name : option->get_lnames()) names.push_back("--" + name);
    }
    const auto near = nearest(flag, names);
    return near.empty() ? "" : "; did you mean " + near + "?";
  }
  return "";
}

// "info needs JOB: id, start of an id, or name"
inline std::string parse_problem(const CLI::App& app, std::vector<std::string> words,
                                 const CLI::ParseError& error) {
  const std::string what = error.what();
  const auto end = what.rfind(" is required");
  if (error.get_name() != "RequiredError" || end == std::string::npos) {
    return config::usage_text(error.get_name(), what) + nearest_flag(app, words);
  }
  const auto& command = reached(app, words);
  auto name = what.substr(0, end);
  const auto* option = command.get_option_no_throw(name);
  if (option == nullptr) {
    std::string names;
    for (const auto* one : commands_of(command)) {
      names += (names.empty() ? "" : ", ") + one->get_name();
    }
    return command.get_name() + " needs a command: " + names;
  }
  auto meaning = option->get_description();
  if (meaning.size() > 1 && !std::isupper(static_cast<unsigned char>(meaning[1]))) {
    meaning[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(meaning[0])));
  }
  if (option->get_positional()) {
    for (char& c : name) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  return command.get_name() + " needs " + name + ": " + meaning + nearest_flag(app, words);
}

}  // namespace flink::tools
