// SPDX-License-Identifier: Apache-2.0
// The table of options as data: lookup by key, what Flink knows and we do not use, the nearest key
// to a misspelt one, and the page docs/options.md. Constant; any thread.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "config/option.h"

namespace flink::config {

struct OptionSection {
  std::string_view title;
  std::span<const OptionInfo* const> options;
};

// A key of Flink's that may do nothing here.
struct FlinkKey {
  std::string_view key;
  std::string_view type;
  std::string_view default_text;
  std::string_view older_keys;
};

std::span<const OptionSection> option_sections();
std::span<const FlinkKey> flink_keys();  // those that do something here too

// By its current key, or by an older one.
const OptionInfo* find_option(std::string_view key);
// True for every key that Flink 2.3 accepts: current, older, below a map option, or of an open
// family such as metrics.reporter.NAME.*.
bool is_flink_key(std::string_view key);
// The known key with the fewest edits, ours first; nothing when none is close.
std::optional<std::string_view> nearest_key(std::string_view key);
// Passwords, tokens and the like, by Flink's rule: shown as ******.
bool is_secret_key(std::string_view key);

// Whether values of the option have a bound of its own, or need none: what is no number, duration
// or size, and what says why.
bool is_bounded(const OptionInfo& option);
// What is wrong with this text as a value of the option ("expected ..."); nothing when it fits.
std::optional<std::string> check_value(const OptionInfo& option, std::string_view text);
// The words of an enumeration without the other spellings of the same, for people.
std::string choice_words(const OptionInfo& option);
// The word an enumeration's text means ("off" -> "none"), ignoring case.
std::optional<std::string_view> resolve_choice(const OptionInfo& option, std::string_view text);

// The whole of docs/options.md.
std::string options_markdown();

// Calls f(part) for each part of "a,b,c".
template <class F>
void for_each_part(std::string_view list, F&& f) {
  while (!list.empty()) {
    const auto end = list.find(',') < list.size() ? list.find(',') : list.size();
    f(list.substr(0, end));
    list.remove_prefix(end < list.size() ? end + 1 : end);
  }
}

}  // namespace flink::config
