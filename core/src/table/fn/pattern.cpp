// SPDX-License-Identifier: Apache-2.0
#include "table/fn/pattern.h"

#include <algorithm>

#include "table/fn/regex.h"
#include "table/fn/utf8.h"

namespace flink::table::fn {

namespace {

// A code point of the pattern: % and _ have their meaning unless `plain` says otherwise.
bool matches(Text text, Text pattern, Text plain) noexcept {
  std::size_t at = 0, in = 0, back_text = 0, back_pattern = Text::npos;
  const auto is = [&](std::size_t i, char c) {
    return i < pattern.size() && pattern[i] == c && plain[i] == 0;
  };
  while (at < text.size()) {
    if (is(in, '%')) {
      back_pattern = ++in;
      back_text = at;
    } else if (is(in, '_')) {
      at += bytes_of_point(text, at);
      ++in;
    } else if (in < pattern.size() && pattern[in] == text[at]) {
      ++at;
      ++in;
    } else if (back_pattern != Text::npos) {
      back_text += bytes_of_point(text, back_text);
      at = back_text;
      in = back_pattern;
    } else {
      return false;
    }
  }
  while (is(in, '%')) ++in;
  return in == pattern.size();
}

}  // namespace

bool like(Text text, Text pattern) noexcept {
  return matches(text, pattern, std::string(pattern.size(), '\0'));
}

std::optional<bool> like_escaped(Context& context, Text text, Text pattern, Text escape) {
  if (count_points(escape) != 1) return context.fail("an ESCAPE is one character");
  std::string clean, plain;
  for (std::size_t i = 0; i < pattern.size();) {
    if (pattern.substr(i).starts_with(escape)) {
      i += escape.size();
      const bool right = i < pattern.size() && (pattern[i] == '%' || pattern[i] == '_' ||
                                                pattern.substr(i).starts_with(escape));
      if (!right) return context.fail("behind the escape of LIKE stands %, _ or itself");
      clean += pattern[i++];
      plain += '\1';
    } else {
      clean += pattern[i++];
      plain += '\0';
    }
  }
  return matches(text, clean, plain);
}

namespace {

RegexCache& cache(const Call& call) { return call.state<RegexCache>(); }

// SQL's pattern as a regular expression: % and _, and what regular expressions mean by . ^ $ \.
std::string similar_regex(Text pattern, Text escape) {
  std::string out = "\\A(?:";
  bool inside = false;  // of [ ]
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (!escape.empty() && pattern.substr(i).starts_with(escape) &&
        i + escape.size() < pattern.size()) {
      i += escape.size();
      out += '\\';
      out += pattern[i];
      continue;
    }
    const char c = pattern[i];
    if (c == '[') inside = true;
    if (c == ']') inside = false;
    if (c == '%' && !inside) {
      out += "(?s:.*)";
    } else if (c == '_' && !inside) {
      out += "(?s:.)";
    } else if (c == '.' && !inside) {
      out += '.';
    } else if (c == '\\' || (c == '$' && !inside) || (c == '^' && !inside)) {
      out += '\\';
      out += c;
    } else {
      out += c;
    }
  }
  return out + ")\\z";
}

}  // namespace

std::optional<bool> similar(Context& context, const Call& call, Text text, Text pattern) {
  return similar_escaped(context, call, text, pattern, "");
}
std::optional<bool> similar_escaped(Context& context, const Call& call, Text text, Text pattern,
                                    Text escape) {
  const Regex& regex = cache(call).get(similar_regex(pattern, escape));
  if (!regex.valid()) {
    return context.fail("'" + std::string{pattern} + "' is no pattern of SIMILAR TO");
  }
  return regex.find(text, 0).has_value();
}

bool regexp(const Call& call, Text text, Text pattern) {
  if (pattern.empty()) return false;
  const Regex& regex = cache(call).get(pattern);
  return regex.valid() && regex.find(text, 0);
}

MaybeText regexp_replace(Context& context, const Call& call, Text text, Text pattern, Text by) {
  const Regex& regex = cache(call).get(pattern);
  if (!regex.valid()) return {};
  std::string out;
  std::size_t at = 0;
  for (auto match = regex.find(text, 0); match;
       match = regex.find(text, Regex::next(text, *match))) {
    out += text.substr(at, match->from - at);
    out += by;
    at = match->to;
  }
  out += text.substr(at);
  return context.memory().copy(out);
}

MaybeText regexp_extract(const Call& call, Text text, Text pattern, std::int32_t group) {
  const Regex& regex = cache(call).get(pattern);
  if (!regex.valid() || group < 0 || group > regex.groups()) return {};
  const auto match = regex.find(text, 0);
  if (!match) return {};
  return match->groups[static_cast<std::size_t>(group)];
}
MaybeText regexp_extract_whole(const Call& call, Text text, Text pattern) {
  return regexp_extract(call, text, pattern, 0);
}

static Datum items_of(Context& context, const std::vector<Datum>& all) {
  Datum* items = context.memory().array<Datum>(all.size());
  std::copy(all.begin(), all.end(), items);
  return Datum{Nested{items, all.size()}};
}

Datum regexp_extract_all(Context& context, const Call& call, Any text, Any pattern, Any group) {
  const Regex& regex = cache(call).get(pattern.text());
  const auto index = group.get<std::int32_t>();
  if (!regex.valid() || index < 0 || index > regex.groups()) return {};
  std::vector<Datum> all;
  const Text from = text.text();
  for (auto match = regex.find(from, 0); match;
       match = regex.find(from, Regex::next(from, *match))) {
    const auto& part = match->groups[static_cast<std::size_t>(index)];
    all.push_back(part ? Datum{*part} : Datum{});
  }
  return items_of(context, all);
}

std::optional<std::int32_t> regexp_count(const Call& call, Text text, Text pattern) {
  const Regex& regex = cache(call).get(pattern);
  if (!regex.valid()) return {};
  std::int32_t count = 0;
  for (auto match = regex.find(text, 0); match;
       match = regex.find(text, Regex::next(text, *match))) {
    ++count;
  }
  return count;
}
std::optional<std::int32_t> regexp_instr(const Call& call, Text text, Text pattern) {
  const Regex& regex = cache(call).get(pattern);
  if (!regex.valid()) return {};
  const auto match = regex.find(text, 0);
  return match ? static_cast<std::int32_t>(count_points(text.substr(0, match->from))) + 1 : 0;
}
MaybeText regexp_substr(const Call& call, Text text, Text pattern) {
  return regexp_extract(call, text, pattern, 0);
}

namespace {

// What Java's split gives: parts between matches, none at an empty match at the start, no empty
// ones at the end.
std::vector<Text> split_by(const Regex& regex, Text text, std::size_t most) {
  std::vector<Text> parts;
  std::size_t at = 0;
  for (auto match = regex.find(text, 0); match && parts.size() + 1 < most;
       match = regex.find(text, Regex::next(text, *match))) {
    if (match->to == 0 || match->from >= text.size()) continue;
    parts.push_back(text.substr(at, match->from - at));
    at = match->to;
  }
  parts.push_back(text.substr(at));
  while (most > 2 && parts.size() > 1 && parts.back().empty()) parts.pop_back();
  return parts;
}

}  // namespace

Datum text_to_map(Context& context, const Call& call, Any text, Any between, Any within) {
  const Regex& first = cache(call).get(between.text());
  if (!first.valid()) return {};
  const auto entries = split_by(first, text.text(), Text::npos);
  const Regex& second = cache(call).get(within.text());
  if (!second.valid()) return {};
  std::vector<Datum> all;
  for (const Text entry : entries) {
    const auto pair = split_by(second, entry, 2);
    const Datum key{pair[0]};
    const Datum value = pair.size() > 1 ? Datum{pair[1]} : Datum{};
    bool known = false;
    for (std::size_t i = 0; i < all.size() && !known; i += 2) {
      known = all[i].text() == pair[0];
      if (known) all[i + 1] = value;
    }
    if (known) continue;
    all.push_back(key);
    all.push_back(value);
  }
  return items_of(context, all);
}

}  // namespace flink::table::fn
