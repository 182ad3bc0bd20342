// SPDX-License-Identifier: Apache-2.0
#include "table/fn/regex.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "table/fn/utf8.h"

namespace flink::table::fn {

namespace {

pcre2_code* code_of(void* code) { return static_cast<pcre2_code*>(code); }
pcre2_match_data* data_of(void* data) { return static_cast<pcre2_match_data*>(data); }

// A pattern that tries for ever ends: it does not match.
constexpr std::uint32_t steps_max = 10'000'000;

}  // namespace

Regex::Regex(std::string_view pattern) {
  int error = 0;
  PCRE2_SIZE offset = 0;
  auto* const settings = pcre2_compile_context_create(nullptr);
  // Java's line ends, and its \uXXXX.
  pcre2_set_newline(settings, PCRE2_NEWLINE_ANY);
  pcre2_set_compile_extra_options(settings, PCRE2_EXTRA_ALT_BSUX);
  code_ = pcre2_compile(reinterpret_cast<PCRE2_SPTR>(pattern.data()), pattern.size(),
                        PCRE2_UTF | PCRE2_NEVER_BACKSLASH_C | PCRE2_MATCH_INVALID_UTF, &error,
                        &offset, settings);
  pcre2_compile_context_free(settings);
  if (!code_) return;
  data_ = pcre2_match_data_create_from_pattern(code_of(code_), nullptr);
  std::uint32_t count = 0;
  pcre2_pattern_info(code_of(code_), PCRE2_INFO_CAPTURECOUNT, &count);
  groups_ = static_cast<int>(count);
}

Regex::~Regex() {
  pcre2_match_data_free(data_of(data_));
  pcre2_code_free(code_of(code_));
}

std::optional<Regex::Match> Regex::find(std::string_view text, std::size_t from) const {
  if (from > text.size()) return {};
  auto* const limits = pcre2_match_context_create(nullptr);
  pcre2_set_match_limit(limits, steps_max);
  const int found =
      pcre2_match(code_of(code_), reinterpret_cast<PCRE2_SPTR>(text.data() ? text.data() : ""),
                  text.size(), from, 0, data_of(data_), limits);
  pcre2_match_context_free(limits);
  if (found <= 0) return {};
  const PCRE2_SIZE* places = pcre2_get_ovector_pointer(data_of(data_));
  Match match{places[0], places[1], {}};
  for (int i = 0; i <= groups_; ++i) {
    const bool there = i < found && places[2 * i] != PCRE2_UNSET;
    match.groups.push_back(
        there ? std::optional{text.substr(places[2 * i], places[2 * i + 1] - places[2 * i])}
              : std::nullopt);
  }
  return match;
}

std::size_t Regex::next(std::string_view text, const Match& match) {
  if (match.to > match.from) return match.to;
  return match.to < text.size() ? match.to + bytes_of_point(text, match.to) : text.size() + 1;
}

const Regex& RegexCache::get(std::string_view pattern) {
  if (const auto found = known_.find(pattern); found != known_.end()) return *found->second;
  if (known_.size() > 64) known_.clear();
  return *known_.emplace(std::string{pattern}, std::make_unique<Regex>(pattern)).first->second;
}

}  // namespace flink::table::fn
