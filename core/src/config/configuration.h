// SPDX-License-Identifier: Apache-2.0
// The values of options with where each came from. Reading is typed: get(options::task_slots).
// Values are kept as text under the option's current key and checked when they are set, so that an
// error can name the place. A plain value type: copy it, ship it with to_list(); no locking.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/option.h"

namespace flink::config {

// Where a value came from, weakest first: a stronger source wins, whatever the order of setting.
enum class Source : unsigned char { fallback, file, environment, property, flag, code };

struct Origin {
  Source source = Source::fallback;
  std::string where = "default";  // "conf/config.yaml:12", "-Drest.port=80", "-p 4", "code"
};

class Configuration {
 public:
  struct Entry {
    std::string value;
    Origin origin;
    bool older_spelling = false;  // set through an older key
  };

  // The value; throws Error when it is not set and has no default.
  template <class T>
  T get(const ConfigOption<T>& option) const {
    return convert<T>(option.info, require_text(option.info));
  }
  // The value or the default; nothing when there is neither.
  template <class T>
  std::optional<T> find(const ConfigOption<T>& option) const {
    const auto text = text_of(option.info);
    if (!text) return std::nullopt;
    return convert<T>(option.info, *text);
  }
  // Set by someone, by this key, an older one or a fallback.
  template <class T>
  bool is_set(const ConfigOption<T>& option) const {
    return entry_of(option.info) != nullptr;
  }

  // Typed setting, for code.
  template <class T>
  void set(const ConfigOption<T>& option, const T& value, Origin origin = {Source::code, "code"}) {
    set_text(option.info.key, format(value), std::move(origin));
  }
  // Any known key, current or older. Throws Error for an unknown key or a value that does not fit.
  // A key of Flink's without meaning here is kept and named in unused_warning().
  void set_text(std::string_view key, std::string_view value, Origin origin);

  // As if nobody had set it.
  void unset(const OptionInfo& option);

  // Where the effective value comes from; {fallback, "default"} when not set.
  Origin origin_of(const OptionInfo& option) const;
  // The effective text; nothing when there is neither value nor default.
  std::optional<std::string> text_of(const OptionInfo& option) const;

  // One message for people about older keys and keys without effect; empty: nothing to say.
  std::vector<std::string> warnings() const;

  // What was set, by key, for the wire; from_list() keeps keys it does not know (another build).
  using KeyValues = std::vector<std::pair<std::string, std::string>>;
  KeyValues to_list() const;
  static Configuration from_list(const KeyValues& list,
                                 Origin origin = {Source::property, "JobManager"});
  // For people and REST: the same with secrets as ******.
  KeyValues to_display_list() const;

  const std::map<std::string, Entry, std::less<>>& entries() const { return entries_; }

 private:
  const Entry* entry_of(const OptionInfo& option) const;
  std::string require_text(const OptionInfo& option) const;
  [[noreturn]] void fail_conversion(const OptionInfo& option, std::string_view text) const;

  template <class T>
  T convert(const OptionInfo& option, std::string_view text) const;
  static std::string format(bool value) { return value ? "true" : "false"; }
  static std::string format(std::int32_t value) { return std::to_string(value); }
  static std::string format(std::int64_t value) { return std::to_string(value); }
  static std::string format(double value);
  static std::string format(Duration value) { return format_duration(value); }
  static std::string format(MemorySize value) { return format_memory_size(value); }
  static std::string format(const std::string& value) { return value; }
  static std::string format(const StringList& value) { return format_list(value); }
  static std::string format(const StringMap& value) { return format_map(value); }
  static std::string format(const PortRange& value);

  std::map<std::string, Entry, std::less<>> entries_;
  std::vector<std::string> older_key_notes_;
  std::vector<std::string> unused_;
};

// "key | value | origin" of every option that does something here, as a table or as JSON.
std::string show_config(const Configuration& configuration);
std::string show_config_json(const Configuration& configuration);

}  // namespace flink::config
