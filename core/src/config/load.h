// SPDX-License-Identifier: Apache-2.0
// Gathers a process's Configuration in Flink's precedence: flags over -Dkey=value over the
// environment over config.yaml (code, the strongest, comes later through Configuration::set).
// Everything it reads is passed in. Runs once at start-up, before any loop.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/file_system.h"
#include "config/configuration.h"

namespace flink::config {

struct Flag {
  std::string key;    // "parallelism.default"
  std::string value;  // "4"
  std::string text;   // "-p 4": how the user wrote it
};

struct LoadOptions {
  base::FileSystem* files = nullptr;               // null: no config.yaml is looked for
  std::map<std::string, std::string> environment;  // environment_map(environ)
  std::string executable_directory;                // ../conf beside it is the last place looked at
  std::vector<std::string> properties;             // "key=value" of each -D
  std::vector<Flag> flags;
};

std::map<std::string, std::string> environment_map(const char* const* environment);

// Throws Error that names key, value and place.
Configuration load_configuration(const LoadOptions& options);

// Adds the values of a YAML text, nested or flat; `name` is its file name in messages.
void add_yaml(Configuration& configuration, const std::string& text, const std::string& name,
              Source source);

}  // namespace flink::config
