// SPDX-License-Identifier: Apache-2.0
#include "config/usage_text.h"

#include <flink/base/check.h>

namespace flink::config {
namespace {

using detail::concat;

// Behind the last `mark`, or empty.
std::string_view behind(std::string_view text, std::string_view mark) {
  const auto at = text.rfind(mark);
  return at == std::string_view::npos ? std::string_view{} : text.substr(at + mark.size());
}

std::string_view before(std::string_view text, std::string_view mark) {
  return text.substr(0, text.find(mark));
}

// "--slots: 1 required KEY=VALUE missing"
std::string missing_value(std::string_view what) {
  const auto name = before(what, ":");
  auto type = before(before(behind(what, "required "), " missing"), " in [");  // FLOAT in [0 - 1]
  for (const std::string_view of : {":INT", ":UINT", ":FLOAT"}) {
    if (type.ends_with(of)) type.remove_suffix(of.size());  // SECONDS:FLOAT
  }
  if (type.empty() || type == "TEXT") type = "VALUE";
  if (type == "INT" || type == "UINT" || type == "FLOAT") type = "NUMBER";
  return concat(name, " has no value: write ", name, " ", type);
}

// "--wait: Value -1 not in range 0.000000 to 9.000000"
std::string out_of_range(std::string_view what, std::string_view value) {
  std::string range{behind(what, "in range ")};
  for (auto at = range.find(".000000"); at != std::string::npos; at = range.find(".000000")) {
    range.erase(at, std::string_view{".000000"}.size());
  }
  return concat(before(what, ":"), " is ", before(value, " not in"), ", which is not from ", range);
}

}  // namespace

std::string usage_text(std::string_view kind, std::string_view what) {
  if (kind == "ArgumentMismatch" && what.ends_with(" missing")) return missing_value(what);
  if (kind == "ArgumentMismatch" && what.ends_with("flag override")) {
    return concat(before(what, " was given"), " takes no value: write it alone");
  }
  if (kind == "ConversionError") {
    constexpr std::string_view could_not = "Could not convert: ";
    if (what.starts_with(could_not)) {
      what.remove_prefix(could_not.size());
      return concat(before(what, " = "), " is \"", behind(what, " = "),
                    "\": it takes a number in range, or nothing if it is a switch");
    }
    return concat(before(what, ":"), " takes no value: write it alone");
  }
  if (kind == "ExtrasError")
    return concat("nothing takes the argument ", behind(what, "expected: "));
  if (kind == "ValidationError") {
    const auto value = behind(what, ": Value ");
    if (value.find(" not in range ") != std::string_view::npos) return out_of_range(what, value);
  }
  return std::string{what};
}

}  // namespace flink::config
