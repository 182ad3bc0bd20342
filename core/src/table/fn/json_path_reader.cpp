// SPDX-License-Identifier: Apache-2.0
// How a JSON path is written.
#include <algorithm>
#include <charconv>

#include "table/fn/json_path.h"

namespace flink::table::fn {

namespace {

using Kind = PathStep::Kind;

// More than anybody writes; filters within filters, and steps, are walked by recursion.
constexpr std::ptrdiff_t filters_max = 20;
constexpr std::size_t steps_max = 1000;

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() <= ' ' && text.front() >= 0) text.remove_prefix(1);
  while (!text.empty() && text.back() <= ' ' && text.back() >= 0) text.remove_suffix(1);
  return text;
}

std::optional<std::int64_t> integer(std::string_view text) {
  text = trimmed(text);
  std::int64_t value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (read.ec != std::errc{} || read.ptr != text.data() + text.size()) return {};
  return value;
}

// What stands behind a \ is itself, but for the letters of Java's escapes.
std::string unescaped(std::string_view text) {
  static constexpr std::string_view letters = "bfnrt", meant = "\b\f\n\r\t";
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      out += text[i];
      continue;
    }
    const auto found = letters.find(text[++i]);
    out += found == std::string_view::npos ? text[i] : meant[found];
  }
  return out;
}

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  bool read(std::vector<PathStep>& steps) {
    while (at_ < text_.size()) {
      PathStep step;
      if (!next(step)) return false;
      // .. is a step of its own, before the one that it is for.
      if (scans_) {
        PathStep scan;
        scan.kind = Kind::scan;
        steps.push_back(scan);
        scans_ = false;
      }
      steps.push_back(std::move(step));
    }
    return true;
  }

 private:
  bool at(char c) const { return at_ < text_.size() && text_[at_] == c; }

  bool next(PathStep& step) {
    if (at('.')) {
      scans_ = text_.substr(at_, 2) == "..";
      at_ += scans_ ? 2 : 1;
    }
    if (at('[')) return bracket(step);
    if (at('*')) {
      ++at_;
      step.kind = Kind::wildcard;
      return true;
    }
    return name(step);
  }

  bool name(PathStep& step) {
    const std::size_t from = at_;
    at_ = std::min(text_.find_first_of(" .[(", from), text_.size());
    if (at_ == from || at(' ')) return false;
    step.names.emplace_back(text_.substr(from, at_ - from));
    return !at('(') || function(step);
  }

  bool function(PathStep& step) {
    step.kind = Kind::function;
    std::size_t end = at_ + 1;
    for (int depth = 1; end < text_.size(); ++end) {
      depth += text_[end] == '(' ? 1 : text_[end] == ')' ? -1 : 0;
      if (depth == 0) break;
    }
    if (end == text_.size()) return false;
    if (const auto argument = integer(text_.substr(at_ + 1, end - at_ - 1))) {
      step.indices.push_back(*argument);
    }
    at_ = end + 1;
    return true;
  }

  bool bracket(PathStep& step) {
    const std::size_t first = text_.find_first_not_of(' ', at_ + 1);
    if (first == std::string_view::npos) return false;
    const char c = text_[first];
    if (c == '\'' || c == '"') return quoted(step, first, c);
    if (c == '?') return filter(step, first);
    const std::size_t end = text_.find(']', at_);
    if (end == std::string_view::npos) return false;
    const auto inside = trimmed(text_.substr(at_ + 1, end - at_ - 1));
    at_ = end + 1;
    if (inside == "*") {
      step.kind = Kind::wildcard;
      return true;
    }
    return inside.find(':') == std::string_view::npos ? indices(step, inside) : slice(step, inside);
  }

  static bool indices(PathStep& step, std::string_view inside) {
    step.kind = Kind::index;
    while (true) {
      const std::size_t comma = std::min(inside.find(','), inside.size());
      const auto index = integer(inside.substr(0, comma));
      if (!index) return false;
      step.indices.push_back(*index);
      if (comma == inside.size()) return true;
      inside.remove_prefix(comma + 1);
    }
  }

  static bool slice(PathStep& step, std::string_view inside) {
    step.kind = Kind::slice;
    const std::size_t colon = inside.find(':');
    const auto from = trimmed(inside.substr(0, colon)), to = trimmed(inside.substr(colon + 1));
    step.from = integer(from);
    step.to = integer(to);
    return step.from.has_value() != from.empty() && step.to.has_value() != to.empty() &&
           (step.from || step.to);
  }

  // ['a', 'b'], at the first quote.
  bool quoted(PathStep& step, std::size_t at, char quote) {
    while (true) {
      if (at >= text_.size() || text_[at] != quote) return false;
      const std::size_t from = ++at;
      while (at < text_.size() && text_[at] != quote) at += text_[at] == '\\' ? 2 : 1;
      if (at >= text_.size()) return false;
      step.names.push_back(unescaped(text_.substr(from, at - from)));
      at = text_.find_first_not_of(' ', at + 1);
      if (at == std::string_view::npos) return false;
      if (text_[at] == ']') break;
      if (text_[at] != ',') return false;
      at = text_.find_first_not_of(' ', at + 1);
    }
    at_ = at + 1;
    return true;
  }

  // [?(...)], at the question mark.
  bool filter(PathStep& step, std::size_t question) {
    const std::size_t open = text_.find_first_not_of(' ', question + 1);
    if (open == std::string_view::npos || text_[open] != '(') return false;
    std::size_t close = open;
    int depth = 0;
    char quote = 0;
    for (; close < text_.size(); ++close) {
      const char c = text_[close];
      if (c == '\\') {
        ++close;
      } else if (quote) {
        if (c == quote) quote = 0;
      } else if (c == '\'' || c == '"') {
        quote = c;
      } else if (c == '(') {
        ++depth;
      } else if (c == ')' && --depth == 0) {
        break;
      }
    }
    if (close >= text_.size()) return false;
    step.kind = Kind::filter;
    step.filter = JsonFilter::compile(text_.substr(open + 1, close - open - 1));
    const std::size_t end = text_.find_first_not_of(' ', close + 1);
    if (!step.filter || end == std::string_view::npos || text_[end] != ']') return false;
    at_ = end + 1;
    return true;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  bool scans_ = false;
};

}  // namespace

std::optional<JsonPath> JsonPath::compile(std::string_view text) {
  text = trimmed(text);
  if (text.empty() || text.back() == '.') return {};
  if (std::count(text.begin(), text.end(), '?') > filters_max) return {};
  JsonPath path;
  std::string rooted;
  if (text[0] != '$' && text[0] != '@') {
    rooted = "." + std::string{text};
    text = rooted;
  } else {
    path.of_item_ = text[0] == '@';
    text.remove_prefix(1);
    if (!text.empty() && text[0] != '.' && text[0] != '[') return {};
  }
  if (!Reader{text}.read(path.steps_) || path.steps_.size() > steps_max) return {};
  for (const PathStep& step : path.steps_) {
    const bool last = &step == &path.steps_.back();
    path.definite_ = path.definite_ && step.definite(last);
  }
  path.definite_ = path.definite_ || path.ends_with_function_of_all();
  return path;
}

}  // namespace flink::table::fn
