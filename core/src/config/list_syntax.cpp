// SPDX-License-Identifier: Apache-2.0
// Lists and maps: Flink's own syntax with quotes, and YAML's flow syntax.
#include "config/value_syntax.h"

namespace flink::config {
namespace {

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

// Splits at a separator outside quotes and takes the quotes away; a doubled quote within quotes is
// one.
std::optional<StringList> split_quoted(std::string_view text, std::optional<char> separator) {
  StringList parts;
  std::string part;
  char quote = 0;
  bool was_quoted = false;
  auto finish = [&] {
    parts.push_back(was_quoted ? part : std::string(trim(part)));
    part.clear();
    was_quoted = false;
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quote != 0) {
      if (c != quote) {
        part += c;
      } else if (i + 1 < text.size() && text[i + 1] == quote) {
        part += c;
        ++i;
      } else {
        quote = 0;
      }
    } else if (c == separator) {
      finish();
    } else if ((c == '\'' || c == '"') && trim(part).empty() && !was_quoted) {
      part.clear();
      quote = c;
      was_quoted = true;
    } else if (!(was_quoted && is_space(c))) {
      if (was_quoted) return std::nullopt;  // text after a closing quote
      part += c;
    }
  }
  if (quote != 0) return std::nullopt;
  finish();
  return parts;
}

std::string quoted(std::string_view text, std::string_view special) {
  const bool plain = !text.empty() && text.find_first_of(special) == std::string_view::npos &&
                     trim(text).size() == text.size();
  if (plain) return std::string(text);
  std::string out = "'";
  for (char c : text) {
    out += c;
    if (c == '\'') out += c;
  }
  return out + "'";
}

// The separator of "k: v" that stands outside quotes.
std::size_t find_colon(std::string_view text) {
  char quote = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (quote != 0) {
      if (text[i] == quote) quote = 0;
    } else if (text[i] == '\'' || text[i] == '"') {
      quote = text[i];
    } else if (text[i] == ':') {
      return i;
    }
  }
  return std::string_view::npos;
}

// Splits "k1:v1,k2:v2" at commas outside quotes, keeping the quotes.
std::optional<StringList> split_pairs(std::string_view text) {
  StringList parts{""};
  char quote = 0;
  for (char c : text) {
    if (quote == 0 && c == ',') {
      parts.emplace_back();
      continue;
    }
    if (quote == 0 && (c == '\'' || c == '"')) {
      quote = c;
    } else if (c == quote) {
      quote = 0;
    }
    parts.back() += c;
  }
  if (quote != 0) return std::nullopt;
  return parts;
}

// One piece with its quotes taken away.
std::optional<std::string> unquoted(std::string_view text) {
  auto parts = split_quoted(text, std::nullopt);
  if (!parts || parts->size() != 1) return std::nullopt;
  return std::move(parts->front());
}

bool bracketed(std::string_view text, char open, char close) {
  return text.size() >= 2 && text.front() == open && text.back() == close;
}

}  // namespace

std::optional<StringList> parse_list(std::string_view text) {
  text = trim(text);
  if (text.empty()) return StringList{};
  if (!bracketed(text, '[', ']')) return split_quoted(text, ';');
  text = trim(text.substr(1, text.size() - 2));
  if (text.empty()) return StringList{};
  return split_quoted(text, ',');
}

std::optional<StringMap> parse_map(std::string_view text) {
  text = trim(text);
  if (bracketed(text, '{', '}')) text = trim(text.substr(1, text.size() - 2));
  if (text.empty()) return StringMap{};
  const auto pairs = split_pairs(text);
  if (!pairs) return std::nullopt;
  StringMap map;
  for (const std::string& pair : *pairs) {
    const auto colon = find_colon(pair);
    if (colon == std::string::npos) return std::nullopt;
    auto key = unquoted(std::string_view(pair).substr(0, colon));
    auto value = unquoted(std::string_view(pair).substr(colon + 1));
    if (!key || !value || key->empty()) return std::nullopt;
    map[*key] = *value;
  }
  return map;
}

std::string format_list(const StringList& values) {
  std::string out;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i != 0) out += ';';
    out += quoted(values[i], ";'\"[]");
  }
  return out;
}

std::string format_map(const StringMap& values) {
  std::string out;
  for (const auto& [key, value] : values) {
    if (!out.empty()) out += ',';
    out += quoted(key, ",:'\"{}") + ":" + quoted(value, ",:'\"{}");
  }
  return out;
}

}  // namespace flink::config
