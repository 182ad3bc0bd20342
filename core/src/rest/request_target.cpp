// SPDX-License-Identifier: Apache-2.0
#include "rest/request_target.h"

namespace flink::rest {
namespace {

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool has_control_character(std::string_view text) {
  for (char c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return true;
  }
  return false;
}

// Calls f(part) for the parts of "a/b/c"; stops when f returns false.
template <class F>
bool split(std::string_view text, char separator, F&& f) {
  while (true) {
    const auto end = std::min(text.find(separator), text.size());
    if (!f(text.substr(0, end))) return false;
    if (end == text.size()) return true;
    text.remove_prefix(end + 1);
  }
}

}  // namespace

std::optional<std::string> percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    if (i + 2 >= text.size()) return std::nullopt;
    const int high = hex_value(text[i + 1]), low = hex_value(text[i + 2]);
    if (high < 0 || low < 0) return std::nullopt;
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return out;
}

std::optional<std::string_view> RequestTarget::parameter(std::string_view name) const {
  for (const auto& [key, value] : query) {
    if (key == name) return value;
  }
  return std::nullopt;
}

ParsedTarget parse_target(std::string_view text) {
  ParsedTarget parsed;
  if (text.size() > target_bytes_max) return {414, {}};
  if (text.empty() || text.front() != '/') return {400, {}};
  const auto question = text.find('?');
  const auto path = text.substr(0, question);
  parsed.target.path = std::string(path);
  bool fine = split(path.substr(1), '/', [&](std::string_view part) {
    auto decoded = percent_decoded(part);
    if (!decoded || has_control_character(*decoded)) return false;
    if (*decoded == "." || *decoded == ".." || decoded->find('/') != std::string::npos)
      return false;
    parsed.target.segments.push_back(*std::move(decoded));
    return true;
  });
  auto& segments = parsed.target.segments;
  if (segments.size() > 1 && segments.back().empty()) segments.pop_back();  // "/jobs/" is "/jobs"
  if (!segments.empty() && segments.front() == "v1") segments.erase(segments.begin());
  if (question != std::string_view::npos && question + 1 < text.size()) {
    fine = fine && split(text.substr(question + 1), '&', [&](std::string_view pair) {
             if (pair.empty()) return true;
             const auto equals = std::min(pair.find('='), pair.size());
             auto key = percent_decoded(pair.substr(0, equals));
             auto value = percent_decoded(pair.substr(std::min(equals + 1, pair.size())));
             if (!key || !value) return false;
             parsed.target.query.emplace_back(*std::move(key), *std::move(value));
             return true;
           });
  }
  if (!fine) return {400, {}};
  return parsed;
}

}  // namespace flink::rest
