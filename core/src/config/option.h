// SPDX-License-Identifier: Apache-2.0
// One option: its key as Flink spells it, type, default, older keys and meaning. Options are
// constants (options.h); values live in a Configuration.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "config/value_syntax.h"

namespace flink::config {

// What the table of options holds of each.
struct OptionInfo {
  std::string_view key;
  Kind kind = Kind::string;
  std::string_view default_text;   // in the option's own syntax; empty: none
  std::string_view older_keys;     // separated by commas; accepted with a hint to the new one
  std::string_view fallback_keys;  // other options asked, in order, when this one is not set
  std::string_view choices;  // Kind::choice: "none,off=none,...": accepted words and what they mean
  // Numbers: the bounds, included.
  double least = -std::numeric_limits<double>::infinity();
  double most = std::numeric_limits<double>::infinity();
  // Durations and sizes: the same in their own syntax. Empty: 0, and the most there can be.
  std::string_view least_text, most_text;
  std::string_view any_value;  // why every value that can be written is good
  std::string_view description;
  std::string_view note;  // where ours differs from Flink's
};

template <class T>
struct KindOf;
template <>
struct KindOf<bool> {
  static constexpr Kind value = Kind::boolean;
};
template <>
struct KindOf<std::int32_t> {
  static constexpr Kind value = Kind::int32;
};
template <>
struct KindOf<std::int64_t> {
  static constexpr Kind value = Kind::int64;
};
template <>
struct KindOf<double> {
  static constexpr Kind value = Kind::float64;
};
template <>
struct KindOf<Duration> {
  static constexpr Kind value = Kind::duration;
};
template <>
struct KindOf<MemorySize> {
  static constexpr Kind value = Kind::memory_size;
};
template <>
struct KindOf<std::string> {
  static constexpr Kind value = Kind::string;
};
template <>
struct KindOf<PortRange> {
  static constexpr Kind value = Kind::port_range;
};
template <>
struct KindOf<StringList> {
  static constexpr Kind value = Kind::list;
};
template <>
struct KindOf<StringMap> {
  static constexpr Kind value = Kind::map;
};

template <class T>
struct ConfigOption {
  OptionInfo info;

  constexpr explicit ConfigOption(OptionInfo described) : info(described) {
    // An enumeration is read as the text of the word it means.
    if (info.choices.empty()) info.kind = KindOf<T>::value;
    else info.kind = Kind::choice;
  }
  constexpr std::string_view key() const { return info.key; }
};

}  // namespace flink::config
