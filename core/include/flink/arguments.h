// SPDX-License-Identifier: Apache-2.0
// The job's own arguments: what follows `--` on the command line, as --name value, --name=value or
// --flag. While a job is only described (flinkc check, build, explain) a missing required one is a
// recorded placeholder, not an error.
#pragma once

#include <flink/error.h>

#include <concepts>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace flink {

// The one who starts the job gave it other arguments than it takes.
class ArgumentError final : public Error {
 public:
  using Error::Error;
};

class Arguments {
 public:
  Arguments() = default;
  // Throws Error{user} for what is not of the form above.
  explicit Arguments(const std::vector<std::string>& arguments, bool describing = false);

  bool has(std::string_view name) const;
  // The value, or `fallback` when it is not given. A value of the wrong form is an Error{user}.
  std::string get(std::string_view name, const char* fallback) const {
    return get(name, std::string{fallback});
  }
  template <class T>
  T get(std::string_view name, T fallback) const {
    const std::string* text = find(name);
    return text == nullptr ? fallback : parse<T>(name, *text);
  }
  // The value; not given: an Error{user} that says how to give it.
  template <class T = std::string>
  T require(std::string_view name) const {
    const std::string* text = find(name);
    if (text != nullptr) return parse<T>(name, *text);
    missing(name);
    return placeholder<T>(name);
  }

  // Required, not given, and asked for while describing.
  const std::set<std::string>& placeholders() const noexcept { return placeholders_; }
  // Given and never asked for: probably misspelt.
  std::vector<std::string> unused() const;

 private:
  const std::string* find(std::string_view name) const;
  void missing(std::string_view name) const;
  // Throws: what is no flag needs a value, be it an empty one, as in --name=
  void check_value(std::string_view name) const;
  // The whole text, or false. Compiled once for each arithmetic type but bool.
  template <class Number>
  static bool read_number(std::string_view text, Number& value);
  [[noreturn]] static void malformed(std::string_view name, const std::string& text,
                                     const char* expected);

  template <class T>
  static T placeholder(std::string_view name) {
    if constexpr (std::is_constructible_v<T, std::string>) {
      return T{"<" + std::string{name} + ">"};
    } else {
      return T{1};
    }
  }
  template <class T>
  T parse(std::string_view name, const std::string& text) const {
    if constexpr (!std::same_as<T, bool>) check_value(name);
    if constexpr (std::same_as<T, bool>) {
      if (text == "true" || text == "1" || text.empty()) return true;
      if (text == "false" || text == "0") return false;
      malformed(name, text, "true or false");
    } else if constexpr (std::is_arithmetic_v<T>) {
      T value{};
      if (!read_number(text, value)) {
        malformed(name, text, std::is_integral_v<T> ? "a whole number in range" : "a number");
      }
      return value;
    } else {
      static_assert(std::is_constructible_v<T, std::string>,
                    "flinkc: an argument can be a string, a number or a bool");
      return T{text};
    }
  }

  std::map<std::string, std::string, std::less<>> values_;
  std::set<std::string, std::less<>> bare_;  // given without a value
  mutable std::set<std::string, std::less<>> asked_;
  mutable std::set<std::string> placeholders_;
  bool describing_ = false;
};

}  // namespace flink
