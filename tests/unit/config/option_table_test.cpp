// SPDX-License-Identifier: Apache-2.0
// The table is consistent with itself, with Flink's keys and with docs/options.md. To print that
// page anew: FLINK_UPDATE_DOCS=1 build/test-bin/config_test
#include "config/option_table.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>

namespace flink::config {
namespace {

TEST_CASE("every default fits its own option; keys are unique") {
  std::set<std::string_view> keys;
  for (const auto& section : option_sections()) {
    for (const OptionInfo* option : section.options) {
      CAPTURE(option->key);
      CHECK(keys.insert(option->key).second);
      for_each_part(option->older_keys,
                    [&](std::string_view key) { CHECK(keys.insert(key).second); });
      if (!option->default_text.empty()) CHECK(!check_value(*option, option->default_text));
      CHECK(!option->description.empty());
      for_each_part(option->fallback_keys, [&](std::string_view key) {
        REQUIRE(find_option(key) != nullptr);
        CHECK(find_option(key)->kind ==
              (option->key == "rest.bind-port" ? Kind::int32 : option->kind));
      });
    }
  }
}

TEST_CASE("every number, duration and size has a bound, or says why it needs none") {
  for (const auto& section : option_sections()) {
    for (const OptionInfo* option : section.options) {
      CAPTURE(option->key);
      CHECK(is_bounded(*option));
      if (!option->least_text.empty()) CHECK(!check_value(*option, option->least_text));
      if (!option->most_text.empty()) CHECK(!check_value(*option, option->most_text));
      if (option->kind == Kind::duration) CHECK(check_value(*option, "36501 d"));
    }
  }
}

TEST_CASE("all but our own keys are Flink's") {
  for (const auto& section : option_sections()) {
    for (const OptionInfo* option : section.options) {
      CAPTURE(option->key);
      CHECK((option->key.starts_with("flinkc.") || is_flink_key(option->key)));
    }
  }
  CHECK(flink_keys().size() > 700);
  CHECK(is_flink_key("state.checkpoints.dir"));  // an older key
  CHECK(!is_flink_key("state.checkpoint.dir"));
  CHECK(!is_flink_key("metrics.reporter."));
}

TEST_CASE("the nearest key") {
  struct Row {
    const char* key;
    const char* nearest;
  };
  for (const Row& row : {Row{"rest.prot", "rest.port"},
                         {"taskmanager.slots", "taskmanager.host"},
                         {"heartbeat.intervall", "heartbeat.interval"},
                         {"execution.checkpointing.intervall", "execution.checkpointing.interval"},
                         {"restart_strategy.type", "restart-strategy.type"}}) {
    CAPTURE(row.key);
    CHECK(nearest_key(row.key) == row.nearest);
  }
  CHECK(!nearest_key(std::string(100'000, 'x')));
  CHECK(!nearest_key("zzzzzzzzzzzzzzzz"));
}

TEST_CASE("docs/options.md is printed from the table") {
  const std::string path = std::string(FLINK_SOURCE_DIR) + "/docs/options.md";
  if (std::getenv("FLINK_UPDATE_DOCS") != nullptr) std::ofstream(path) << options_markdown();
  std::stringstream page;
  page << std::ifstream(path).rdbuf();
  CHECK_MESSAGE(page.str() == options_markdown(),
                "print it anew: FLINK_UPDATE_DOCS=1 build/test-bin/config_test");
}

TEST_CASE("secrets") {
  CHECK(is_secret_key("security.ssl.key-password"));
  CHECK(is_secret_key("s3.Secret-Key"));
  CHECK(!is_secret_key("rest.port"));
}

}  // namespace
}  // namespace flink::config
