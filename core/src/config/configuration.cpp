// SPDX-License-Identifier: Apache-2.0
#include "config/configuration.h"

#include <algorithm>
#include <charconv>

#include "config/option_table.h"
#include "flink/base/check.h"
#include "flink/error.h"
#include "json/json_writer.h"

namespace flink::config {

using flink::detail::concat;

namespace {

[[noreturn]] void fail_unknown(std::string_view key, const Origin& origin) {
  std::string message = concat("unknown option \"", key, "\" (", origin.where, ")");
  if (const auto nearest = nearest_key(key))
    message += concat(": did you mean \"", *nearest, "\"?");
  message += " docs/options.md lists the options.";
  throw Error(ErrorKind::user, message);
}

[[noreturn]] void fail_value(std::string_view key, std::string_view value, const Origin& origin,
                             std::string_view expected) {
  const std::string shown = is_secret_key(key) ? "******" : std::string(value);
  throw Error(ErrorKind::user,
              concat("bad value \"", shown, "\" for ", key, " (", origin.where, "): ", expected));
}

}  // namespace

void Configuration::unset(const OptionInfo& option) {
  const auto found = entries_.find(option.key);
  if (found != entries_.end()) entries_.erase(found);
}

void Configuration::set_text(std::string_view key, std::string_view value, Origin origin) {
  const OptionInfo* option = find_option(key);
  if (option == nullptr) {
    if (!is_flink_key(key)) fail_unknown(key, origin);
    auto& entry = entries_[std::string(key)];
    if (origin.source < entry.origin.source) return;
    const std::string note = concat(key, " (", origin.where, ")");
    if (entry.origin.source == Source::fallback) unused_.push_back(note);
    entry = {std::string(trim(value)), std::move(origin), false};
    return;
  }
  if (const auto expected = check_value(*option, value)) fail_value(key, value, origin, *expected);
  const bool older = option->key != key;
  if (older) {
    older_key_notes_.push_back(
        concat("option ", key, " (", origin.where, ") is now called ", option->key));
  }
  auto& entry = entries_[std::string(option->key)];
  if (origin.source < entry.origin.source) return;
  if (origin.source == entry.origin.source && older && !entry.older_spelling &&
      origin.source != Source::fallback) {
    return;  // the current spelling wins
  }
  std::string text(option->kind == Kind::string ? value : trim(value));
  if (option->kind == Kind::choice) text = *resolve_choice(*option, value);
  entry = {std::move(text), std::move(origin), older};
}

const Configuration::Entry* Configuration::entry_of(const OptionInfo& option) const {
  if (const auto found = entries_.find(option.key); found != entries_.end()) return &found->second;
  const Entry* entry = nullptr;
  for_each_part(option.fallback_keys, [&](std::string_view key) {
    const auto found = entries_.find(key);
    if (entry == nullptr && found != entries_.end()) entry = &found->second;
  });
  return entry;
}

std::optional<std::string> Configuration::text_of(const OptionInfo& option) const {
  if (const Entry* entry = entry_of(option)) return entry->value;
  if (option.default_text.empty()) return std::nullopt;
  return std::string(option.default_text);
}

Origin Configuration::origin_of(const OptionInfo& option) const {
  const Entry* entry = entry_of(option);
  return entry != nullptr ? entry->origin : Origin{};
}

std::string Configuration::require_text(const OptionInfo& option) const {
  auto text = text_of(option);
  if (text) return *std::move(text);
  throw Error(
      ErrorKind::user,
      concat("option ", option.key, " is needed and not set: set it with -D", option.key, "=..."));
}

void Configuration::fail_conversion(const OptionInfo& option, std::string_view text) const {
  fail_value(option.key, text, origin_of(option),
             check_value(option, text).value_or(std::string(syntax_of(option.kind))));
}

namespace {

template <class T>
std::optional<T> parse_as(std::string_view text) {
  if constexpr (std::is_same_v<T, bool>) return parse_bool(text);
  else if constexpr (std::is_same_v<T, std::int32_t>) return parse_int32(text);
  else if constexpr (std::is_same_v<T, std::int64_t>) return parse_int64(text);
  else if constexpr (std::is_same_v<T, double>) return parse_float64(text);
  else if constexpr (std::is_same_v<T, Duration>) return parse_duration(text);
  else if constexpr (std::is_same_v<T, MemorySize>) return parse_memory_size(text);
  else if constexpr (std::is_same_v<T, PortRange>) return parse_port_range(text);
  else if constexpr (std::is_same_v<T, StringList>) return parse_list(text);
  else if constexpr (std::is_same_v<T, StringMap>) return parse_map(text);
  else return std::string(text);
}

}  // namespace

template <class T>
T Configuration::convert(const OptionInfo& option, std::string_view text) const {
  auto value = parse_as<T>(text);
  if (!value) fail_conversion(option, text);
  return *std::move(value);
}

template bool Configuration::convert(const OptionInfo&, std::string_view) const;
template std::int32_t Configuration::convert(const OptionInfo&, std::string_view) const;
template std::int64_t Configuration::convert(const OptionInfo&, std::string_view) const;
template double Configuration::convert(const OptionInfo&, std::string_view) const;
template Duration Configuration::convert(const OptionInfo&, std::string_view) const;
template MemorySize Configuration::convert(const OptionInfo&, std::string_view) const;
template PortRange Configuration::convert(const OptionInfo&, std::string_view) const;
template std::string Configuration::convert(const OptionInfo&, std::string_view) const;
template StringList Configuration::convert(const OptionInfo&, std::string_view) const;
template StringMap Configuration::convert(const OptionInfo&, std::string_view) const;

std::string Configuration::format(double value) {
  char buffer[64];
  return {buffer, std::to_chars(buffer, buffer + sizeof buffer, value).ptr};
}

std::string Configuration::format(const PortRange& value) {
  std::string out;
  for (const auto& span : value.spans) {
    if (!out.empty()) out += ',';
    out += std::to_string(span.first);
    if (span.last != span.first) out += "-" + std::to_string(span.last);
  }
  return out;
}

std::vector<std::string> Configuration::warnings() const {
  std::vector<std::string> out = older_key_notes_;
  if (!unused_.empty()) {
    std::string message = unused_.size() == 1 ? "this option of Flink has no effect here: "
                                              : "these options of Flink have no effect here: ";
    for (std::size_t i = 0; i < unused_.size(); ++i) message += (i == 0 ? "" : ", ") + unused_[i];
    out.push_back(std::move(message));
  }
  return out;
}

Configuration::KeyValues Configuration::to_list() const {
  KeyValues list;
  for (const auto& [key, entry] : entries_) list.emplace_back(key, entry.value);
  return list;
}

Configuration::KeyValues Configuration::to_display_list() const {
  KeyValues list = to_list();
  for (auto& [key, value] : list) {
    if (is_secret_key(key)) value = "******";
  }
  return list;
}

Configuration Configuration::from_list(const KeyValues& list, Origin origin) {
  Configuration configuration;
  for (const auto& [key, value] : list) configuration.entries_[key] = {value, origin, false};
  return configuration;
}

namespace {

struct ShownRow {
  std::string key, value, origin;
};

std::vector<ShownRow> shown_rows(const Configuration& configuration) {
  std::vector<ShownRow> rows;
  for (const OptionSection& section : option_sections()) {
    for (const OptionInfo* option : section.options) {
      std::string value = configuration.text_of(*option).value_or("(none)");
      rows.push_back({std::string(option->key), is_secret_key(option->key) ? "******" : value,
                      configuration.origin_of(*option).where});
    }
  }
  for (const auto& [key, entry] : configuration.entries()) {
    if (find_option(key) != nullptr) continue;
    rows.push_back({key, is_secret_key(key) ? "******" : entry.value,
                    entry.origin.where + ", no effect here"});
  }
  return rows;
}

}  // namespace

std::string show_config(const Configuration& configuration) {
  const auto rows = shown_rows(configuration);
  std::size_t key_width = 3, value_width = 5;
  for (const ShownRow& row : rows) {
    key_width = std::max(key_width, row.key.size());
    value_width = std::max(value_width, std::min<std::size_t>(row.value.size(), 32));
  }
  std::string out;
  auto line = [&](std::string_view key, std::string_view value, std::string_view origin) {
    out.append(key).append(key_width + 2 - key.size(), ' ').append(value);
    out.append(value.size() < value_width ? value_width - value.size() : 0, ' ');
    out.append("  ").append(origin) += '\n';
  };
  line("KEY", "VALUE", "ORIGIN");
  for (const ShownRow& row : rows) line(row.key, row.value, row.origin);
  return out;
}

std::string show_config_json(const Configuration& configuration) {
  json::JsonWriter json;
  json.begin_array();
  for (const ShownRow& row : shown_rows(configuration)) {
    json.begin_object().member("key", row.key).member("value", row.value);
    json.member("origin", row.origin).end_object();
  }
  return json.end_array().take();
}

}  // namespace flink::config
