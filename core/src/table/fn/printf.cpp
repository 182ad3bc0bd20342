// SPDX-License-Identifier: Apache-2.0
// PRINTF, as far as Java's Formatter and C's printf are one: %s %d %x %o %c %b %f %e %g %%, with
// flags, width and precision. What it cannot format is NULL.
#include <algorithm>
#include <cstdio>

#include "table/fn/text_code.h"
#include "table/fn/utf8.h"
#include "table/value_text.h"

namespace flink::table::fn {

namespace {

struct Directive {
  std::string flags;
  int width = 0;
  int precision = -1;
  char conversion = 0;
};

bool read_directive(Text& format, Directive& out) {
  while (!format.empty() && Text{"-+ 0,(#"}.find(format[0]) != Text::npos) {
    out.flags += format[0];
    format.remove_prefix(1);
  }
  const auto number = [&](int& value) {
    for (value = 0; !format.empty() && format[0] >= '0' && format[0] <= '9';) {
      value = value * 10 + format[0] - '0';
      if (value > 10'000) return;
      format.remove_prefix(1);
    }
  };
  number(out.width);
  if (format.starts_with('.')) {
    format.remove_prefix(1);
    number(out.precision);
  }
  if (format.empty()) return false;
  out.conversion = format[0];
  format.remove_prefix(1);
  return true;
}

std::string with_groups(const std::string& digits) {
  std::string out;
  const std::size_t sign = digits.starts_with('-') || digits.starts_with('+') ? 1 : 0;
  const std::size_t end = std::min(digits.find('.'), digits.size());
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > sign && i < end && (end - i) % 3 == 0) out += ',';
    out += digits[i];
  }
  return out;
}

std::string padded(std::string text, const Directive& directive) {
  const std::size_t there = count_points(text), wanted = static_cast<std::size_t>(directive.width);
  if (there >= wanted) return text;
  const std::string fill(wanted - there, ' ');
  return directive.flags.find('-') != std::string::npos ? text + fill : fill + text;
}

std::optional<std::string> of_integer(const Directive& directive, std::int64_t value) {
  std::string spec = "%";
  for (const char flag : directive.flags) {
    if (flag != ',' && flag != '(') spec += flag;
  }
  const bool grouped = directive.flags.find(',') != std::string::npos;
  if (!grouped && directive.width > 0) spec += std::to_string(directive.width);
  spec += "ll";
  spec += directive.conversion;
  char text[128];
  std::snprintf(text, sizeof text, spec.c_str(), static_cast<long long>(value));
  return grouped ? padded(with_groups(text), directive) : std::string{text};
}

std::optional<std::string> of_double(const Directive& directive, double value) {
  std::string spec = "%";
  for (const char flag : directive.flags) {
    if (flag != ',' && flag != '(') spec += flag;
  }
  const bool grouped = directive.flags.find(',') != std::string::npos;
  if (!grouped && directive.width > 0) spec += std::to_string(directive.width);
  spec += "." + std::to_string(directive.precision < 0 ? 6 : std::min(directive.precision, 300));
  spec += directive.conversion;
  char text[1024];
  std::snprintf(text, sizeof text, spec.c_str(), value);
  return grouped ? padded(with_groups(text), directive) : std::string{text};
}

std::optional<std::string> formatted(Context& context, const Directive& directive,
                                     const LogicalType& type, const Datum& value) {
  std::string text;
  switch (directive.conversion) {
    case 's':
    case 'S':
      if (value.null) {
        text = "null";
      } else if (type.is(TypeRoot::boolean)) {
        text = value.get<bool>() ? "true" : "false";
      } else {
        append_value(text, type, value, context.session(), TextStyle::cast);
      }
      if (directive.precision >= 0) {
        text = std::string{sub_points(text, 0, static_cast<std::size_t>(directive.precision))};
      }
      return padded(text, directive);
    case 'b':
      text = type.is(TypeRoot::boolean) && !value.null ? (value.get<bool>() ? "true" : "false")
                                                       : (value.null ? "false" : "true");
      return padded(text, directive);
    case 'd':
    case 'x':
    case 'X':
    case 'o':
      if (value.null) return padded("null", directive);
      if (!type.is_integer()) return {};
      return of_integer(directive, integer_of(type, value));
    case 'f':
    case 'e':
    case 'E':
    case 'g':
      if (value.null) return padded("null", directive);
      if (!type.is_approximate()) return {};
      return of_double(directive,
                       type.is(TypeRoot::double_) ? value.get<double>() : value.get<float>());
    default:
      return {};
  }
}

}  // namespace

MaybeText printf_text(Context& context, const Call& call, Text format,
                      std::span<const Datum> values) {
  std::string out;
  std::size_t next = 0;
  while (!format.empty()) {
    if (format[0] != '%') {
      out += format[0];
      format.remove_prefix(1);
      continue;
    }
    format.remove_prefix(1);
    Directive directive;
    if (!read_directive(format, directive)) return {};
    if (directive.conversion == '%') {
      out += '%';
    } else if (directive.conversion == 'n') {
      out += '\n';
    } else {
      if (next >= values.size()) return {};
      const auto text = formatted(context, directive, call.arguments[next + 1], values[next]);
      if (!text) return {};
      out += *text;
      ++next;
    }
  }
  return context.memory().copy(out);
}

}  // namespace flink::table::fn
