// SPDX-License-Identifier: Apache-2.0
#include "config/option_table.h"

#include <algorithm>
#include <array>
#include <vector>

#include "base/text.h"
#include "config/options.h"

namespace flink::config {
namespace {

constexpr const OptionInfo* job_options[] = {
    &options::parallelism_default.info,
    &options::pipeline_max_parallelism.info,
    &options::restored_max_parallelism.info,
    &options::pipeline_name.info,
    &options::runtime_mode.info,
    &options::batch_shuffle_mode.info,
    &options::compression_codec.info,
    &options::operator_chaining.info,
    &options::buffer_timeout_enabled.info,
    &options::buffer_timeout.info,
    &options::auto_watermark_interval.info,
    &options::allow_unaligned_source_splits.info,
    &options::record_bytes_max.info,
    &options::committer_retries.info,
    &options::working_directory.info,
    &options::file_sink_overwrite.info,
};
constexpr const OptionInfo* restarts_options[] = {
    &options::restart_strategy_type.info,       &options::fixed_delay_attempts.info,
    &options::fixed_delay_delay.info,           &options::exponential_initial_backoff.info,
    &options::exponential_max_backoff.info,     &options::exponential_multiplier.info,
    &options::exponential_reset_threshold.info, &options::exponential_jitter.info,
    &options::exponential_attempts.info,        &options::failure_rate_max.info,
    &options::failure_rate_interval.info,       &options::failure_rate_delay.info,
    &options::failover_strategy.info,
};
constexpr const OptionInfo* checkpoints_options[] = {
    &options::checkpointing_interval.info,
    &options::checkpointing_mode.info,
    &options::checkpointing_timeout.info,
    &options::checkpointing_min_pause.info,
    &options::checkpointing_max_concurrent.info,
    &options::checkpointing_tolerable_failures.info,
    &options::checkpointing_retention.info,
    &options::checkpointing_num_retained.info,
    &options::checkpointing_unaligned.info,
    &options::checkpointing_aligned_timeout.info,
    &options::checkpointing_dir.info,
    &options::savepoint_dir.info,
    &options::checkpoints_after_tasks_finish.info,
    &options::checkpointing_incremental.info,
    &options::checkpointing_data_inline_threshold.info,
    &options::recovery_path.info,
    &options::recovery_claim_mode.info,
    &options::recovery_ignore_unclaimed.info,
    &options::state_backend_type.info,
    &options::local_backup_enabled.info,
    &options::local_backup_dirs.info,
    &options::high_availability_dir.info,
};
constexpr const OptionInfo* processes_options[] = {
    &options::taskmanagers.info,
    &options::task_slots.info,
    &options::process_size.info,
    &options::framework_size.info,
    &options::network_fraction.info,
    &options::network_min.info,
    &options::network_max.info,
    &options::managed_fraction.info,
    &options::managed_size.info,
    &options::segment_size.info,
    &options::heartbeat_interval.info,
    &options::heartbeat_timeout.info,
    &options::heartbeat_failure_threshold.info,
    &options::cancellation_interval.info,
    &options::cancellation_timeout.info,
    &options::slot_request_timeout.info,
    &options::taskmanager_registration_timeout.info,
    &options::registration_initial_timeout.info,

    &options::registration_error_delay.info,

    &options::tmp_dirs.info,
    &options::task_stack_size.info,
    &options::log_dir.info,
    &options::log_level.info,
};
constexpr const OptionInfo* addresses_options[] = {
    &options::rpc_address.info,           &options::rpc_port.info,
    &options::jobmanager_bind_host.info,  &options::taskmanager_host.info,
    &options::taskmanager_bind_host.info, &options::data_port.info,
};
constexpr const OptionInfo* rest_options[] = {

    &options::rest_port.info,
    &options::rest_bind_port.info,
    &options::rest_bind_address.info,
    &options::rest_max_content_length.info,
    &options::web_refresh_interval.info,
    &options::web_cancel.info,
    &options::web_allow_origin.info,
    &options::exception_history_size.info,
};
constexpr OptionSection sections[] = {
    {"The job", job_options},
    {"Restarts", restarts_options},
    {"State and checkpoints", checkpoints_options},
    {"The processes", processes_options},
    {"Addresses", addresses_options},
    {"REST", rest_options},
};

// Only the compiler sees it: as a table it would be 115 KB of every executable, most of it
// addresses to be adjusted at each start. What is kept are its words, one after the other, each
// with a zero.
constexpr FlinkKey known_keys[] = {
#include "config/flink_keys_deployment.inc"
#include "config/flink_keys_runtime.inc"
#include "config/flink_keys_table.inc"
};

template <class F>
constexpr void for_each_known_word(F&& f) {
  for (const FlinkKey& known : known_keys) {
    for (const auto word : {known.key, known.type, known.default_text, known.older_keys}) f(word);
  }
}
constexpr std::size_t known_size = [] {
  std::size_t size = 0;
  for_each_known_word([&](std::string_view word) { size += word.size() + 1; });
  return size;
}();
constexpr std::array<char, known_size> known_words = [] {
  std::array<char, known_size> out{};
  char* at = out.data();
  for_each_known_word(
      [&](std::string_view word) { at = std::copy_n(word.data(), word.size(), at) + 1; });
  return out;
}();

std::vector<FlinkKey> read_known_keys() {
  std::vector<FlinkKey> keys(std::size(known_keys));
  const char* at = known_words.data();
  for (FlinkKey& key : keys) {
    for (auto* word : {&key.key, &key.type, &key.default_text, &key.older_keys}) {
      *word = at;
      at += word->size() + 1;
    }
  }
  return keys;
}

// Families of keys whose middle or end is the user's own.
constexpr std::string_view open_families[] = {
    "metrics.reporter.",
    "traces.reporter.",
    "events.reporter.",
    "flink.hadoop.",
    "flink.yarn.",
    "external-resource.",
    "containerized.master.env.",
    "containerized.taskmanager.env.",
    "fs.",
    "s3.",
    "s3a.",
    "gs.",
    "azure.",
    "state.backend.rocksdb.",
    "state.backend.forst.",
    "$internal.",
    "security.delegation.token.provider.",
    "kubernetes.jobmanager.labels.",
    "kubernetes.taskmanager.labels.",
};

bool lists(std::string_view keys, std::string_view wanted) {
  bool found = false;
  for_each_part(keys, [&](std::string_view key) { found = found || key == wanted; });
  return found;
}

std::string number_text(double value) {
  return value == static_cast<double>(static_cast<long long>(value))
             ? std::to_string(static_cast<long long>(value))
             : std::to_string(value);
}

std::optional<std::string> check_bounds(const OptionInfo& option, double value) {
  if (value >= option.least && value <= option.most) return std::nullopt;
  if (option.most == std::numeric_limits<double>::infinity()) {
    return "expected a number of at least " + number_text(option.least);
  }
  return "expected a number from " + number_text(option.least) + " to " + number_text(option.most);
}

// Sums of times stay in range.
constexpr std::string_view longest_duration = "36500 d";

template <class T>
std::optional<std::string> check_text_bounds(std::string_view what, const OptionInfo& option,
                                             T value, T least, T most, std::string_view most_text) {
  if (value >= least && value <= most) return std::nullopt;
  const std::string expected = "expected " + std::string(what);
  if (!option.least_text.empty() && !option.most_text.empty()) {
    return expected + " from " + std::string(option.least_text) + " to " + std::string(most_text);
  }
  return value < least ? expected + " of at least " + std::string(option.least_text)
                       : expected + " of at most " + std::string(most_text);
}

std::optional<std::string> check_duration(const OptionInfo& option, std::string_view text) {
  const auto most = option.most_text.empty() ? longest_duration : option.most_text;
  return check_text_bounds("a duration", option, *parse_duration(text),
                           parse_duration(option.least_text).value_or(Duration{0}),
                           *parse_duration(most), most);
}

std::optional<std::string> check_size(const OptionInfo& option, std::string_view text) {
  constexpr MemorySize all{std::numeric_limits<std::uint64_t>::max()};
  return check_text_bounds("a memory size", option, *parse_memory_size(text),
                           parse_memory_size(option.least_text).value_or(MemorySize{0}),
                           parse_memory_size(option.most_text).value_or(all), option.most_text);
}

bool fits(Kind kind, std::string_view text) {
  switch (kind) {
    case Kind::boolean:
      return parse_bool(text).has_value();
    case Kind::int32:
      return parse_int32(text).has_value();
    case Kind::int64:
      return parse_int64(text).has_value();
    case Kind::float64:
      return parse_float64(text).has_value();
    case Kind::duration:
      return parse_duration(text).has_value();
    case Kind::memory_size:
      return parse_memory_size(text).has_value();
    case Kind::port_range:
      return parse_port_range(text).has_value();
    case Kind::list:
      return parse_list(text).has_value();
    case Kind::map:
      return parse_map(text).has_value();
    case Kind::string:
    case Kind::choice:
      return true;
  }
  return true;
}

}  // namespace

std::span<const OptionSection> option_sections() { return sections; }
std::span<const FlinkKey> flink_keys() {
  static const std::vector<FlinkKey> keys = read_known_keys();
  return keys;
}

const OptionInfo* find_option(std::string_view key) {
  for (const OptionSection& section : sections) {
    for (const OptionInfo* option : section.options) {
      if (option->key == key) return option;
    }
  }
  for (const OptionSection& section : sections) {
    for (const OptionInfo* option : section.options) {
      if (lists(option->older_keys, key)) return option;
    }
  }
  return nullptr;
}

bool is_flink_key(std::string_view key) {
  for (std::string_view family : open_families) {
    if (key.size() > family.size() && key.starts_with(family)) return true;
  }
  for (const FlinkKey& known : flink_keys()) {
    if (known.key == key || lists(known.older_keys, key)) return true;
    if (known.type.starts_with("Map") && key.size() > known.key.size() + 1 &&
        key.starts_with(known.key) && key[known.key.size()] == '.') {
      return true;
    }
  }
  return false;
}

std::optional<std::string_view> nearest_key(std::string_view key) {
  std::size_t best = std::max<std::size_t>(3, key.size() / 3) + 1;
  std::optional<std::string_view> nearest;
  auto consider = [&](std::string_view candidate) {
    if (best == 0) return;
    const auto distance = base::edit_distance(key, candidate, best - 1);
    if (distance < best) {
      best = distance;
      nearest = candidate;
    }
  };
  for (const OptionSection& section : sections) {
    for (const OptionInfo* option : section.options) consider(option->key);
  }
  for (const FlinkKey& known : flink_keys()) consider(known.key);
  return nearest;
}

bool is_secret_key(std::string_view key) {
  static constexpr std::string_view marks[] = {
      "password",    "secret", "fs.azure.account.key", "apikey",      "api-key",      "auth-params",
      "service-key", "token",  "basic-auth",           "jaas.config", "http-headers", "access-key",
  };
  std::string lower(key);
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return std::any_of(std::begin(marks), std::end(marks),
                     [&](std::string_view mark) { return lower.find(mark) != std::string::npos; });
}

std::string choice_words(const OptionInfo& option) {
  std::string words;
  for_each_part(option.choices, [&](std::string_view word) {
    if (word.find('=') != std::string_view::npos) return;
    if (!words.empty()) words += ", ";
    words += word;
  });
  return words;
}

std::optional<std::string_view> resolve_choice(const OptionInfo& option, std::string_view text) {
  std::optional<std::string_view> meant;
  for_each_part(option.choices, [&](std::string_view word) {
    const auto equals = std::min(word.find('='), word.size());
    if (meant || !equal_ignoring_case(word.substr(0, equals), trim(text))) return;
    meant = equals < word.size() ? word.substr(equals + 1) : word;
  });
  return meant;
}

bool is_bounded(const OptionInfo& option) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  if (!option.any_value.empty()) return true;
  switch (option.kind) {
    case Kind::int32:
    case Kind::int64:
    case Kind::float64:
      return option.least != -infinity;
    case Kind::duration:
    case Kind::memory_size:
      return !option.least_text.empty();
    case Kind::port_range:
      return false;
    default:
      return true;
  }
}

std::optional<std::string> check_value(const OptionInfo& option, std::string_view text) {
  if (option.kind == Kind::choice) {
    if (resolve_choice(option, text)) return std::nullopt;
    return "expected one of " + choice_words(option);
  }
  if (!fits(option.kind, text)) return "expected " + std::string(syntax_of(option.kind));
  if (option.kind == Kind::int32 || option.kind == Kind::int64) {
    return check_bounds(option, static_cast<double>(*parse_int64(text)));
  }
  if (option.kind == Kind::float64) return check_bounds(option, *parse_float64(text));
  if (option.kind == Kind::duration) return check_duration(option, text);
  if (option.kind == Kind::memory_size) return check_size(option, text);
  return std::nullopt;
}

}  // namespace flink::config
