// SPDX-License-Identifier: Apache-2.0
#include "config/configuration.h"

#include <doctest/doctest.h>

#include "config/options.h"
#include "config/relations.h"
#include "config/restart_strategy.h"
#include "flink/error.h"

namespace flink::config {
namespace {

using namespace std::chrono_literals;

std::string error_of(std::string_view key, std::string_view value) {
  Configuration configuration;
  try {
    configuration.set_text(key, value, {Source::property, "-Dx"});
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::user);
    return error.message();
  }
  return "";
}

TEST_CASE("defaults are typed") {
  const Configuration c;
  CHECK(c.get(options::task_slots) == 1);
  CHECK(c.get(options::heartbeat_timeout) == 50s);
  CHECK(c.get(options::process_size).bytes == 1728ull << 20);
  CHECK(c.get(options::rest_bind_port).ports().front() == 8081);
  CHECK(!c.find(options::restart_strategy_type));
  CHECK(!c.find(options::pipeline_name));
  CHECK(c.origin_of(options::task_slots.info).where == "default");
}

TEST_CASE("the stronger source wins, whatever the order") {
  Configuration c;
  c.set_text("parallelism.default", "5", {Source::flag, "-p 5"});
  c.set_text("parallelism.default", "2", {Source::file, "config.yaml:1"});
  c.set_text("parallelism.default", "3", {Source::property, "-D"});
  CHECK(c.get(options::parallelism_default) == 5);
  CHECK(c.origin_of(options::parallelism_default.info).where == "-p 5");
  c.set(options::parallelism_default, 7);
  CHECK(c.get(options::parallelism_default) == 7);
  c.set_text("task.cancellation.timeout", "1 s", {Source::property, "first"});
  c.set_text("task.cancellation.timeout", "2 s", {Source::property, "second"});
  CHECK(c.get(options::cancellation_timeout) == 2s);
}

TEST_CASE("older keys") {
  Configuration c;
  c.set_text("restart-strategy", "off", {Source::file, "f:1"});
  CHECK(c.get(options::restart_strategy_type) == "none");
  CHECK(c.warnings().size() == 1);
  CHECK(c.warnings()[0] == "option restart-strategy (f:1) is now called restart-strategy.type");
  c.set_text("restart-strategy.type", "failurerate", {Source::file, "f:2"});
  c.set_text("restart-strategy", "fixed-delay", {Source::file, "f:3"});
  CHECK(c.get(options::restart_strategy_type) == "failure-rate");  // the current key wins
  c.set_text("restart-strategy", "fixed-delay", {Source::property, "-D"});
  CHECK(c.get(options::restart_strategy_type) == "fixed-delay");  // unless the source is stronger
  c.set_text("record_bytes_max", "1g", {Source::property, "-D"});
  CHECK(c.get(options::record_bytes_max).bytes == 1u << 30);
}

TEST_CASE("fallback keys") {
  Configuration c;
  c.set_text("rest.port", "9000", {Source::file, "f:1"});
  CHECK(c.get(options::rest_bind_port).ports() == std::vector<std::uint16_t>{9000});
  CHECK(c.origin_of(options::rest_bind_port.info).where == "f:1");
  c.set_text("rest.bind-port", "9001-9002", {Source::file, "f:2"});
  CHECK(c.get(options::rest_bind_port).ports() == std::vector<std::uint16_t>{9001, 9002});
  CHECK(c.get(options::rest_port) == 9000);
}

TEST_CASE("keys of Flink without effect give one warning; unknown ones are errors") {
  Configuration c;
  c.set_text("env.java.opts.all", "-Xmx1g", {Source::file, "f:1"});
  c.set_text("state.backend.rocksdb.memory.managed", "true", {Source::file, "f:2"});
  c.set_text("taskmanager.memory.managed.consumer-weights.OPERATOR", "70", {Source::file, "f:3"});
  c.set_text("metrics.reporter.prom.port", "9249", {Source::file, "f:4"});
  REQUIRE(c.warnings().size() == 1);
  CHECK(c.warnings()[0].starts_with(
      "these options of Flink have no effect here: env.java.opts.all (f:1)"));
  CHECK(error_of("paralelism.default", "4") ==
        "unknown option \"paralelism.default\" (-Dx): did you mean \"parallelism.default\"? "
        "docs/options.md lists the options.");
  CHECK(error_of("taskmanager.numberoftaskslots", "4").find("\"taskmanager.numberOfTaskSlots\"") !=
        std::string::npos);
  CHECK(error_of("qwertyuiop", "4") ==
        "unknown option \"qwertyuiop\" (-Dx) docs/options.md lists the options.");
}

TEST_CASE("bad values name key, value, place and syntax") {
  CHECK(
      error_of("heartbeat.interval", "soon") ==
      "bad value \"soon\" for heartbeat.interval (-Dx): expected a duration, such as 500 ms, 10 s, "
      "5min, 1 h or PT1M30S");
  CHECK(error_of("taskmanager.numberOfTaskSlots", "0").ends_with("a number from 1 to 32768"));
  CHECK(error_of("heartbeat.timeout", "0").ends_with("expected a duration of at least 10 ms"));
  CHECK(error_of("taskmanager.memory.segment-size", "17 mb")
            .ends_with("expected a memory size from 256 bytes to 16 mb"));
  CHECK(error_of("task.cancellation.timeout", "0").empty());
  CHECK(error_of("rest.port", "70000").ends_with("expected a number from 0 to 65535"));
  CHECK(error_of("taskmanager.memory.managed.fraction", "1.5").ends_with("from 0 to 1"));
  CHECK(error_of("jobmanager.execution.failover-strategy", "all")
            .ends_with("expected one of region, full"));
  CHECK(error_of("jobmanager.execution.failover-strategy", "FULL").empty());
}

TEST_CASE("options that contradict each other") {
  struct Row {
    std::vector<std::pair<const char*, const char*>> set;
    const char* says;
  };
  for (const Row& row : {
           Row{{}, ""},
           Row{{{"heartbeat.interval", "5 s"}, {"heartbeat.timeout", "5 s"}},
               "heartbeat.interval (5 s, -Dx) must be less than heartbeat.timeout (5 s, -Dx), or "
               "every process is taken for lost"},
           Row{{{"heartbeat.timeout", "5 s"}}, ""},  // beats come more often then
           Row{{{"restart-strategy.exponential-delay.max-backoff", "1 ms"}},
               "restart-strategy.exponential-delay.initial-backoff (1 s, default) must not be more "
               "than restart-strategy.exponential-delay.max-backoff (1 ms, -Dx)"},
           Row{{{"pipeline.max-parallelism", "0"}},
               "pipeline.max-parallelism (0, -Dx): expected 1 to 32768, or -1 for what follows "
               "from "
               "the parallelism"},
       }) {
    Configuration c;
    for (const auto& [key, value] : row.set) c.set_text(key, value, {Source::property, "-Dx"});
    std::string said;
    try {
      check_relations(c);
    } catch (const Error& error) {
      said = error.message();
    }
    CHECK(said == row.says);
  }
}

TEST_CASE("shipping") {
  Configuration c;
  c.set_text("taskmanager.numberOfTaskSlots", "3", {Source::flag, "--slots 3"});
  c.set_text("security.ssl.key-password", "hush", {Source::file, "f:1"});
  const auto copy = Configuration::from_list(c.to_list());
  CHECK(copy.get(options::task_slots) == 3);
  CHECK(copy.origin_of(options::task_slots.info).where == "JobManager");
  CHECK(copy.to_list() == c.to_list());
  CHECK(c.to_display_list()[0].second == "******");
  CHECK(show_config(c).find("hush") == std::string::npos);
  const auto odd = Configuration::from_list({{"of.another.build", "1"}, {"rest.port", "x"}});
  CHECK_THROWS_AS(odd.get(options::rest_port), Error);
}

TEST_CASE("--show-config") {
  Configuration c;
  c.set_text("taskmanager.numberOfTaskSlots", "3", {Source::flag, "--slots 3"});
  c.set_text("env.java.home", "/jdk", {Source::file, "f:1"});
  const auto table = show_config(c);
  CHECK(table.starts_with("KEY "));
  CHECK(table.find("--slots 3\n") != std::string::npos);
  CHECK(table.find("default\n") != std::string::npos);
  CHECK(table.find("f:1, no effect here\n") != std::string::npos);
  CHECK(show_config_json(c).find(
            R"({"key":"taskmanager.numberOfTaskSlots","value":"3","origin":"--slots 3"})") !=
        std::string::npos);
}

TEST_CASE("restart strategies") {
  Configuration c;
  CHECK(restart_strategy(c).type == RestartStrategy::Type::none);
  Configuration checkpointed;
  checkpointed.set_text("execution.checkpointing.interval", "1s", {Source::property, ""});
  CHECK(restart_strategy(checkpointed).type == RestartStrategy::Type::exponential_delay);
  checkpointed.set_text("restart-strategy.type", "none", {Source::property, ""});
  CHECK(restart_strategy(checkpointed).type == RestartStrategy::Type::none);
  c.set_text("restart-strategy.type", "fixed-delay", {Source::property, ""});
  c.set_text("restart-strategy.fixed-delay.attempts", "10", {Source::property, ""});
  c.set_text("restart-strategy.fixed-delay.delay", "100ms", {Source::property, ""});
  auto strategy = restart_strategy(c);
  CHECK(strategy.type == RestartStrategy::Type::fixed_delay);
  CHECK(strategy.attempts == 10);
  CHECK(strategy.delay == 100ms);
  CHECK(strategy.describe() == "Restart with fixed delay (100 ms). #10 restart attempts.");
  c.set_text("restart-strategy.type", "exponential-delay", {Source::property, ""});
  strategy = restart_strategy(c);
  CHECK(strategy.multiplier == 1.5);
  CHECK(strategy.backoff_max == 1min);
  CHECK(strategy.attempts_before_reset == 2147483647);
  c.set_text("restart-strategy.type", "failure-rate", {Source::property, ""});
  CHECK(restart_strategy(c).interval == 1min);
}

}  // namespace
}  // namespace flink::config
