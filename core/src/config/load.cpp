// SPDX-License-Identifier: Apache-2.0
#include "config/load.h"

#include <span>

#include "config/option_table.h"
#include "flink/base/check.h"
#include "flink/error.h"

namespace flink::config {
namespace {

using flink::detail::concat;

constexpr std::string_view variable_prefix = "FLINKC_CONF_";
constexpr std::uint64_t file_bytes_max = 4u << 20;

std::string variable_name(std::string_view key) {
  std::string name(variable_prefix);
  for (char c : key) {
    if (c >= 'a' && c <= 'z') name += static_cast<char>(c - 'a' + 'A');
    else if ((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')) name += c;
    else name += '_';
  }
  return name;
}

// The key that an environment variable names; ours before those that only Flink knows.
std::string_view key_of_variable(const std::string& name) {
  for (const OptionSection& section : option_sections()) {
    for (const OptionInfo* option : section.options) {
      if (variable_name(option->key) == name) return option->key;
      std::string_view older;
      for_each_part(option->older_keys, [&](std::string_view key) {
        if (variable_name(key) == name) older = key;
      });
      if (!older.empty()) return older;
    }
  }
  for (const FlinkKey& known : flink_keys()) {
    if (variable_name(known.key) == name) return known.key;
  }
  std::string guess;
  for (char c : std::string_view(name).substr(variable_prefix.size())) {
    guess += c == '_' ? '.' : c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  std::string message = concat("environment variable ", name, " names no option");
  if (const auto nearest = nearest_key(guess)) {
    message += concat(": did you mean ", variable_name(*nearest), " (", *nearest, ")?");
  }
  throw Error(ErrorKind::user, message + " docs/options.md lists the options.");
}

std::string read_whole_file(base::FileSystem& files, const std::string& path) {
  const auto file = files.open_read(path);
  if (file->size() > file_bytes_max) {
    throw Error(ErrorKind::user,
                concat("configuration file ", path, " has ", file->size(), " bytes: more than ",
                       file_bytes_max, " is surely a mistake"));
  }
  std::string text(file->size(), '\0');
  text.resize(file->read_at(0, std::span<char>(text.data(), text.size())));
  return text;
}

void add_file(Configuration& configuration, const LoadOptions& options) {
  if (options.files == nullptr) return;
  std::vector<std::string> places{"conf/config.yaml"};
  if (!options.executable_directory.empty()) {
    places.push_back(options.executable_directory + "/../conf/config.yaml");
  }
  const auto named = options.environment.find("FLINK_CONF_DIR");
  const bool is_named = named != options.environment.end() && !named->second.empty();
  if (is_named) places = {named->second + "/config.yaml"};
  for (const std::string& path : places) {
    const auto status = options.files->status(path);
    if (!status || status->is_directory) continue;
    add_yaml(configuration, read_whole_file(*options.files, path), path, Source::file);
    return;
  }
  if (is_named) {
    throw Error(ErrorKind::user,
                concat("FLINK_CONF_DIR is ", named->second, ", but there is no file ",
                       places.front(), ": create it or unset FLINK_CONF_DIR"));
  }
}

void add_environment(Configuration& configuration, const LoadOptions& options) {
  const auto properties = options.environment.find("FLINK_PROPERTIES");
  if (properties != options.environment.end()) {
    add_yaml(configuration, properties->second, "FLINK_PROPERTIES", Source::environment);
  }
  for (const auto& [name, value] : options.environment) {
    if (!name.starts_with(variable_prefix)) continue;
    configuration.set_text(key_of_variable(name), value, {Source::environment, name});
  }
}

void add_properties(Configuration& configuration, const LoadOptions& options) {
  for (const std::string& property : options.properties) {
    const auto equals = property.find('=');
    if (equals == std::string::npos || equals == 0) {
      throw Error(ErrorKind::user,
                  concat("-D", property, ": expected -Dkey=value, such as -Drest.port=8090"));
    }
    const std::string key(trim(std::string_view(property).substr(0, equals)));
    const std::string where = concat("-D", is_secret_key(key) ? key + "=******" : property);
    configuration.set_text(key, property.substr(equals + 1), {Source::property, where});
  }
}

}  // namespace

std::map<std::string, std::string> environment_map(const char* const* environment) {
  std::map<std::string, std::string> map;
  for (; environment != nullptr && *environment != nullptr; ++environment) {
    const std::string_view line(*environment);
    const auto equals = line.find('=');
    if (equals == std::string_view::npos) continue;
    map.emplace(line.substr(0, equals), line.substr(equals + 1));
  }
  return map;
}

Configuration load_configuration(const LoadOptions& options) {
  Configuration configuration;
  add_file(configuration, options);
  add_environment(configuration, options);
  add_properties(configuration, options);
  for (const Flag& flag : options.flags) {
    configuration.set_text(flag.key, flag.value, {Source::flag, flag.text});
  }
  return configuration;
}

}  // namespace flink::config
