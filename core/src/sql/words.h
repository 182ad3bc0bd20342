// SPDX-License-Identifier: Apache-2.0
// Flink's keywords. Reserved ones are no names unless quoted with back-ticks. Any case is the same
// word.
#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace flink::sql {

enum class WordClass : unsigned char { name, keyword, reserved };

WordClass word_class(std::string_view word);

// The nearest of the candidates (upper-case words) that a typing error may have meant.
std::optional<std::string_view> nearest_word(std::string_view word,
                                             std::span<const std::string_view> candidates);

// `upper` in upper case; words of SQL are ASCII.
bool is_word(std::string_view word, std::string_view upper);

}  // namespace flink::sql
