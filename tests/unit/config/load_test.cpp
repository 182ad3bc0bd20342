// SPDX-License-Identifier: Apache-2.0
#include "config/load.h"

#include <doctest/doctest.h>

#include "base/random.h"
#include "config/options.h"
#include "flink/error.h"
#include "unit/memory_file_system.h"

namespace flink::config {
namespace {

std::string load_error(const LoadOptions& options) {
  try {
    load_configuration(options);
  } catch (const Error& error) {
    return error.message();
  }
  return "";
}

std::string yaml_error(const std::string& text) {
  Configuration c;
  try {
    add_yaml(c, text, "c.yaml", Source::file);
  } catch (const Error& error) {
    return error.message();
  }
  return "";
}

TEST_CASE("precedence: flags over -D over environment over file") {
  test::MemoryFileSystem files;
  files.put("conf/config.yaml",
            "parallelism.default: 1\nrest:\n  port: 9001\n  bind-address: 0.0.0.0\n"
            "taskmanager:\n  numberOfTaskSlots: 2\n  memory:\n    process:\n      size: 512m\n");
  LoadOptions options;
  options.files = &files;
  options.environment = {
      {"FLINK_PROPERTIES", "rest.port: 9002\ntaskmanager.numberOfTaskSlots: 3\n"},
      {"FLINKC_CONF_REST_PORT", "9003"},
      {"FLINKC_CACHE_DIR", "unrelated"}};
  options.properties = {"taskmanager.numberOfTaskSlots=4", "parallelism.default=4"};
  options.flags = {{"parallelism.default", "5", "-p 5"}};
  const auto c = load_configuration(options);
  CHECK(c.get(options::parallelism_default) == 5);
  CHECK(c.origin_of(options::parallelism_default.info).where == "-p 5");
  CHECK(c.get(options::task_slots) == 4);
  CHECK(c.origin_of(options::task_slots.info).where == "-Dtaskmanager.numberOfTaskSlots=4");
  CHECK(c.get(options::rest_port) == 9003);
  CHECK(c.origin_of(options::rest_port.info).where == "FLINKC_CONF_REST_PORT");
  CHECK(c.get(options::rest_bind_address) == "0.0.0.0");
  CHECK(c.origin_of(options::rest_bind_address.info).where == "conf/config.yaml:4");
  CHECK(c.get(options::process_size).bytes == 512u << 20);
}

TEST_CASE("where config.yaml is looked for") {
  test::MemoryFileSystem files;
  LoadOptions options;
  options.files = &files;
  options.executable_directory = "/opt/bin";
  CHECK(load_configuration(options).entries().empty());
  files.put("/opt/bin/../conf/config.yaml", "parallelism.default: 3");
  CHECK(load_configuration(options).get(options::parallelism_default) == 3);
  files.put("conf/config.yaml", "parallelism.default: 2");
  CHECK(load_configuration(options).get(options::parallelism_default) == 2);
  options.environment["FLINK_CONF_DIR"] = "/etc/flink";
  CHECK(load_error(options) ==
        "FLINK_CONF_DIR is /etc/flink, but there is no file /etc/flink/config.yaml: create it or "
        "unset "
        "FLINK_CONF_DIR");
  files.put("/etc/flink/config.yaml", "parallelism.default: 4");
  CHECK(load_configuration(options).get(options::parallelism_default) == 4);
}

TEST_CASE("errors name the place") {
  CHECK(yaml_error("rest:\n  prot: 1\n")
            .starts_with("unknown option \"rest.prot\" (c.yaml:2): did you mean \"rest.port\"?"));
  CHECK(yaml_error("a: [1").starts_with("c.yaml:"));
  CHECK(yaml_error("rest.port: 1\nrest:\n  port: 2\n") ==
        "c.yaml:3: option rest.port is set twice in this file");
  CHECK(yaml_error("- a\n- b\n").starts_with("c.yaml:1: expected lines such as"));
  CHECK(yaml_error("just text").starts_with("c.yaml:1: expected lines such as"));
  CHECK(yaml_error("rest.port: 1\n---\nrest.port: 2\n").starts_with("c.yaml:2: a second document"));
  CHECK(
      yaml_error("rest.port: 1\n...\nparallelism.default: 2\n").starts_with("c.yaml:3: a second"));
  CHECK(yaml_error("# first\n%YAML 1.2\n---\nrest.port: 1\n...\n# last\n").empty());
  CHECK(yaml_error("--- # options\r\nrest.port: 1\r\n").empty());
  CHECK(yaml_error("").empty());
  CHECK(yaml_error("# nothing\n").empty());
  CHECK(yaml_error("rest.port:\n").empty());
  CHECK(yaml_error("? [a, b]\n: 1\n").find("a key must be plain text") != std::string::npos);
  CHECK(yaml_error("pipeline.jars: [a, b]\n").empty());
  CHECK(yaml_error("a: &a {b: *a}\n").starts_with("c.yaml:"));
  CHECK(yaml_error("heartbeat.interval: x\n").find("(c.yaml:1)") != std::string::npos);
  CHECK(load_error({.properties = {"rest.port"}}) ==
        "-Drest.port: expected -Dkey=value, such as -Drest.port=8090");
  CHECK(load_error({.environment = {{"FLINKC_CONF_REST_PROT", "1"}}})
            .find("did you mean FLINKC_CONF_REST_PORT (rest.port)?") != std::string::npos);
  CHECK(load_error({.environment = {{"FLINK_PROPERTIES", "\nrest.port: x"}}})
            .find("(FLINK_PROPERTIES:2)") != std::string::npos);
}

TEST_CASE("camel case and dashes in environment variables") {
  const auto c = load_configuration(
      {.environment = {{"FLINKC_CONF_TASKMANAGER_NUMBEROFTASKSLOTS", "6"},
                       {"FLINKC_CONF_RESTART_STRATEGY_FIXED_DELAY_ATTEMPTS", "9"}}});
  CHECK(c.get(options::task_slots) == 6);
  CHECK(c.get(options::fixed_delay_attempts) == 9);
}

TEST_CASE("no YAML text does worse than throw Error") {
  const std::uint64_t seed = base::entropy_seed();
  CAPTURE(seed);
  base::SeededRandom random(seed);
  static constexpr std::string_view pieces[] = {"rest",   "port",
                                                ".",      ": ",
                                                "\n",     "  ",
                                                "- ",     "[",
                                                "]",      "{",
                                                "}",      "8081",
                                                "&a ",    "*a",
                                                "'",      "\"",
                                                "#",      "|",
                                                ">",      "? ",
                                                "!!int ", "\t",
                                                ",",      "---\n",
                                                "\xff",   "parallelism.default: 2\n",
                                                "~"};
  for (int round = 0; round < 5'000; ++round) {
    std::string text;
    for (std::uint64_t n = random.below(14); n > 0; --n)
      text += pieces[random.below(std::size(pieces))];
    CAPTURE(text);
    yaml_error(text);
  }
}

TEST_CASE("environment_map") {
  const char* const environment[] = {"A=1", "B=x=y", "odd", "EMPTY=", nullptr};
  const auto map = environment_map(environment);
  CHECK(map == std::map<std::string, std::string>{{"A", "1"}, {"B", "x=y"}, {"EMPTY", ""}});
}

}  // namespace
}  // namespace flink::config
